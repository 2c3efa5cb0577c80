/** For administrators: the models that clients can ask for, with all that is known of them and who says it. */
import type { FactName, FactSource, KnownModel } from "../catalogue/modelFacts.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import { sentModel } from "../settings/sentModel.js";
import type { Handlers } from "./handlerTypes.js";
import { type ModelTarget, withEntry } from "./knownModels.js";
import { modelSource } from "./modelSources.js";

type Known = components["schemas"]["CatalogueTarget"]["known"];

/** As the API calls them. */
const names: Readonly<Partial<Record<FactName, keyof Known>>> = {
	contextWindow: "context_window",
	maxInputTokens: "max_input_tokens",
	maxOutputTokens: "max_output_tokens",
	images: "images",
	audio: "audio",
	video: "video",
	files: "files",
	tools: "tools",
	jsonSchema: "json_schema",
	reasoning: "reasoning",
};

export function catalogueHandlers(gateway: GatewayServices): Pick<Handlers, "listCatalogue"> {
	const source = modelSource(gateway);
	const { upstreams, prices } = gateway;
	const described = ({ target, entry }: ModelTarget, id: string) => {
		const known = withEntry(upstreams.catalogue.of(target, id), entry);
		const price = prices.priceOf(target, id);
		return {
			upstream: target.upstream,
			model: sentModel(target, id) ?? id,
			known: { ...factsOf(known), ...pricesOf(price) } as Known,
		};
	};
	return {
		async listCatalogue(ctx) {
			const data = (await source.all(ctx)).map(({ id, route, targets }) => ({
				object: "catalogue.model" as const,
				id,
				route: route.name,
				targets: targets.map((target) => described(target, id)),
			}));
			return { object: "list", data };
		},
	};
}

function factsOf({ facts, sources }: KnownModel): object {
	return Object.fromEntries(
		Object.entries(names).flatMap(([name, word]) => {
			const value = facts[name as FactName];
			return value === undefined ? [] : [[word, { value, source: sources[name as FactName] }]];
		}),
	);
}

function pricesOf(price: ReturnType<GatewayServices["prices"]["priceOf"]>): object {
	if (price === undefined) return {};
	// That of a price list is the name of its entry.
	const isSource = price.source === "configuration" || price.source === "upstream";
	const source: FactSource = isSource ? (price.source as FactSource) : "price list";
	return {
		input_price: { value: price.input, source },
		cached_input_price: { value: price.cached, source },
		output_price: { value: price.output, source },
	};
}
