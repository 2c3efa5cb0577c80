/** Facts about a request by which its target is chosen. */
import type { IncomingHttpHeaders } from "node:http";
import { isObject } from "../../json/isObject.js";
import type { SessionHeaders } from "../../settings/sessionHeaders.js";
import { type AgentSession, agentOf, agentSessionOf } from "./agentSession.js";
import { configIn, schemasIn } from "./contentParts.js";
import { conversationKey, conversationText, turnOf } from "./conversation.js";
import { estimateTokens } from "./estimateTokens.js";
import { promptPrefix } from "./promptPrefix.js";
import { hasPictures, optionsIn } from "./promptText.js";

export interface RequestFacts {
	/** The requested model. */
	readonly model: string | undefined;
	readonly isStream: boolean;
	/** Whether it has `tools` or `functions`. */
	readonly needsTools: boolean;
	/** Whether a message has an image or a video. */
	readonly needsVision: boolean;
	/** Whether the answer must match a JSON schema. */
	readonly needsJsonSchema: boolean;
	/** The answer's maximum of tokens; undefined if the request sets none. */
	readonly maxTokens: number | undefined;
	/** Estimated tokens of the prompt. */
	readonly estimatedTokens: number;
	/** The same of the longest of several prompts, as far as they are alike. */
	readonly promptTokens: number;
	/** A bound of the prompt's tokens, pictures apart, by the length of the body: no look into it. Infinity if that is not known. */
	readonly mostTokens: number;
	/** The client's headers, by name in lower case. */
	readonly headers: IncomingHttpHeaders;
	/** The pairs of the body's `metadata` whose values are strings. */
	readonly metadata: Readonly<Record<string, string>>;
	/** Tags set by plugins. */
	readonly tags: Readonly<Record<string, string>>;
	/** Distinguishes callers; has no other meaning. */
	readonly caller: string;
	/** The end user, by the body's `user`, `safety_identifier` or `metadata.user_id`. */
	readonly user: string | undefined;
	/** The agent's session, where its program names one. */
	readonly session: AgentSession | undefined;
	/** Key of the conversation that it goes on with (`conversationKey`); undefined without a prompt. */
	readonly conversation: number | undefined;
	/** Whether its upstream may have something of the conversation already, since an earlier turn was answered; undefined for what is no conversation. */
	readonly turn: "first" | "later" | undefined;
	/** The session's agent, or the program, if it is known as an agent. */
	readonly agent: string | undefined;
	/** @returns the beginning of the prompt, see `promptPrefix` */
	prefix(characters: number): string;
}

export interface RequestSource {
	/** The body with its defaults; undefined if there is none. Nobody changes it meanwhile. */
	readonly json: Record<string, unknown> | undefined;
	/** See `JsonBody`. */
	readonly outline?: Readonly<Record<string, unknown>> | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly tags: Record<string, string>;
	readonly caller: string;
	/** Length of the body as it is sent. */
	readonly bytes?: number | undefined;
	/** Headers in which the session is named, besides those that agents are known by. */
	readonly sessionHeaders?: SessionHeaders | undefined;
}

/** Reads facts lazily, and those that are expensive only once. */
export function readFacts(source: RequestSource): RequestFacts {
	return new LazyFacts(source);
}

const noBody: Record<string, unknown> = Object.freeze({});

class LazyFacts implements RequestFacts {
	readonly headers: IncomingHttpHeaders;
	readonly tags: Readonly<Record<string, string>>;
	readonly caller: string;
	readonly mostTokens: number;
	readonly #json: Record<string, unknown>;
	readonly #sessionHeaders: SessionHeaders | undefined;
	/** For what long texts don't matter to. */
	readonly #outline: Readonly<Record<string, unknown>>;
	#needsVision: boolean | undefined;
	#estimatedTokens: number | undefined;
	#metadata: Readonly<Record<string, string>> | undefined;
	#prefix: string | undefined;
	#prefixCharacters = 0;
	#session: AgentSession | undefined | null = null;
	#conversation: number | undefined | null = null;

	constructor(source: RequestSource) {
		const { json, outline, headers, tags, caller, bytes = Number.POSITIVE_INFINITY, sessionHeaders } = source;
		this.#json = json ?? noBody;
		this.#outline = outline ?? this.#json;
		this.#sessionHeaders = sessionHeaders;
		this.mostTokens = bytes;
		this.headers = headers;
		this.tags = tags;
		this.caller = caller;
	}

