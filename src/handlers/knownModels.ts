/** Describes the models of lists by all that is known of them. */
import type { Price } from "../accounting/price.js";
import { commonFacts, type FactName, type KnownModel, type ModelFacts } from "../catalogue/modelFacts.js";
import { isObject } from "../json/isObject.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Cost, Target } from "../settings/routes.js";
import { known, type ListedModel, price } from "../upstream/listedModels/modelsIn.js";

/** A target of a model, and its entry in the list that its upstream has just given, if it has one there. */
export interface ModelTarget {
	readonly target: Target;
	readonly entry?: ListedModel | undefined;
}

/** @returns the entry with what is known of its targets' models, under the name by which clients ask for it */
export type DescribeModel = (entry: ListedModel, targets: readonly ModelTarget[]) => ListedModel;

export function modelDescriber({ upstreams, prices }: Pick<GatewayServices, "upstreams" | "prices">): DescribeModel {
	return (entry, targets) => {
		const { id } = entry;
		const facts = commonFacts(targets.map((one) => withEntry(upstreams.catalogue.of(one.target, id), one.entry).facts));
		const [first] = targets;
		const cost = first && prices.priceOf(first.target, id);
		return { ...entry, ...openMembers(entry, facts, cost, targets.length === 1), [known]: facts, [price]: cost };
	};
}

/** A list of this moment counts like the upstream's list that is in the catalogue, which may not have been asked for. */
export function withEntry(model: KnownModel, entry: ListedModel | undefined): KnownModel {
	const listed = Object.entries(entry?.[known] ?? {}).filter(([name]) => {
		const source = model.sources[name as FactName];
		return source === undefined || source === "price list";
	});
	if (listed.length === 0) return model;
	const sources = Object.fromEntries(listed.map(([name]) => [name, "upstream" as const]));
	return { facts: { ...model.facts, ...Object.fromEntries(listed) }, sources: { ...model.sources, ...sources } };
}

/** Members that clients of OpenAI's list find beside its own; what the upstream says in the same words stays. */
function openMembers(entry: ListedModel, facts: ModelFacts, cost: Price | undefined, isOnly: boolean): object {
	const { input_modalities: modalities, capabilities, pricing } = entry;
	const abilities = withoutUnknown({
		vision: facts.images,
		tools: facts.tools,
		json_schema: facts.jsonSchema,
		reasoning: facts.reasoning,
	});
	const rates = ratesShown(cost);
	return withoutUnknown({
		context_window: facts.contextWindow,
		max_output_tokens: facts.maxOutputTokens,
		input_modalities: isOnly && Array.isArray(modalities) ? modalities : modalitiesOf(facts),
		capabilities: joined(capabilities, abilities, true),
		reasoning_efforts: facts.efforts,
		// A vendor's price for one token may have the same name.
		pricing: joined(pricing, rates, false),
	});
}

/** Dollars for a million tokens, by the names that lists have for them. */
export function ratesShown(cost: Cost | undefined): Readonly<Record<string, number>> {
	const { input, cached, output } = cost ?? {};
	return withoutUnknown({ input, cached_input: cached, output }) as Record<string, number>;
}

/** @returns undefined where it is not known whether it takes images, which is what clients want to know */
export function modalitiesOf({ images, audio, video, files }: ModelFacts): string[] | undefined {
	if (images === undefined) return undefined;
	const others = Object.entries({ image: images, audio, video, file: files });
	return ["text", ...others.flatMap(([name, takes]) => (takes ? [name] : []))];
}

function joined(theirs: unknown, own: object, ownWins: boolean): unknown {
	if (Object.keys(own).length === 0 || Array.isArray(theirs)) return theirs;
	if (!isObject(theirs)) return own;
	return ownWins ? { ...theirs, ...own } : { ...own, ...theirs };
}

function withoutUnknown(members: object): object {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
