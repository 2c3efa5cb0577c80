/** What an upstream's list says that a model costs counts after the configuration, and before the price list. */
import { expect, test } from "vitest";
import { createPrices } from "../../src/accounting/prices.js";
import { target, upstream } from "../kit/routing.js";

test("prices of an upstream's list", () => {
	const routing = { upstreams: [upstream("router", "https://openrouter.ai/api/v1")] };
	const listed = (_upstream: string, model: string) => (model === "said" ? { input: 3, output: 15 } : undefined);
	const find = () => ({ ...createdPrice, source: "openrouter/m" });
	const createdPrice = createPrices({ prices: [], routing }, undefined, Date.now, () => ({
		input: 9,
		output: 9,
	})).priceOfModel("router", "x") as never as { source: string; input: number };
	const rules = [{ models: ["ruled"], cost: { input: 1, output: 1 } }];
	const prices = createPrices({ prices: rules, routing }, { find } as never, Date.now, (name, model) =>
		model === "ruled" ? { input: 7, output: 7 } : listed(name, model),
	);
	const of = (model: string) => {
		const { input, source } = prices.priceOfModel("router", model) ?? {};
		return [input, source];
	};
	expect(of("ruled")).toEqual([1, "configuration"]);
	expect(of("said")).toEqual([3, "upstream"]);
	expect(of("unsaid")).toEqual([9, "openrouter/m"]);
	const own = target("router/said", { cost: { input: 5, output: 5 } });
	expect(prices.priceOf(own, "chat")).toMatchObject({ input: 5, source: "configuration" });
	expect(prices.priceOf(target("router/said"), "chat")).toMatchObject({ input: 3, output: 15, cached: 3 });
});
