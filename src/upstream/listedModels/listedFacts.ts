/** What an upstream says of its models, in its list and beside it, by their names. */
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import type { ListedEntry } from "./ask.js";
import type { ListedFacts } from "./messages.js";

/** Details of the models of a list, by their name and stamp. */
export type KnownDetails = ReadonlyMap<string, ModelFacts>;

export function keyOf({ id, stamp }: ListedEntry): string {
	return `${stamp} ${id}`;
}

/** All that is known of each model, by its names; nothing of those of which nothing is. */
export function listedFacts(models: readonly ListedEntry[] = [], details: KnownDetails): ListedFacts {
	const all: Record<string, ModelFacts> = {};
	for (const model of models) {
		// Details are of the model as it runs.
		const facts = { ...model.facts, ...details.get(keyOf(model)) };
		if (Object.keys(facts).length === 0) continue;
		for (const name of [...model.aliases, model.id]) all[name] = facts;
	}
	return all;
}
