/** What an answer costs: by the tier that has served it, by what its vendor charges, and by the prices that are known. */
import { describe, expect, onTestFinished, test } from "vitest";
import { costOfTokens, ownPrice } from "../../src/accounting/price.js";
import { textTokens } from "../../src/chat/tokenCounts.js";
import { chargedDollars, servedTier } from "../../src/dialects/usageFacts.js";
import type { UsageAttempt } from "../../src/store/usageTypes.js";
import { chunk, completion, startAiHost, startStream } from "../kit/aiHost.js";
import { hello, postChat, startGateway } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";

const counts = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
/** At 2 dollars for a million tokens of input, and 10 of output. */
const usual = 3_000_000;

interface Answer {
	usage?: object;
	/** Beside `usage`. */
	members?: object;
	isStream?: boolean;
	priceList?: string;
	/** No price in the configuration. */
	isUnpriced?: boolean;
	model?: string;
}

/** Asks a gateway, and returns what its record says of the one attempt. */
async function recorded({ usage = counts, members = {}, isStream = false, ...more }: Answer): Promise<UsageAttempt> {
	const host = await startAiHost((_request, response) => {
		if (!isStream) {
			const body = JSON.stringify({ ...completion, model: "m", usage, ...members });
			response.writeHead(200, { "content-type": "application/json" }).end(body);
			return;
		}
		startStream(response);
		response.write(chunk({ content: "Hi" }) + chunk({}, "stop"));
		response.end(`data: ${JSON.stringify({ id: "c", choices: [], usage, ...members })}\n\ndata: [DONE]\n\n`);
	});
	onTestFinished(() => host.close());
	const routing = {
		upstreams: [upstream("a", host.url, { priceList: more.priceList })],
		routes: [route(["a"], { models: ["*"] })],
	};
	const cost = { input: 2, output: 10, tiers: { flex: 0.5, fast: 6 } };
	const prices = more.isUnpriced ? [] : [{ models: ["*"], cost }];
	const gateway = await startGateway(host.url, {}, routing, { prices });
	onTestFinished(() => gateway.stop());
	const recorder = gateway.gateway.services.usage;
	const record = new Promise<UsageAttempt>((resolve) => {
		if (recorder) recorder.add = ({ attempts }) => resolve(attempts[0] as UsageAttempt);
	});
	await (await postChat(gateway.baseUrl, { ...hello, model: more.model ?? "m", stream: isStream })).text();
	return record;
}

describe.each([false, true])("an answer (stream: %s)", (isStream) => {
	test.each<[string, Answer, string | null, number]>([
		["OpenAI's flex", { members: { service_tier: "flex" } }, "flex", usual / 2],
		["OpenAI's default", { members: { service_tier: "default" } }, "standard", usual],
		["a tier without a factor", { members: { service_tier: "priority" } }, "priority", usual],
		["what was asked for, and no more", { members: { service_tier: "auto" } }, null, usual],
		["none", {}, null, usual],
		["Mistral's, among the counts", { usage: { ...counts, service_tier: "flex" } }, "flex", usual / 2],
		["Anthropic's speed", { usage: { ...counts, service_tier: "standard", speed: "fast" } }, "fast", usual * 6],
		["no name", { members: { service_tier: "a\nb" } }, null, usual],
	])("served by %s", async (_name, answer, tier, cost) => {
		expect(await recorded({ ...answer, isStream })).toMatchObject({ tier, cost, costSource: "configuration" });
	});

	test.each<[string, Answer, number | null, string | null]>([
		[
			"OpenRouter's, where no price is set",
			{ usage: { ...counts, cost: 0.0042 }, isUnpriced: true },
			4_200_000,
			"upstream",
		],
		[
			"OpenRouter's with an own key, whose vendor bills as well",
			{
				usage: { ...counts, cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: 0.002 } },
				isUnpriced: true,
			},
			2_100_000,
			"upstream",
		],
		["xAI's", { usage: { ...counts, cost_in_usd_ticks: 1_641_500 }, isUnpriced: true }, 164_150, "upstream"],
		["Perplexity's", { usage: { ...counts, cost: { total_cost: 0.006 } }, isUnpriced: true }, 6_000_000, "upstream"],
		["nothing, as it is free", { usage: { ...counts, cost: 0 }, isUnpriced: true }, 0, "upstream"],
		[
			"its own rather than a list's",
			{ usage: { ...counts, cost: 0.0042 }, isUnpriced: true, priceList: "openai", model: "gpt-4.1" },
			4_200_000,
			"upstream",
		],
		[
			"a list's, by tier",
			{ members: { service_tier: "flex" }, isUnpriced: true, priceList: "openai", model: "gpt-4.1" },
			1_400_000,
			"openai/gpt-4.1",
		],
		["the configuration's rather than its own", { usage: { ...counts, cost: 0.0042 } }, usual, "configuration"],
		["nonsense", { usage: { ...counts, cost: -1 }, isUnpriced: true }, null, null],
	])("whose upstream charges %s", async (_name, answer, cost, costSource) => {
		expect(await recorded({ ...answer, isStream })).toMatchObject({ cost, costSource });
	});
});

