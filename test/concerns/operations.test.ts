/** What holds for chat holds for every operation whose answer is data: limits, keys, budgets, fallbacks, plugins and clients that leave. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import * as api from "../../src/index.js";
import { type LimitSettings, noLimits } from "../../src/settings/limitSettings.js";
import type { NewKey } from "../../src/store/keyTypes.js";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { errorOf, startGateway, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { until } from "../kit/limited.js";
import { route, target } from "../kit/routing.js";
import { nextRecord } from "../kit/usage.js";
import { type Asking, askFor, byName, hostFor, type Operation, upstreamAt } from "./operations.js";

/** Dollars for a million tokens, and for one unit. */
const cost = { input: 10, output: 100, units: { search_units: 1, characters: 1, audio_seconds: 1, images: 1 } };

interface More {
	readonly answer?: HostAnswer;
	readonly limits?: Partial<LimitSettings>;
	readonly flags?: object;
}

async function start(operation: Operation, { answer, limits = {}, flags = {} }: More = {}) {
	const host = await hostFor(operation, answer);
	const routes = [
		route([target(`one/${operation.model}`, { cost })], { models: ["public"] }),
		route([target(`one/${operation.model}`, { cost })], { models: ["other"] }),
	];
	const routing = { upstreams: [upstreamAt(host, operation)], routes };
	const settings = { limits: { ...noLimits, ...limits } };
	const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit(), ...flags }, routing, settings);
	onTestFinished(() => gateway.stop());
	/** Asks, and waits until what was reserved for it is settled. */
	const ask = async (options?: Asking) => {
		const response = await askFor(gateway.url, operation, options);
		const text = await response.text();
		await until(() => gateway.gateway.services.load.requests === 0);
		return { status: response.status, headers: response.headers, text };
	};
	const key = async (given: Partial<NewKey>) => (await addKey(gateway, given)).secret;
	return { host, gateway, ask, key };
}

/** The status and the kind of an error in OpenAI's words, which all of these clients read. */
function errorIn({ status, text }: { status: number; text: string }): readonly [number, string] {
	const { error } = JSON.parse(text) as { error: { message: string; type: string } };
	expect(error.message).not.toMatch(/\n\s+at /);
	return [status, error.type];
}