	get model(): string | undefined {
		return textOf(this.#json.model);
	}

	get isStream(): boolean {
		return this.#json.stream === true;
	}

	get needsTools(): boolean {
		return isFilledList(this.#outline.tools) || isFilledList(this.#outline.functions);
	}

	get needsVision(): boolean {
		this.#needsVision ??= hasPictures(this.#outline);
		return this.#needsVision;
	}

	get needsJsonSchema(): boolean {
		return demandsSchema(this.#outline);
	}

	get maxTokens(): number | undefined {
		const limit =
			this.#json.max_completion_tokens ??
			this.#json.max_tokens ??
			this.#json.max_output_tokens ??
			configuredMax(this.#json);
		return typeof limit === "number" && limit > 0 ? limit : undefined;
	}

	get estimatedTokens(): number {
		this.#estimatedTokens ??= estimateTokens(this.#outline, this.#outline !== this.#json);
		return this.#estimatedTokens;
	}

	get promptTokens(): number {
		return this.estimatedTokens / separatePrompts(this.#outline);
	}

	get metadata(): Readonly<Record<string, string>> {
		this.#metadata ??= readPairs(this.#json.metadata);
		return this.#metadata;
	}

	get user(): string | undefined {
		const { user, safety_identifier: identifier, metadata } = this.#json;
		return textOf(user) ?? textOf(identifier) ?? (isObject(metadata) ? textOf(metadata.user_id) : undefined);
	}

	get session(): AgentSession | undefined {
		if (this.#session === null) this.#session = agentSessionOf(this.headers, this.#json, this.#sessionHeaders);
		return this.#session;
	}

	get conversation(): number | undefined {
		if (this.#conversation === null) {
			const text = conversationText(this.session, this.#json, (characters) => promptPrefix(this.#json, characters));
			this.#conversation = text === undefined ? undefined : conversationKey(text);
		}
		return this.#conversation;
	}

	get turn(): "first" | "later" | undefined {
		return this.session === undefined ? turnOf(this.#json) : "later";
	}

	get agent(): string | undefined {
		return this.session?.agent ?? agentOf(this.headers, this.#sessionHeaders);
	}

	prefix(characters: number): string {
		if (this.#prefix === undefined || this.#prefixCharacters !== characters) {
			this.#prefix = promptPrefix(this.#json, characters);
			this.#prefixCharacters = characters;
		}
		return this.#prefix;
	}
}

/** Texts to embed or to complete, each of which has the model's context for itself. */
function separatePrompts({ input, prompt, requests }: Record<string, unknown>): number {
	for (const list of [input, prompt, requests])
		if (Array.isArray(list) && (typeof list[0] === "string" || Array.isArray(list[0]) || list === requests))
			return Math.max(1, list.length);
	return 1;
}

function configuredMax(json: Record<string, unknown>): unknown {
	const config = configIn(json);
	return config.maxOutputTokens ?? config.max_output_tokens ?? optionsIn(json).num_predict;
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

function isFilledList(value: unknown): boolean {
	return Array.isArray(value) && value.length > 0;
}

/**
 * OpenAI's `response_format` and `text.format`, Anthropic's `output_config`, Google's `generationConfig`, Ollama's `format`, llama.cpp's
 * `json_schema` and `schema`, and vLLM's `guided_json` and `structured_outputs`.
 */
function demandsSchema(json: Record<string, unknown>): boolean {
	if (json.guided_json != null || json.json_schema != null) return true;
	if (schemasIn(configIn(json)).length > 0) return true;
	const { response_format: format, structured_outputs: structured, text, output_config: config } = json;
	if (isObject(json.format)) return true;
	if (isObject(text) && isObject(text.format) && text.format.type === "json_schema") return true;
	if (isObject(config) && config.format != null) return true;
	if (isObject(format) && (format.type === "json_schema" || format.schema != null)) return true;
	return isObject(structured) && structured.json != null;
}

function readPairs(metadata: unknown): Readonly<Record<string, string>> {
	if (!isObject(metadata)) return {};
	const pairs = Object.entries(metadata).filter((pair): pair is [string, string] => typeof pair[1] === "string");
	return Object.fromEntries(pairs);
}
