/** A prompt as a YAML file, which people edit and keep in Git; the file's name is the prompt's. */
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { type ContentInput, completeContent, type PromptContent } from "./promptContent.js";
import { shortContent, toYaml } from "./yaml.js";

export interface PromptFile {
	description: string;
	metadata: Record<string, string>;
	/** Version numbers by label; `latest` is the version with the file's own content. Undefined leaves labels unchanged. */
	labels: Record<string, number | "latest"> | undefined;
	content: PromptContent;
}

/** Like the contract's PromptName; such names are safe as file names. */
export const namePattern = /^(?!prompt_)[a-z0-9][a-z0-9._-]{0,127}$/;

const knownKeys = ["description", "metadata", "labels", "messages", "variables", "parameters"];

export function promptFileText({ description, metadata, labels, content }: PromptFile): string {
	return toYaml({
		...(description === "" ? {} : { description }),
		...(Object.keys(metadata).length === 0 ? {} : { metadata }),
		...(labels === undefined ? {} : { labels }),
		...shortContent(content),
	});
}

/**
 * Reads a file as far as needed to compare it; the gateway validates its content.
 *
 * @throws Error that says what is wrong, with line and column for invalid YAML
 */
export function readPromptFile(text: string): PromptFile {
	const document = parseDocument(text);
	const [error] = document.errors;
	if (error) throw new Error(error.message.split("\n", 1)[0]?.replace(/:$/, ""));
	const file = document.toJS() as unknown;
	if (!isMapping(file)) throw new Error("must hold a mapping with messages");
	const unknown = Object.keys(file).find((key) => !knownKeys.includes(key));
	if (unknown !== undefined) throw new Error(`${unknown} is none of ${knownKeys.join(", ")}`);
	if (!Array.isArray(file.messages)) throw new Error("messages must be a list");
	const description = file.description ?? "";
	if (typeof description !== "string") throw new Error("description must be text");
	const variables = Object.entries(mapping(file, "variables")).map(([name, variable]) => {
		if (variable !== null && !isMapping(variable)) throw new Error(`variables.${name} must be a mapping`);
		return [name, variable ?? {}];
	});
	const content = {
		messages: file.messages,
		variables: Object.fromEntries(variables),
		parameters: mapping(file, "parameters"),
	} as ContentInput;
	return {
		description,
		metadata: mapping(file, "metadata") as Record<string, string>,
		labels: file.labels === undefined ? undefined : labelsOf(mapping(file, "labels")),
		content: completeContent(content),
	};
}

/** Whether both contents are equal, however they are written. */
export function sameContent(one: PromptContent, other: PromptContent): boolean {
	return isDeepStrictEqual(one, other);
}

function labelsOf(labels: Record<string, unknown>): Record<string, number | "latest"> {
	for (const [label, version] of Object.entries(labels))
		if (version !== "latest" && !(Number.isInteger(version) && (version as number) > 0))
			throw new Error(`labels.${label} must be a version's number, or latest`);
	return labels as Record<string, number | "latest">;
}

function mapping(file: Record<string, unknown>, key: string): Record<string, unknown> {
	const value = file[key] ?? {};
	if (!isMapping(value)) throw new Error(`${key} must be a mapping`);
	return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