describe.each(byName)("%s", (_name, operation) => {
	test("count as requests, and one too many is refused", async () => {
		const { ask, host } = await start(operation, { limits: { clients: { requestsPerDay: 1 } } });
		expect((await ask()).status).toBe(200);
		const refused = await ask();
		expect(errorIn(refused)).toEqual([429, "rate_limit_error"]);
		expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
		expect(host.received).toHaveLength(1);
	});

	test("keep to the rate limit", async () => {
		const limit = `{target: "$['x-rate-limit']", update: {max: 1, window: 15m}}`;
		const text = `overlay: 1.0.0\ninfo: {title: Limit, version: 1.0.0}\nactions: [${limit}]\n`;
		const { ask, host } = await start(operation, { flags: { overlay: temporaryFile("limit.yaml", text) } });
		expect((await ask()).status).toBe(200);
		const refused = await ask();
		expect(errorIn(refused)).toEqual([429, "rate_limit_error"]);
		expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
		expect(host.received).toHaveLength(1);
	});

	test("keep to a key's budget, models and addresses", async () => {
		const { ask, key, host } = await start(operation, { flags: { "require-keys": true } });
		const budget = await key({ name: "little", budget: { per_day: 0.000_000_1 } });
		const narrow = await key({ name: "narrow", models: ["other"] });
		const elsewhere = await key({ name: "elsewhere", addresses: ["10.0.0.0/8"] });
		expect(errorIn(await ask())).toEqual([401, "authentication_error"]);
		expect(errorIn(await ask({ secret: elsewhere }))).toEqual([403, "permission_error"]);
		const wrong = await ask({ secret: narrow });
		expect([wrong.status >= 403, wrong.text]).toEqual([true, expect.stringContaining("public")]);
		const broke = await ask({ secret: budget });
		expect([...errorIn(broke), broke.headers.get("x-should-retry")]).toEqual([429, "rate_limit_error", "false"]);
		// A server with a tokenizer counts the tokens beforehand.
		expect(host.received.filter(({ url }) => url !== "/tokenize")).toEqual([]);
		expect((await ask({ secret: narrow, model: "other" })).status).toBe(200);
	});

	test("name a model that no route takes", async () => {
		const { ask } = await start(operation);
		expect(errorIn(await ask({ model: "nobody" }))).toEqual([404, "invalid_request_error"]);
	});

	test("are recorded with what they have used, and its cost", async () => {
		const { ask, gateway } = await start(operation);
		const recorded = nextRecord(gateway);
		expect((await ask()).text).toContain(operation.found);
		const { id, units, tokens, isEstimated = false } = operation;
		const record = await recorded;
		expect(record).toMatchObject({ operation: id, route: "public", outcome: "completed", units, isEstimated });
		const [input = 0, output = 0] = [record.tokens?.input, record.tokens?.output];
		expect(record.tokens && [input, output]).toEqual(tokens);
		const ofUnits = Object.values(units ?? {}).reduce((sum, count) => sum + count, 0);
		expect(record.cost).toBe(ofUnits * 1e9 + input * 10_000 + output * 100_000);
	});

	test("fall back where an upstream fails, and are refused where none answers", async () => {
		const broken = await hostFor(operation, (_request, response) =>
			sendJson(response, { error: { message: "overloaded", type: "server_error" } }, 500),
		);
		const sound = await hostFor(operation);
		const upstreams = [upstreamAt(broken, operation, "a"), upstreamAt(sound, operation, "b")];
		const only = (names: string[], models: string[]) =>
			route(
				names.map((name) => `${name}/${operation.model}`),
				{ models, retry: { ...route([]).retry, attemptsPerTarget: 1 } },
			);
		const routes = [only(["a", "b"], ["public"]), only(["a"], ["broken"])];
		const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit() }, { upstreams, routes });
		onTestFinished(() => gateway.stop());
		const response = await askFor(gateway.url, operation);
		expect([response.status, response.headers.get("x-llmgw-attempts")]).toEqual([
			200,
			`"a/${operation.model}";status=500, "b/${operation.model}";status=200`,
		]);
		expect(await response.text()).toContain(operation.found);
		const refused = await askFor(gateway.url, operation, { model: "broken" });
		expect([refused.status, (await errorOf(refused)).message]).toEqual([500, "overloaded"]);
	});

	test("are refused in the client's words where an upstream breaks off", async () => {
		const { ask } = await start(operation, { answer: (_request, response) => void response.destroy() });
		const [status, kind] = errorIn(await ask());
		expect([status >= 502 && status <= 504, kind]).toEqual([true, "upstream_error"]);
	});

	test("end the upstream's work when their client leaves", async () => {
		const { host, gateway } = await start(operation, { answer: () => undefined });
		const leaving = new AbortController();
		const left = host.nextAbort();
		const recorded = nextRecord(gateway);
		const asking = askFor(gateway.url, operation, { signal: leaving.signal }).catch((error: Error) => error.name);
		await vi.waitFor(() => expect(host.received).toHaveLength(1));
		leaving.abort();
		await left;
		expect(await asking).toBe("AbortError");
		expect(await recorded).toMatchObject({ operation: operation.id, outcome: "cancelled" });
	});
});

describe.each(byName.filter(([, { tokens }]) => tokens === null))(
	"%s, which units alone measure,",
	(_name, operation) => {
		test("use up no limit of tokens", async () => {
			const { ask } = await start(operation, { limits: { clients: { tokensPerDay: 10_000 } } });
			const [first, second] = [await ask(), await ask()];
			expect([first.status, second.status]).toEqual([200, 200]);
			const left = first.headers.get("x-ratelimit-remaining-tokens");
			// What a request is expected to use is reserved while it lasts.
			expect([left, second.headers.get("x-ratelimit-remaining-tokens")]).toEqual([
				expect.stringMatching(/^\d+$/),
				left,
			]);
		});
	},
);

