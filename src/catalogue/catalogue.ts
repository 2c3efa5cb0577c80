/** What the gateway knows of the models behind its targets. */
import type { Capabilities, Target, UpstreamSettings } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import { type KnownModel, type ModelFacts, mergeFacts } from "./modelFacts.js";

export interface Catalogue {
	/** Another number whenever something may have changed. */
	readonly revision: number;
	/**
	 * The model of a target. The same object until something changes, and cheap enough for every request.
	 *
	 * @param asked as the client requested it
	 */
	of(target: Target, asked: string | undefined): KnownModel;
	/** Whether something may be known of models at the target. */
	describes(target: Target): boolean;
}

/** What others say of models, by the name of an upstream and its own name of a model. */
export interface CatalogueSources {
	/** In its list. */
	listed(upstream: string, model: string): ModelFacts | undefined;
	readonly listRevision: number;
	/** In a price list. */
	priced?(upstream: string, model: string): ModelFacts | undefined;
	/** Whether a list or a price list says something of an upstream's models. @param upstream its name */
	describes?(upstream: string): boolean;
}

/** Clients can make up names of models. */
const maxCached = 1_000;

export function createCatalogue(upstreams: readonly UpstreamSettings[], sources: CatalogueSources): Catalogue {
	const settingsOf = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
	let ofTargets = new WeakMap<Target, Map<string, KnownModel>>();
	let revision = sources.listRevision;
	const find = (target: Target, model: string): KnownModel =>
		mergeFacts({
			configuration: configuredFacts(target.capabilities, settingsOf.get(target.upstream)),
			...(model === "" ? {} : { upstream: sources.listed(target.upstream, model) }),
			...(model === "" ? {} : { "price list": sources.priced?.(target.upstream, model) }),
		});
	return {
		get revision() {
			return sources.listRevision;
		},
		describes: (target) =>
			sources.describes?.(target.upstream) === true ||
			Object.values(configuredFacts(target.capabilities, settingsOf.get(target.upstream))).some(isSaid) ||
			target.cost !== undefined,
		of(target, asked) {
			if (revision !== sources.listRevision) {
				ofTargets = new WeakMap();
				revision = sources.listRevision;
			}
			const model = sentModel(target, asked) ?? "";
			const known = ofTargets.get(target) ?? new Map<string, KnownModel>();
			const found = known.get(model) ?? find(target, model);
			if (known.has(model)) return found;
			if (known.size >= maxCached) known.clear();
			known.set(model, found);
			ofTargets.set(target, known);
			return found;
		},
	};
}

const isSaid = (value: unknown) => value !== undefined;

/** For a gateway in which nothing is known but what the configuration says. */
export function configuredCatalogue(upstreams: readonly UpstreamSettings[]): Catalogue {
	return createCatalogue(upstreams, { listed: () => undefined, listRevision: 0 });
}

/** What the configuration says of a target's model. */
export function configuredFacts(
	{ context, output, tools, vision, jsonSchema, reasoning }: Capabilities,
	upstream?: UpstreamSettings,
): ModelFacts {
	return {
		contextWindow: context ?? upstream?.ollama?.contextLength,
		maxOutputTokens: output,
		images: vision,
		tools,
		jsonSchema,
		reasoning,
	};
}

/** The facts of a list by the names that clients and configurations may have for its models. */
export class FactsByName {
	readonly #facts: ReadonlyMap<string, ModelFacts>;

	constructor(facts: Readonly<Record<string, ModelFacts>>) {
		this.#facts = new Map(Object.entries(facts).map(([name, one]) => [name.toLowerCase(), one]));
	}

	get isEmpty(): boolean {
		return this.#facts.size === 0;
	}

	/** Servers don't distinguish upper and lower case, Ollama's `latest` may be left out, and a dated name stands for a short one. */
	find(model: string): ModelFacts | undefined {
		const name = model.toLowerCase().replace(/^models\//, "");
		return this.#facts.get(name) ?? this.#facts.get(`${name}:latest`) ?? this.#datedAs(name);
	}

	/** `claude-sonnet-4-5` is listed as `claude-sonnet-4-5-20250929`, `gpt-4o` as `gpt-4o-2024-11-20`. */
	#datedAs(name: string): ModelFacts | undefined {
		if (name === "") return undefined;
		for (const [listed, facts] of this.#facts) {
			const rest = listed.startsWith(name) ? listed.slice(name.length) : "";
			if (/^[-@](latest|\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{4})$/.test(rest)) return facts;
		}
		return undefined;
	}
}
