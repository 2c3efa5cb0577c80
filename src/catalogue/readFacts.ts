/** What a vendor or a server says of one of its models, in whichever words. */
import { abilitiesIn } from "./abilities.js";
import { limitsIn } from "./limits.js";
import { costIn } from "./listedCost.js";
import type { Json } from "./members.js";
import type { ModelFacts } from "./modelFacts.js";

const longestName = 256;

/** @param json an entry of a list of models, or what a server answers when it is asked for more of one */
export function readFacts(json: Json): ModelFacts {
	const { display_name: name, displayName } = json;
	const all: ModelFacts = {
		...limitsIn(json),
		...abilitiesIn(json),
		cost: costIn(json),
		displayName: textIn(name) ?? textIn(displayName),
	};
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function textIn(value: unknown): string | undefined {
	return typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, longestName) : undefined;
}