/** Plugins run in this process, so they can tell the tests what they see. */
const shared = globalThis as unknown as { llmwOfTests: typeof api; seenByPlugin: unknown[] };

async function withPlugin(operation: Operation, stage: string, body: string) {
	shared.llmwOfTests = api;
	shared.seenByPlugin = [];
	const plugin = temporaryFile(
		"plugin.mjs",
		`const { answerWith, changeAnswer, GatewayError, replaceBody } = globalThis.llmwOfTests;
		export default { name: "mine", stage: "${stage}", middleware: () => async (ctx, next) => { const { exchange } = ctx.state; ${body} } };`,
	);
	return start(operation, { flags: { plugin: [plugin] } });
}

describe.each(byName)("a plugin with %s", (_name, operation) => {
	test.each(["authenticated", "validated", "upstream"])("refuses at the stage %s", async (stage) => {
		const words = `throw new GatewayError(403, "Not on a Sunday.", { code: "sunday" });`;
		const { ask, host } = await withPlugin(operation, stage, words);
		const refused = await ask();
		expect(errorIn(refused)).toEqual([403, "permission_error"]);
		expect(refused.text).toContain("Not on a Sunday.");
		expect(host.received).toEqual([]);
	});

	test("sees what is asked, and changes the answer", async () => {
		const { ask } = await withPlugin(
			operation,
			"upstream",
			`globalThis.seenByPlugin.push([exchange.operation.id, exchange.model, exchange.route.name]);
			await next();
			changeAnswer(ctx, { push: async () => Buffer.alloc(0), end: async () => Buffer.from("changed") });`,
		);
		expect(await ask()).toMatchObject({ status: 200, text: "changed" });
		expect(shared.seenByPlugin).toEqual([[operation.id, "public", "public"]]);
	});

	test("answers in place of an upstream", async () => {
		const { ask, host } = await withPlugin(operation, "upstream", "answerWith(ctx, { own: true });");
		expect(JSON.parse((await ask()).text)).toEqual({ own: true });
		expect(host.received).toEqual([]);
	});
});

const guard = new URL("../../examples/plugins/promptGuard.js", import.meta.url).pathname;

describe.each(byName.filter(([, { asked }]) => Object.keys(asked).length > 0))(
	"a guard with %s",
	(_name, operation) => {
		/** Characters of the text that a model is shown. */
		const length = operation.kind === "rerank" ? "HelloHello AIGoodbye".length : "Hello".length;

		test("reads the text that the model is shown", async () => {
			const { ask } = await start(operation, { flags: { plugin: [`${guard}={"maxCharacters":${length}}`] } });
			expect((await ask()).status).toBe(200);
		});

		test("refuses it before an upstream is asked", async () => {
			const { ask, host } = await start(operation, { flags: { plugin: [`${guard}={"maxCharacters":${length - 1}}`] } });
			const { status, text } = await ask();
			expect([status, text]).toEqual([400, expect.stringContaining(`has ${length} characters`)]);
			expect(host.received).toEqual([]);
		});
	},
);

test("a guard reads the words that a recording is to be understood by", async () => {
	const [, transcripts] = byName.find(([name]) => name === "transcripts") as (typeof byName)[0];
	const { ask, host } = await start(transcripts, { flags: { plugin: [`${guard}={"maxCharacters":4}`] } });
	expect((await ask()).status).toBe(200);
	expect(await ask({ more: { prompt: "Hello" } })).toMatchObject({ status: 400 });
	expect(host.received).toHaveLength(1);
});

test("a guard reads no word that says in which form an answer is to come", async () => {
	const [, speech] = byName.find(([name]) => name === "speech") as (typeof byName)[0];
	const { ask } = await start(speech, { flags: { plugin: [`${guard}={"maxCharacters":5}`] } });
	expect((await ask({ more: { response_format: "mp3" } })).status).toBe(200);
});
