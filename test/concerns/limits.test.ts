/** Limits, keys and bounds: the same for every dialect, in both lanes, and refused in the client's own words. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type LimitSettings, noLimits } from "../../src/settings/limitSettings.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import type { NewKey } from "../../src/store/keyTypes.js";
import { startGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { until } from "../kit/limited.js";
import { route, target } from "../kit/routing.js";
import type { Answering } from "../kit/wires.js";
import { ask, fewLanes, hostOf, type Lane } from "./lanes.js";

const typeOf = {
	"chat completions": {
		401: "authentication_error",
		403: "permission_error",
		404: "invalid_request_error",
		429: "rate_limit_error",
	},
	responses: {
		401: "authentication_error",
		403: "permission_error",
		404: "invalid_request_error",
		429: "rate_limit_error",
	},
	Ollama: { 401: undefined, 403: undefined, 404: undefined, 429: undefined },
	messages: { 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error" },
	Gemini: { 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED" },
} as const;

async function start(
	lane: Lane,
	limits: Partial<LimitSettings> = {},
	more: { answer?: Answering; flags?: object; upstream?: Partial<UpstreamSettings> } = {},
) {
	const host = await hostOf(lane, more.answer);
	const cost = { input: 1, output: 1 };
	const routing = {
		upstreams: [host.settings("one", more.upstream)],
		routes: [
			route([target("one/real-model", { cost: cost as never })], { models: ["public"] }),
			route([target("one/other-model", { cost: cost as never })], { models: ["other"] }),
		],
	};
	const settings = { limits: { ...noLimits, ...limits } };
	const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit(), ...more.flags }, routing, settings);
	onTestFinished(() => gateway.stop());
	const key = async (given: Partial<NewKey>) => (await addKey(gateway, given)).secret;
	/** Asks, and waits until what was reserved for it is settled. */
	const settled = async (options: Parameters<typeof ask>[2] = {}) => {
		const heard = await ask(gateway.url, lane, options);
		await until(() => gateway.gateway.services.load.requests === 0);
		return heard;
	};
	return { host, gateway, key, ask: settled };
}

describe.each(fewLanes)("%s", (_name, lane) => {
	const { client, isStream } = lane;

	test("counts the tokens of a request, exactly, and refuses the next", async () => {
		const { ask: asks, host } = await start(lane, { clients: { tokensPerDay: 1_030 } });
		const first = await asks();
		expect(first.status).toBe(200);
		const second = await asks({ more: client.body("Hello", 1_000) });
		// 27 of 1,030 have been used, and 1,000 with the prompt would be too many.
		expect([second.status, second.error?.kind]).toEqual([429, typeOf[client.name as "messages"][429]]);
		expect(second.headers.get("retry-after")).toMatch(/^\d+$/);
		expect(host.questions).toHaveLength(1);
		const third = await asks({ more: client.body("Hello", 900) });
		expect(third.status).toBe(200);
	});

	test("counts requests, and refuses one too many", async () => {
		const { ask: asks, host } = await start(lane, { clients: { requestsPerDay: 1 } });
		expect((await asks()).status).toBe(200);
		const refused = await asks();
		expect([refused.status, refused.error?.kind]).toEqual([429, typeOf[client.name as "messages"][429]]);
		expect(refused.error?.message).toMatch(/\S/);
		expect(host.questions).toHaveLength(1);
	});

	test("keeps to a key's budget, models and addresses", async () => {
		const { ask: asks, key, host } = await start(lane);
		const spent = await key({ name: "spent", budget: { per_day: 0.000_000_1 } });
		const narrow = await key({ name: "narrow", models: ["other"] });
		const elsewhere = await key({ name: "elsewhere", addresses: ["10.0.0.0/8"] });
		const broke = await asks({ secret: spent });
		expect([broke.status, broke.error?.kind]).toEqual([429, typeOf[client.name as "messages"][429]]);
		expect(broke.headers.get("x-should-retry")).toBe("false");
		const wrong = await asks({ secret: narrow });
		expect([wrong.status >= 403, wrong.error?.message]).toEqual([true, expect.stringContaining("public")]);
		const away = await asks({ secret: elsewhere });
		expect([away.status, away.error?.kind]).toEqual([403, typeOf[client.name as "messages"][403]]);
		expect(host.questions).toEqual([]);
		expect((await asks({ secret: narrow, more: { model: "other" } })).status).toBe(200);
		expect(host.questions.map(({ model }) => model)).toEqual(["other-model"]);
	});

	test("refuses who has no key, and a model that no route takes", async () => {
		const { ask: asks } = await start(lane, {}, { flags: { "require-keys": true } });
		const without = await asks();
		expect([without.status, without.error?.kind]).toEqual([401, typeOf[client.name as "messages"][401]]);
		const { ask: open } = await start(lane);
		const unknown = await open({ more: { model: "nobody" } });
		expect([unknown.status, unknown.error?.kind]).toEqual([404, typeOf[client.name as "messages"][404]]);
	});

	test("passes the bound of tokens on, and asks an upstream of its own name for the model", async () => {
		const { ask: asks, host } = await start(lane);
		await asks({ more: client.body("Hello", 77) });
		const sent = JSON.parse(host.received[0]?.body.toString() ?? "");
		expect(host.questions[0]?.model).toBe("real-model");
		const config = sent.generationConfig?.maxOutputTokens;
		const named = sent.max_tokens ?? sent.max_completion_tokens ?? sent.max_output_tokens;
		expect(named ?? config ?? sent.options?.num_predict).toBe(77);
	});

	if (isStream)
		test("cuts a stream where the limit ends, in the client's words", async () => {
			const many = Array.from({ length: 200 }, (_, at) => `word${at} `);
			const answer: Answering = () => ({ words: many, usage: { input: 10, cached: 0, output: 200, thoughts: 0 } });
			const { ask: asks } = await start(
				lane,
				{ clients: { tokensPerDay: 100 }, onExceeded: "cut" },
				{
					answer,
				},
			);
			const heard = await asks({ more: client.body("Hello", 60) });
			expect(heard.status).toBe(200);
			expect(heard.finish).toBe(client.cut);
			expect(heard.error).toBeUndefined();
			expect(many.join("").startsWith(heard.text)).toBe(true);
		});
});