test.each<[object, unknown, string | undefined]>([
	[{ trafficType: "ON_DEMAND" }, undefined, "standard"],
	[{ trafficType: "ON_DEMAND_FLEX" }, undefined, "flex"],
	[{ trafficType: "ON_DEMAND_PRIORITY" }, undefined, "priority"],
	[{ trafficType: "PROVISIONED_THROUGHPUT" }, undefined, "provisioned"],
	[{ trafficType: "ON_DEMAND", serviceTier: "flex" }, undefined, "flex"],
	[{ serviceTier: "SERVICE_TIER_PRIORITY" }, undefined, "priority"],
	[{}, { type: "flex" }, "flex"],
	[{}, { type: "default" }, "standard"],
	[{}, "on_demand", "standard"],
	[{ service_tier: null }, "performance", "performance"],
	[{ service_tier: "batch" }, undefined, "batch"],
	[{}, 7, undefined],
])("the tier of %j beside %j", (usage, named, tier) => {
	expect(servedTier(usage as Record<string, unknown>, named)).toBe(tier);
});

test.each<[object, number | undefined]>([
	[{ cost: Number.NaN }, undefined],
	[{ cost: "0.1" }, undefined],
	[{ cost: { total_cost: null } }, undefined],
	[{ estimated_cost: 0.0003 }, 0.0003],
	[{}, undefined],
])("the charge of %j", (usage, dollars) => {
	expect(chargedDollars(usage as Record<string, unknown>)).toBe(dollars);
});

test("a tier may be set in its vendor's words", () => {
	const price = ownPrice({ input: 1, output: 1, tiers: { ON_DEMAND_FLEX: 0.5, default: 3 } });
	const costs = ["flex", "standard", undefined].map((tier) => costOfTokens(price, textTokens(1, 0), tier));
	expect(costs).toEqual([500, 3_000, 3_000]);
});

describe("what is written to a cache", () => {
	const tokens = { ...textTokens(1_000, 10), cached: 300, written: 500, writtenForHour: 200 };
	const nanodollars = (cost: object) => costOfTokens(ownPrice({ input: 4, output: 20, ...cost }), tokens);

	test("costs what vendors ask if nothing else is said: 1.25 times the input, and twice for an hour", () => {
		expect(nanodollars({})).toBe(1_000 * (500 * 4 + 300 * 5 + 200 * 8 + 10 * 20));
	});

	test("costs what is said, an hour in proportion", () => {
		expect(nanodollars({ cached: 1, cacheWrite: 10 })).toBe(1_000 * (200 * 4 + 300 + 300 * 10 + 200 * 16 + 200));
		expect(nanodollars({ cacheWrite: 4, cacheWrite1h: 4 })).toBe(1_000 * (1_000 * 4 + 200));
	});

	test("is counted once if the upstream counts more of it than there is", () => {
		const odd = { ...textTokens(100, 0), cached: 0, written: 100, writtenForHour: 400, imageInput: 70 };
		expect(costOfTokens(ownPrice({ input: 4, imageInput: 9, output: 0 }), odd)).toBe(1_000 * 100 * 8);
	});
});

test("pictures have a price of their own, in and out", () => {
	const tokens = { ...textTokens(100, 50), imageInput: 60, imageOutput: 40 };
	const price = ownPrice({ input: 1, imageInput: 3, output: 10, imageOutput: 30 });
	expect(costOfTokens(price, tokens)).toBe(1_000 * (40 + 60 * 3 + 10 * 10 + 40 * 30));
});
