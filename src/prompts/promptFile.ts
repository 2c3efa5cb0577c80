/** A prompt as a YAML file of its own, which people edit and keep in Git; the file's name is the prompt's. */
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { type GivenContent, type PromptContent, wholeContent } from "./promptContent.js";
import { shortContent, toYaml } from "./yaml.js";

export interface PromptFile {
	description: string;
	metadata: Record<string, string>;
	/** Version numbers; `latest` is the version that holds the file's own content. Undefined: labels are left alone. */
	labels: Record<string, number | "latest"> | undefined;
	content: PromptContent;
}

/** As the contract's PromptName: also what is safe as a file's name. */
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
 * Reads a file as far as comparing it needs; whether its content makes a prompt is for the gateway's contract to say.
 *
 * @throws Error that says what is wrong, with line and column where YAML itself is.
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
	const given = {
		messages: file.messages,
		variables: Object.fromEntries(variables),
		parameters: mapping(file, "parameters"),
	} as GivenContent;
	return {
		description,
		metadata: mapping(file, "metadata") as Record<string, string>,
		labels: file.labels === undefined ? undefined : labelsOf(mapping(file, "labels")),
		content: wholeContent(given),
	};
}

/** Whether both say the same of a prompt, however it is written. */
export function sameContent(one: PromptContent, other: PromptContent): boolean {
	return isDeepStrictEqual(one, other);
}

function labelsOf(given: Record<string, unknown>): Record<string, number | "latest"> {
	for (const [label, version] of Object.entries(given))
		if (version !== "latest" && !(Number.isInteger(version) && (version as number) > 0))
			throw new Error(`labels.${label} must be a version's number, or latest`);
	return given as Record<string, number | "latest">;
}

function mapping(file: Record<string, unknown>, key: string): Record<string, unknown> {
	const value = file[key] ?? {};
	if (!isMapping(value)) throw new Error(`${key} must be a mapping`);
	return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
