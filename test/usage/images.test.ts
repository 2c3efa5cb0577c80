/** What pictures cost: by their number, size and quality, and by tokens where the upstream counts them. */
import { expect, onTestFinished, test } from "vitest";
import type { Cost } from "../../src/settings/routes.js";
import type { UsageRecord } from "../../src/store/usageTypes.js";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, keyOf, until } from "../kit/limited.js";
import { route, upstream } from "../kit/routing.js";

const units = { images: 0.04, "images 1024x1024": 0.05, "images 1024x1024/high": 0.2 };
const tokens = { input_tokens: 10, output_tokens: 100, total_tokens: 110 };
const large = { size: "1024x1024", quality: "high" };

/** @param usage the upstream's counts, if it has any */
async function start(usage?: object, cost: Cost = { input: 10, output: 100, units }) {
	const host = await startAiHost((_request, response) =>
		sendJson(response, { created: 1, data: [{ b64_json: "aGk=" }], ...(usage && { usage }) }),
	);
	onTestFinished(() => host.close());
	const routing = { upstreams: [upstream("a", host.url)], routes: [route(["a"], { models: ["*"] })] };
	const settings = { prices: [{ models: ["*"], cost }] };
	const gateway = await gatewayWith(host, {}, { routing, settings });
	const { usage: recorder, load } = gateway.gateway.services;
	const post = (body: object, secret = "x") =>
		fetch(`${gateway.baseUrl}/images/generations`, {
			method: "POST",
			headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
			body: JSON.stringify({ model: "m", prompt: "A lighthouse", ...body }),
		});
	return {
		gateway,
		host,
		/** @returns the record of a request */
		recorded: (body: object): Promise<UsageRecord> =>
			new Promise((resolve, reject) => {
				if (recorder) recorder.add = resolve;
				post(body).catch(reject);
			}),
		/** @returns the status, once all that the request has used is settled */
		async ask(body: object, secret: string): Promise<number> {
			const response = await post(body, secret);
			await response.text();
			await until(() => load.requests === 0);
			return response.status;
		},
	};
}

test.each<[string, object, number, number]>([
	["nothing but the prompt", {}, 1, 0.04],
	["two", { n: 2 }, 2, 0.08],
	["a size and a quality", large, 1, 0.2],
	["three of a size and a quality", { ...large, n: 3 }, 3, 0.6],
	["a quality that has no price of its own", { ...large, quality: "low" }, 1, 0.05],
	["a size alone", { size: "1024x1024" }, 1, 0.05],
	["a size that the model is to choose", { size: "auto", quality: "auto" }, 1, 0.04],
])("a request with %s costs so much for its pictures, beside its tokens", async (_what, body, images, dollars) => {
	const { recorded } = await start(tokens);
	const record = await recorded(body);
	const ofTokens = (10 * 10 + 100 * 100) / 1e6;
	expect(record).toMatchObject({ units: { images }, tokens: { input: 10, output: 100 }, isEstimated: false });
	expect(record.cost).toBeCloseTo((dollars + ofTokens) * 1e9, 0);
});

test("where the upstream counts no tokens, no answer is taken for text", async () => {
	const { recorded } = await start();
	const cost = 0.04 * 1e9;
	expect(await recorded({})).toMatchObject({ units: { images: 1 }, tokens: null, isEstimated: false, cost });
});

test("where the price is for tokens alone, they are estimated", async () => {
	const { recorded } = await start(undefined, { input: 10, output: 100 });
	const { tokens: estimated, isEstimated, cost } = await recorded({});
	expect(isEstimated).toBe(true);
	expect(estimated).toMatchObject({ input: expect.any(Number), output: 0 });
	expect(cost).toBe((estimated?.input ?? 0) * 10_000);
});

test("a budget counts them before the upstream is asked", async () => {
	const { gateway, ask, host } = await start();
	const secret = await keyOf(gateway, { name: "painter", budget: { per_day: 0.5 } });
	expect(await ask({ ...large, n: 2 }, secret)).toBe(200);
	expect(await ask({ ...large, n: 2 }, secret)).toBe(429);
	expect(host.received).toHaveLength(1);
	expect(await ask({}, secret)).toBe(200);
});
