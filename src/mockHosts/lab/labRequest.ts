/** A request to the lab, read from its body. */
import { countWords } from "./referenceAnswers.js";

export type Endpoint = "chat" | "completions" | "embeddings";

export interface LabRequest {
	readonly endpoint: Endpoint;
	readonly model: string;
	readonly isStreamed: boolean;
	readonly withUsage: boolean;
	/** Each piece reports the usage so far, as in vLLM. */
	readonly withUsageSoFar: boolean;
	/** The most pieces of each choice. */
	readonly limit: number;
	/** Number of choices over all prompts. */
	readonly choices: number;
	readonly promptTokens: number;
	/** Names of the tools that may be called. */
	readonly tools: readonly string[];
	readonly isParallel: boolean;
	readonly wantsJson: boolean;
	/** Text of the last message if it is the assistant's and calls no tools. */
	readonly prefix: string | undefined;
	readonly continues: boolean;
	readonly addsGenerationPrompt: boolean;
	/** Inputs of an embedding. */
	readonly inputs: readonly unknown[];
	readonly inBase64: boolean;
}

type Body = Readonly<Record<string, unknown>>;

const maxChoices = 1024;

/** @throws Error that says what is wrong */
export function readLabRequest(endpoint: Endpoint, text: string): LabRequest {
	const body = parse(text);
	const messages = endpoint === "chat" ? recordsOf(body.messages, "messages") : [];
	const prompts = endpoint === "completions" ? listOf(body.prompt) : [];
	const inputs = endpoint === "embeddings" ? listOf(body.input) : [];
	if (endpoint === "embeddings" && body.input === undefined) throw new Error("input is missing");
	if (typeof body.model !== "string") throw new Error("model must be a string");
	const last = messages.at(-1);
	return {
		endpoint,
		model: body.model,
		isStreamed: body.stream === true && endpoint !== "embeddings",
		withUsage: recordOf(body.stream_options).include_usage === true,
		withUsageSoFar:
			recordOf(body.stream_options).include_usage === true &&
			recordOf(body.stream_options).continuous_usage_stats === true,
		limit: limitOf(body.max_completion_tokens ?? body.max_tokens ?? -1),
		choices: choicesOf(body.n ?? 1, Math.max(prompts.length, 1)),
		promptTokens: sum([...messages.map(({ content }) => content), ...prompts, ...inputs].map(tokensOf)),
		tools: toolsOf(body),
		isParallel: body.parallel_tool_calls !== false,
		wantsJson: /^json/.test(String(recordOf(body.response_format).type)),
		prefix: last?.role === "assistant" && last.tool_calls === undefined ? textOf(last.content) : undefined,
		continues: body.continue_final_message === true,
		addsGenerationPrompt: body.add_generation_prompt !== false,
		inputs,
		inBase64: body.encoding_format === "base64",
	};
}

function parse(text: string): Body {
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch (error) {
		throw new Error(`the body is not JSON: ${(error as Error).message}`);
	}
	if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error("the body must be an object");
	return body as Body;
}

function recordOf(value: unknown): Body {
	return typeof value === "object" && value !== null ? (value as Body) : {};
}

function recordsOf(value: unknown, name: string): Body[] {
	if (!Array.isArray(value) || value.length === 0) throw new Error(`${name} must be a list with at least one item`);
	return value.map(recordOf);
}

/** @returns one prompt or several; a list of numbers is one prompt in tokens */
function listOf(value: unknown): readonly unknown[] {
	return Array.isArray(value) && typeof value[0] !== "number" ? value : [value ?? ""];
}

/** As in llama.cpp, -1 means no limit. */
function limitOf(value: unknown): number {
	return value === -1 ? Number.POSITIVE_INFINITY : positive(value, "max_tokens");
}

function positive(value: unknown, name: string): number {
	if (typeof value === "number" && value >= 1) return Math.floor(value);
	throw new Error(`${name} must be a number above 0`);
}

function choicesOf(n: unknown, prompts: number): number {
	const choices = positive(n, "n") * prompts;
	if (choices > maxChoices) throw new Error(`there can be ${maxChoices} choices at most`);
	return choices;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}

function tokensOf(content: unknown): number {
	if (Array.isArray(content) && typeof content[0] === "number") return content.length;
	return countWords(textOf(content));
}

function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return content.map((part) => String(recordOf(part).text ?? "")).join("");
}

function toolsOf({ tools, tool_choice: choice }: Body): string[] {
	if (!Array.isArray(tools) || choice === "none") return [];
	const chosen = recordOf(recordOf(choice).function).name;
	if (typeof chosen === "string") return [chosen];
	return tools.map((tool) => String(recordOf(recordOf(tool).function).name ?? ""));
}
