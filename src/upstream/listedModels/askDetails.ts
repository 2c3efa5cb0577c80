/** What an upstream says of its models: its list, and other places where it says more. */
import { entriesIn } from "../../catalogue/listEntries.js";
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import { readFacts } from "../../catalogue/readFacts.js";
import { isObject } from "../../json/isObject.js";
import type { ModelDetails } from "../../providers/provider.js";
import { foundProvider } from "../../providers/providers.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { ListedEntry, ModelsAnswer } from "./ask.js";
import { type KnownDetails, keyOf } from "./listedFacts.js";

/** Some upstreams are asked for each model; those beyond this many are left to their names. */
const maxAsked = 100;
const askedAtATime = 4;

export type AskJson = (path: string, body?: object) => Promise<unknown>;

/**
 * Throws nothing: what is not said is not known.
 *
 * @param before what was said earlier. Of a model that is the same only what may change is asked again
 */
export async function askDetails(
	upstream: UpstreamSettings,
	{ list, models = [], server }: ModelsAnswer,
	before: KnownDetails,
	ask: AskJson,
): Promise<KnownDetails> {
	const details = foundProvider(upstream, server).modelDetails;
	if (details === undefined || list === undefined) return new Map();
	if (details.of === "each") {
		const chat = new Set(list.chat);
		const asked = models.filter(({ id }) => chat.has(id)).slice(0, maxAsked);
		return askEach(details, asked, before, ask);
	}
	if (details.of === "only" && models.length !== 1) return new Map();
	const answer = await ask(details.path);
	const told = new Map<string, ModelFacts>();
	if (details.of === "only") {
		if (isObject(answer)) told.set(keyOf(models[0] as ListedEntry), readFacts(answer));
		return told;
	}
	const facts = new Map((entriesIn(answer) ?? []).map(({ id, json }) => [id, readFacts(json)]));
	for (const model of models) {
		const found = facts.get(model.id);
		if (found !== undefined) told.set(keyOf(model), found);
	}
	return told;
}

/** A few at a time. */
async function askEach(
	{ path }: ModelDetails,
	models: readonly ListedEntry[],
	before: KnownDetails,
	ask: AskJson,
): Promise<KnownDetails> {
	const told = new Map<string, ModelFacts>();
	const open = [...models];
	const askNext = async (): Promise<void> => {
		for (let model = open.shift(); model !== undefined; model = open.shift()) {
			const known = before.get(keyOf(model));
			const answer = known === undefined ? await ask(path, { model: model.id }) : undefined;
			if (known !== undefined || isObject(answer))
				told.set(keyOf(model), known ?? readFacts(answer as object as never));
		}
	};
	await Promise.all(Array.from({ length: askedAtATime }, askNext));
	return told;
}
