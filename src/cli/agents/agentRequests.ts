/** Requests as agents send them, in each one's wire format: a turn with a tool, and the lists and counts around it. */
import { randomUUID } from "node:crypto";
import { nameInBody } from "../../dialects/gemini/path.js";
import { version } from "../../version.js";
import type { Agent, AgentDialect, Habits } from "./agent.js";

export interface AgentRequest {
	readonly method: "GET" | "POST";
	/** Below the gateway's address. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: object;
}

export interface AgentRequests {
	readonly turn: AgentRequest;
	/** The list of models that it asks for, or would. */
	readonly list: AgentRequest;
	/** Undefined if it never counts tokens. */
	readonly count?: AgentRequest;
}

const instructions = "You check a connection. Follow the user's request exactly, and add nothing.";
const tool = {
	name: "connection_check",
	description: "Reports that the connection works.",
	schema: {
		type: "object",
		properties: { word: { type: "string", description: "The word that the user names" } },
		required: ["word"],
		additionalProperties: false,
	},
};
const request = `Call the tool ${tool.name} with the word "ready".`;
const plainRequest = 'Answer with the word "ready", and nothing else.';

export function requestsOf({ dialect, habits = {} }: Agent, model: string, key: string | undefined): AgentRequests {
	const make = makers[dialect];
	const requests = make(model, habits);
	const shared = {
		...(key === undefined ? {} : keyHeader(dialect, key)),
		"user-agent": habits.userAgent ?? `llmw-connect/${version}`,
		"accept-encoding": "identity",
	};
	const whole = (one: AgentRequest): AgentRequest => ({ ...one, headers: { ...shared, ...one.headers } });
	const { turn, list, count } = requests;
	return { turn: whole(turn), list: whole(list), ...(count === undefined ? {} : { count: whole(count) }) };
}

function keyHeader(dialect: AgentDialect, key: string): Record<string, string> {
	return dialect === "gemini" ? { "x-goog-api-key": key } : { authorization: `Bearer ${key}` };
}

const makers: Record<AgentDialect, (model: string, habits: Habits) => AgentRequests> = {
	messages,
	responses,
	gemini,
	chat,
};

function messages(model: string): AgentRequests {
	const headers = {
		"content-type": "application/json",
		"anthropic-version": "2023-06-01",
		"anthropic-beta":
			"claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,prompt-caching-scope-2026-01-05",
		"x-app": "cli",
	};
	const asked = {
		model,
		messages: [{ role: "user", content: [{ type: "text", text: request, cache_control: { type: "ephemeral" } }] }],
		tools: [{ name: tool.name, description: tool.description, input_schema: tool.schema }],
	};
	const turn = {
		...asked,
		system: [{ type: "text", text: instructions, cache_control: { type: "ephemeral" } }],
		metadata: { user_id: JSON.stringify({ session_id: randomUUID() }) },
		max_tokens: 4096,
		thinking: { type: "enabled", budget_tokens: 2048 },
		stream: true,
	};
	return {
		turn: { method: "POST", path: "/v1/messages?beta=true", headers, body: turn },
		list: {
			method: "GET",
			path: "/v1/models?limit=1000",
			headers: { "anthropic-version": "2023-06-01", "user-agent": "claude-code/2 (llmw connect)" },
		},
		count: { method: "POST", path: "/v1/messages/count_tokens?beta=true", headers, body: asked },
	};
}

function responses(model: string): AgentRequests {
	const session = randomUUID();
	const message = (role: string, text: string) => ({ type: "message", role, content: [{ type: "input_text", text }] });
	const body = {
		model,
		stream: true,
		input: [message("developer", instructions), message("user", request)],
		tools: [
			{ type: "function", name: tool.name, description: tool.description, strict: false, parameters: tool.schema },
		],
		tool_choice: "auto",
		parallel_tool_calls: true,
		reasoning: { summary: "auto" },
		store: false,
		include: ["reasoning.encrypted_content"],
		prompt_cache_key: session,
	};
	const headers = {
		"content-type": "application/json",
		accept: "text/event-stream",
		originator: "codex_exec",
		"session-id": session,
		"thread-id": session,
	};
	return {
		turn: { method: "POST", path: "/v1/responses", headers, body },
		list: { method: "GET", path: "/v1/models?client_version=0.171.0", headers: { originator: "codex_exec" } },
	};
}

function gemini(model: string): AgentRequests {
	const path = `/v1beta/${nameInBody(model).split("/").map(encodeURIComponent).join("/")}`;
	const headers = { "content-type": "application/json", "x-goog-api-client": "google-genai-sdk/1.30.0 gl-node/v20" };
	const contents = [{ role: "user", parts: [{ text: request }] }];
	const body = {
		contents,
		systemInstruction: { role: "user", parts: [{ text: instructions }] },
		tools: [
			{ functionDeclarations: [{ name: tool.name, description: tool.description, parametersJsonSchema: tool.schema }] },
		],
		generationConfig: {
			temperature: 1,
			topP: 0.95,
			topK: 64,
			thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 },
		},
	};
	return {
		turn: { method: "POST", path: `${path}:streamGenerateContent?alt=sse`, headers, body },
		list: { method: "GET", path: "/v1beta/models?pageSize=1000", headers },
		count: { method: "POST", path: `${path}:countTokens`, headers, body: { contents } },
	};
}

function chat(model: string, { usesTools = true, members = {} }: Habits): AgentRequests {
	const { schema: parameters, ...described } = tool;
	const body = {
		model,
		messages: [
			{ role: "system", content: instructions },
			{ role: "user", content: usesTools ? request : plainRequest },
		],
		...(usesTools
			? { tools: [{ type: "function", function: { ...described, parameters } }], tool_choice: "auto" }
			: {}),
		stream: true,
		stream_options: { include_usage: true },
		...members,
	};
	return {
		turn: { method: "POST", path: "/v1/chat/completions", headers: { "content-type": "application/json" }, body },
		list: { method: "GET", path: "/v1/models", headers: {} },
	};
}
