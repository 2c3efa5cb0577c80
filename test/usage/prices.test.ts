/** What tokens cost: by the configuration, by a price list, and how it is rounded. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { costOfTokens, dollarsOf, millionthsOf, ratesOf } from "../../src/accounting/price.js";
import { createPrices, openPrices } from "../../src/accounting/prices.js";
import { loadPriceTable, mayBeListed, type PriceTable, tableVersion } from "../../src/accounting/priceTable.js";
import { textTokens } from "../../src/chat/tokenCounts.js";
import type { Cost, PriceRule, Target } from "../../src/settings/routes.js";
import { settingsSchemas } from "../../src/settings/settingsSchemas.js";
import { singleUpstream } from "../../src/settings/singleUpstream.js";

const none = textTokens(0, 0);
let table: PriceTable;
beforeAll(async () => {
	table = await loadPriceTable();
});

function routingAt(url: string, priceList?: string) {
	const flags = {
		url,
		key: undefined,
		ca: undefined,
		insecure: false,
		connectTimeoutMs: 1,
		timeoutMs: 1,
		idleTimeoutMs: 1,
		heartbeatMs: 0,
	};
	const { upstreams, routes } = singleUpstream(flags);
	const target = routes[0]?.stages[0]?.targets[0] as Target;
	return { routing: { upstreams: upstreams.map((upstream) => ({ ...upstream, priceList })) }, target };
}

function pricesAt(url: string, { rules = [], priceList }: { rules?: PriceRule[]; priceList?: string } = {}) {
	const { routing, target } = routingAt(url, priceList);
	const prices = createPrices({ prices: rules, routing }, table, Date.now);
	return (model: string, of: Partial<Target> = {}) => prices.priceOf({ ...target, ...of }, model);
}

const openai = "https://api.openai.com/v1";

describe("the price of a model", () => {
	it("comes from the list of the host that the URL names", () => {
		expect(pricesAt(openai)("gpt-4o")).toMatchObject({ input: 2.5, cached: 1.25, output: 10, source: "openai/gpt-4o" });
	});

	it("is the same for a dated name of the model", () => {
		expect(pricesAt(openai)("gpt-4o-2024-08-06")?.input).toBe(2.5);
	});

	it("is not known for a host of one's own, whatever the model is called", () => {
		expect(pricesAt("http://10.0.0.1:8000/v1")("gpt-4o")).toBeUndefined();
	});

	it("comes from the list that the upstream names", () => {
		expect(pricesAt("http://10.0.0.1:8000/v1", { priceList: "openai" })("gpt-4o")?.output).toBe(10);
	});

	it("is the configuration's before any list's, an exact name's before a pattern's", () => {
		const rules = [
			{ models: ["gpt-*"], cost: { input: 1, output: 2 } },
			{ models: ["gpt-4o", "o3"], cost: { input: 3, output: 4 } },
		];
		const priceOf = pricesAt(openai, { rules });
		expect([priceOf("gpt-4o")?.input, priceOf("o3")?.input, priceOf("gpt-5")?.input]).toEqual([3, 3, 1]);
	});

	it("is a target's own before all others", () => {
		const rules = [{ models: ["*"], cost: { input: 1, output: 2 } }];
		expect(pricesAt(openai, { rules })("gpt-4o", { cost: { input: 0, output: 0 } })?.input).toBe(0);
	});

	it("is that of the model as the host calls it", () => {
		expect(pricesAt(openai)("fast", { model: "gpt-4o" })?.input).toBe(2.5);
	});

	it("is found anew every minute, since some hosts cost less at night", () => {
		let time = 0;
		const find = vi.fn<PriceTable["find"]>(() => undefined);
		const { routing, target } = routingAt(openai);
		const prices = createPrices({ prices: [], routing }, { find }, () => time);
		for (const at of [0, 59_999, 60_000]) {
			time = at;
			prices.priceOf(target, "gpt-4o");
		}
		expect(find).toHaveBeenCalledTimes(2);
	});

	it("can be read for every model of every list without a word on the console", async () => {
		const warn = vi.spyOn(console, "warn");
		for (const list of priceLists())
			expect(() => table.find({ url: "http://h", priceList: list }, "gpt-4o")).not.toThrow();
		for (const model of ["gpt-realtime", "gpt-4o-audio-preview", "gpt-image-1", "whisper-1", "o3-pro"])
			table.find({ url: openai, priceList: undefined }, model);
		expect(warn).not.toHaveBeenCalled();
	});
});

function priceLists(): string[] {
	return settingsSchemas().PriceListConfig.enum as string[];
}

describe("the table", () => {
	it("is of the version and with the lists that the gateway says", () => {
		const folder = dirname(dirname(createRequire(import.meta.url).resolve("@pydantic/genai-prices")));
		expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({
			version: tableVersion.version,
		});
		const source = readFileSync(join(folder, "dist/index.js"), "utf8");
		const ids = [...source.matchAll(/^ {4}id: "([^"]+)",\n {4}name:/gm)].map(([, id]) => id);
		expect(priceLists()).toEqual(ids);
	});

	it("is not loaded for hosts that it can't know", async () => {
		for (const url of [
			"http://10.0.0.1/v1",
			"http://[::1]:8000/v1",
			"http://localhost/v1",
			"http://vllm:8000/v1",
			"http://vllm.ai.svc.cluster.local/v1",
		])
			expect(mayBeListed({ url, priceList: undefined }), url).toBe(false);
		expect(mayBeListed({ url: openai, priceList: undefined })).toBe(true);
		const { routing, target } = routingAt("http://10.0.0.1/v1");
		expect((await openPrices({ prices: [], routing })).priceOf(target, "gpt-4o")).toBeUndefined();
	});
});

describe("what tokens cost", () => {
	const cost = (of: Cost, tokens: Partial<typeof none>) =>
		costOfTokens({ ...ratesOf(of), source: "configuration" }, { ...none, ...tokens });

	it("counts cached tokens and recordings out of the input, reasoning and speech out of the output", () => {
		const prices = { input: 2, cached: 0.5, audioInput: 40, output: 8, reasoning: 6, audioOutput: 80 };
		const tokens = { input: 1000, cached: 300, audioInput: 200, output: 500, reasoning: 100, audioOutput: 50 };
		expect(cost(prices, tokens)).toBe(1000 * (500 * 2 + 300 * 0.5 + 200 * 40 + 350 * 8 + 100 * 6 + 50 * 80));
	});

	it("takes a kind without a price for what it is among", () => {
		expect(cost({ input: 2, output: 8 }, { input: 10, cached: 5, output: 10, reasoning: 5 })).toBe(100_000);
	});

	it("is a whole number of billionths of a dollar, so that a million of them add up", () => {
		const one = cost({ input: 0.075, output: 0.3 }, { input: 7, output: 3 });
		expect(one).toBe(1425);
		let sum = 0;
		for (let count = 0; count < 1_000_000; count += 1) sum += one;
		expect(dollarsOf(sum)).toBe(1.425);
	});

	it("is rounded to the nearest billionth, and up to millionths for limits", () => {
		expect(cost({ input: 0.0375, output: 0 }, { input: 1 })).toBe(38);
		expect([millionthsOf(38), millionthsOf(2000), millionthsOf(2001)]).toEqual([1, 2, 3]);
	});

	it("rises for all of an answer whose prompt is longer than a tier begins", () => {
		const price = table.find({ url: "https://api.anthropic.com", priceList: undefined }, "claude-sonnet-4-5");
		if (price === undefined) throw new Error("the table has lost a model");
		expect(costOfTokens(price, { ...none, input: 200_000, output: 1000 })).toBe((200_000 * 3 + 1000 * 15) * 1000);
		expect(costOfTokens(price, { ...none, input: 200_001, output: 1000 })).toBe((200_001 * 6 + 1000 * 22.5) * 1000);
		expect(costOfTokens(price, { ...none, input: 300_000, cached: 300_000 })).toBe(300_000 * 0.6 * 1000);
	});
});

describe("listed prices", () => {
	const listed = (priceList: string, model: string) => {
		const price = table.find({ url: "http://h", priceList }, model);
		if (price === undefined) throw new Error("the table has lost a model");
		return price;
	};

	it("have rates for what is written to a cache, by its lifetime", () => {
		expect(listed("anthropic", "claude-sonnet-4-5")).toMatchObject({ cacheWrite: 3.75, cacheWrite1h: 6 });
		expect(listed("aws", "anthropic.claude-sonnet-4-5-20250929-v1:0")).toMatchObject({
			cacheWrite: 4.125,
			cacheWrite1h: 6.6,
		});
	});

	it("ask nothing more for writing where the list has no price for it", () => {
		expect(listed("openai", "gpt-4.1")).toMatchObject({ input: 2, cacheWrite: 2, cacheWrite1h: 2 });
	});

	it("have rates for pictures", () => {
		expect(listed("google", "gemini-2.5-flash-image")).toMatchObject({ output: 2.5, imageOutput: 30 });
	});

	it("have factors for the tiers of vendors that have some", () => {
		const tokens = { ...none, input: 1_000 };
		const costs = (price: ReturnType<typeof listed>) =>
			[undefined, "standard", "flex", "priority", "batch"].map((tier) => costOfTokens(price, tokens, tier) / 1_000_000);
		expect(costs(listed("openai", "gpt-4.1"))).toEqual([2, 2, 1, 4, 1]);
		expect(costs(listed("groq", "llama-3.3-70b-versatile"))).toEqual(new Array(5).fill(0.59));
	});
});
