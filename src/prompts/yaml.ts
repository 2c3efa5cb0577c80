/** Contents of prompts as YAML for people: multi-line texts as blocks, and nothing that goes without saying. */
import { Document, visit } from "yaml";
import type { GivenContent, PromptContent, PromptVariable } from "./promptContent.js";

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
	const document = new Document(value, { aliasDuplicateObjects: false });
	visit(document, {
		Scalar(_key, node) {
			if (typeof node.value === "string" && isHardToBlock.test(node.value)) node.type = "QUOTE_DOUBLE";
		},
	});
	// Long lines stay whole: a folded text is hard to compare.
	return document.toString({ lineWidth: 0, blockQuote: "literal" });
}

/** Texts that don't come back from a block as they were: lines of white space alone, or that begin with it at the top. */
const isHardToBlock = /^[ \t\n]|\n[ \t]+(\n|$)|[\r\u0085\u2028\u2029]/;
