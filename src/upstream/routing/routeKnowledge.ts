/** Weighs what is known of the models of a route's targets against a request. */
import { configuredFacts } from "../../catalogue/catalogue.js";
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import type { RequestFacts } from "./facts.js";
import type { Fit, Lack, Leaf } from "./member.js";
import type { TargetView } from "./targetView.js";

/**
 * How many times a context the estimate has to be: it comes to no more than 1.3 times the tokens of most prompts, and to twice
 * those in languages such as Russian (see `estimateTokens`).
 */
const probablyTooLong = 1.5;
const surelyTooLong = 2;

/** What matters of a target's model. */
interface Limits {
	readonly leaf: Leaf;
	readonly lacks: readonly Lack[];
	/** Undefined if it is unknown. */
	readonly context: number | undefined;
	/** Of the prompt alone. */
	readonly input: number | undefined;
}

/** Clients can make up names of models. */
const maxCached = 200;

export class RouteKnowledge {
	readonly #leaves: readonly Leaf[];
	/** By the requested model; undefined if all targets are alike. */
	#limits = new Map<string | undefined, readonly Limits[] | undefined>();
	#revision = Number.NaN;
	/** As the leaves were left by the choice before. */
	#doAllFit = true;

	constructor(leaves: readonly Leaf[]) {
		this.#leaves = leaves;
	}

	/** Sets each leaf's `fit`. @returns whether the request fits all of them */
	weigh(facts: RequestFacts, view: TargetView): boolean {
		const limits = this.#limitsFor(facts.model, view);
		if (limits === undefined) {
			if (!this.#doAllFit) for (const leaf of this.#leaves) leaf.fit = "fits";
			this.#doAllFit = true;
			return true;
		}
		this.#doAllFit = true;
		for (const one of limits) {
			one.leaf.fit = fitOf(one, facts);
			if (one.leaf.fit !== "fits") this.#doAllFit = false;
		}
		return this.#doAllFit;
	}

	#limitsFor(asked: string | undefined, view: TargetView): readonly Limits[] | undefined {
		const { revision = 0 } = view;
		if (this.#revision !== revision || this.#limits.size >= maxCached) {
			this.#limits.clear();
			this.#revision = revision;
		}
		if (!this.#limits.has(asked)) this.#limits.set(asked, this.#read(asked, view));
		return this.#limits.get(asked);
	}

	#read(asked: string | undefined, view: TargetView): readonly Limits[] | undefined {
		const all = this.#leaves.map((leaf) => {
			const facts = view.factsOf?.(leaf.target, asked) ?? configuredFacts(leaf.target.capabilities);
			return limitsOf(leaf, facts);
		});
		// Among models that are alike there is nothing to choose.
		const kinds = new Set(all.map(({ lacks, context, input }) => `${lacks} ${context} ${input}`));
		return kinds.size > 1 ? all : undefined;
	}
}

function limitsOf(leaf: Leaf, { images, tools, jsonSchema, contextWindow, maxInputTokens }: ModelFacts): Limits {
	const lacks: Lack[] = [];
	if (images === false) lacks.push("needsVision");
	if (tools === false) lacks.push("needsTools");
	if (jsonSchema === false) lacks.push("needsJsonSchema");
	return { leaf, lacks, context: contextWindow, input: maxInputTokens };
}

function fitOf({ lacks, context = Number.POSITIVE_INFINITY, input = context }: Limits, facts: RequestFacts): Fit {
	for (const lack of lacks) if (facts[lack]) return "unfit";
	const answer = facts.maxTokens ?? 0;
	const most = Math.min(context, input);
	if (facts.mostTokens + answer <= most) return "fits";
	const prompt = facts.promptTokens;
	if (prompt > surelyTooLong * most) return "unfit";
	if (prompt > probablyTooLong * most) return "overlong";
	return prompt > most || prompt + answer > context ? "tight" : "fits";
}
