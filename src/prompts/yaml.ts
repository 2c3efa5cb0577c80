/** Contents of prompts as YAML for people: multi-line texts as blocks, and without defaults. */
import { Document, visit } from "yaml";
import type { ContentInput, PromptContent, PromptVariable } from "./promptContent.js";

/** Leaves out what `completeContent` fills in. */
export function shortContent({ messages, variables, parameters }: PromptContent): ContentInput {
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
	// Long lines are not folded: folded text is hard to compare.
	return document.toString({ lineWidth: 0, blockQuote: "literal" });
}

/** Texts that a block would not preserve: those with lines of white space only, or that begin with white space. */
const isHardToBlock = /^[ \t\n]|\n[ \t]+(\n|$)|[\r\u0085\u2028\u2029]/;
