/** Contents of prompts as YAML for people: multi-line texts as blocks, and nothing that goes without saying. */
import { stringify } from "yaml";
import type { GivenContent, PromptContent, PromptVariable } from "./content.js";

/** Without what `wholeContent` would say by itself. */
export function shortContent({ messages, variables, parameters }: PromptContent): GivenContent {
	const short = Object.entries(variables).map(([name, variable]) => [name, shortVariable(variable)]);
	return {
		messages,
		...(short.length > 0 ? { variables: Object.fromEntries(short) } : {}),
		...(Object.keys(parameters).length > 0 ? { parameters } : {}),
	};
}

function shortVariable({ type, required, ...rest }: PromptVariable): Partial<PromptVariable> {
	return {
		...(type === "string" ? {} : { type }),
		...rest,
		...(required === (rest.default === undefined) ? {} : { required }),
	};
}

export function toYaml(value: unknown): string {
	// Long lines stay whole: a folded text is hard to compare. What occurs twice is written twice.
	return stringify(value, { lineWidth: 0, blockQuote: "literal", aliasDuplicateObjects: false });
}
