/** What vendors' errors are taken for: every recorded one, and those that their documents show. */
import { describe, expect, test } from "vitest";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import { cohereChat } from "../../src/dialects/cohereChat/index.js";
import type { Dialect } from "../../src/dialects/dialect.js";
import { geminiContent } from "../../src/dialects/gemini/index.js";
import { ollamaChat } from "../../src/dialects/ollamaChat/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { type Fault, type FaultKind, faultOfStatus, mayFallBack, mayRetry } from "../../src/upstream/fault.js";
import { resetWaitMs } from "../../src/upstream/routing/limitResets.js";
import { bodyOf, recordingsOf } from "../kit/recordings.js";

function faultOf(dialect: Dialect, status: number, body: unknown, headers: Record<string, string> = {}): Fault {
	const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
	const head = { status, headers: {} as Record<string, string>, contentLength: undefined, isStream: false };
	return faultOfStatus(head, headers, bytes, { errors: dialect.errors });
}

describe("recorded errors", () => {
	const dialects: Record<string, Dialect> = {
		azure: openaiChat,
		bedrock: bedrockConverse,
		cohere: cohereChat,
		deepseek: openaiChat,
		gemini: geminiContent,
		mistral: openaiChat,
		ollama: openaiChat,
		openai: openaiChat,
		openrouter: openaiChat,
		perplexity: openaiChat,
		responses: openaiResponses,
		xai: openaiChat,
	};
	/** By the beginnings and ends of their names. */
	const expected: [RegExp, FaultKind][] = [
		[/context_length_exceeded_erro/, "context_length"],
		[/auth_error|api_keys|embeddings-2/, "authentication"],
		[/chat_reasoning-1|agents_and_tools-2/, "model_not_found"],
		[/vision-2|temperature-error/, "invalid_request"],
	];
	const recorded = Object.entries(dialects).flatMap(([name, dialect]) =>
		recordingsOf(name)
			.filter(({ response }) => response.status >= 400)
			.map((recording) => ({ name: `${name}: ${recording.id}`, dialect, recording })),
	);

	test("are many", () => expect(recorded.length).toBeGreaterThan(18));

	test.each(recorded)("$name", ({ dialect, recording }) => {
		const { id, response } = recording;
		// Google meters long prompts by the minute, and says when there is room again.
		const kind = response.status === 429 ? "rate_limited" : expected.find(([name]) => name.test(id))?.[1];
		const fault = faultOf(dialect, response.status, bodyOf(recording), { ...response.headers });
		expect(fault.kind).toBe(kind);
		if (kind === "rate_limited") expect(fault.retryAfterMs).toBeGreaterThan(30_000);
	});
});

const openai = (code: string | null, type: string, message = "no") => ({ error: { message, type, param: null, code } });
const anthropic = (type: string, message = "no") => ({ type: "error", error: { type, message }, request_id: "req_1" });
const google = (code: number, status: string, message = "no", details: object[] = []) => ({
	error: { code, message, status, details },
});
const quotaOf = (quotaId: string) => [
	{ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
	{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34s" },
];

describe("documented errors", () => {
	test.each<[vendor: string, dialect: Dialect, status: number, body: unknown, kind: FaultKind]>([
		["Anthropic", anthropicMessages, 529, anthropic("overloaded_error", "Overloaded"), "server_error"],
		["Anthropic", anthropicMessages, 429, anthropic("rate_limit_error"), "rate_limited"],
		["Anthropic", anthropicMessages, 402, anthropic("billing_error"), "quota"],
		["Anthropic", anthropicMessages, 504, anthropic("timeout_error"), "server_error"],
		[
			"Anthropic",
			anthropicMessages,
			400,
			anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
			"quota",
		],
		[
			"Anthropic",
			anthropicMessages,
			400,
			anthropic("invalid_request_error", "prompt is too long: 3333404 tokens > 200000 maximum"),
			"context_length",
		],
		["Anthropic", anthropicMessages, 404, anthropic("not_found_error", "model: claude-9"), "model_not_found"],
		["Anthropic", anthropicMessages, 401, anthropic("authentication_error"), "authentication"],
		["Anthropic", anthropicMessages, 403, anthropic("permission_error"), "authentication"],
		["Anthropic", anthropicMessages, 413, anthropic("request_too_large"), "invalid_request"],
		["OpenAI", openaiChat, 429, openai("insufficient_quota", "insufficient_quota"), "quota"],
		["OpenAI", openaiChat, 429, openai("rate_limit_exceeded", "tokens"), "rate_limited"],
		[
			"OpenAI",
			openaiChat,
			429,
			openai("rate_limit_exceeded", "requests", "Rate limit reached on requests per day (RPD): Limit 200"),
			"quota",
		],
		[
			"OpenAI",
			openaiChat,
			429,
			openai("rate_limit_exceeded", "tokens", "Request too large for gpt-4o on tokens per min (TPM): Limit 30000"),
			"quota",
		],
		["OpenAI", openaiChat, 503, openai(null, "server_error", "The engine is currently overloaded"), "server_error"],
		["OpenAI", openaiChat, 500, openai("insufficient_quota", "x"), "quota"],
		["OpenAI", openaiChat, 400, openai("context_length_exceeded", "invalid_request_error"), "context_length"],
		["OpenAI", openaiChat, 400, openai("content_policy_violation", "invalid_request_error"), "content_filter"],
		["OpenAI", openaiChat, 404, openai("model_not_found", "invalid_request_error"), "model_not_found"],
		["OpenAI", openaiChat, 404, openai(null, "invalid_request_error", "Unknown request URL"), "not_found"],
		["OpenAI", openaiResponses, 400, openai("unsupported_value", "invalid_request_error"), "invalid_request"],
		[
			"Azure",
			openaiChat,
			400,
			{
				error: {
					message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
					code: "content_filter",
					status: 400,
					innererror: { code: "ResponsibleAIPolicyViolation" },
				},
			},
			"content_filter",
		],
		["Azure", openaiChat, 404, openai("DeploymentNotFound", "invalid_request_error"), "model_not_found"],
		[
			"Google",
			geminiContent,
			429,
			google(429, "RESOURCE_EXHAUSTED", "no", quotaOf("RequestsPerMinute")),
			"rate_limited",
		],
		[
			"Google",
			geminiContent,
			429,
			google(429, "RESOURCE_EXHAUSTED", "no", quotaOf("RequestsPerDayPerProject")),
			"quota",
		],
		["Google", geminiContent, 503, google(503, "UNAVAILABLE", "The model is overloaded."), "server_error"],
		["Google", geminiContent, 499, google(499, "CANCELLED"), "server_error"],
		["Google", geminiContent, 504, google(504, "DEADLINE_EXCEEDED"), "server_error"],
		[
			"Google",
			geminiContent,
			400,
			google(400, "INVALID_ARGUMENT", "API key not valid.", [{ reason: "API_KEY_INVALID" }]),
			"authentication",
		],
		[
			"Google",
			geminiContent,
			400,
			google(400, "INVALID_ARGUMENT", "The input token count (1250024) exceeds the maximum number of tokens allowed"),
			"context_length",
		],
		[
			"Google",
			geminiContent,
			404,
			google(404, "NOT_FOUND", "models/gemini-9 is not found for API version v1beta"),
			"model_not_found",
		],
		["Groq", openaiChat, 498, openai("capacity_exceeded", "invalid_request_error"), "server_error"],
		[
			"Groq",
			openaiChat,
			429,
			openai("rate_limit_exceeded", "tokens", "Rate limit reached on tokens per day (TPD): Limit 100000"),
			"quota",
		],
		[
			"Groq",
			openaiChat,
			413,
			openai("rate_limit_exceeded", "tokens", "Request too large for model `llama` on tokens per minute (TPM)"),
			"quota",
		],
		["Groq", openaiChat, 400, openai("model_decommissioned", "invalid_request_error"), "model_not_found"],
		[
			"Mistral",
			openaiChat,
			429,
			{ object: "error", type: "rate_limited", code: "1300", message: "no" },
			"rate_limited",
		],
		[
			"Mistral",
			openaiChat,
			422,
			{
				detail: [
					{ type: "extra_forbidden", loc: ["body", "user"], msg: "Extra inputs are not permitted", input: "me" },
				],
			},
			"invalid_request",
		],
		[
			"Mistral, which repeats the prompt",
			openaiChat,
			422,
			{ detail: [{ type: "x", loc: [], msg: "Input should be a list", input: "what is the maximum context length?" }] },
			"invalid_request",
		],
		[
			"Mistral",
			openaiChat,
			400,
			{ object: "error", type: "invalid_model", code: "1500", message: "no" },
			"model_not_found",
		],
		["DeepSeek", openaiChat, 402, openai("invalid_request_error", "unknown_error", "Insufficient Balance"), "quota"],
		["DeepSeek", openaiChat, 400, openai("invalid_request_error", "x", "Model Not Exist"), "model_not_found"],
		[
			"xAI",
			openaiChat,
			403,
			{ code: "permission-denied", error: "Your newly created team doesn't have any credits yet." },
			"quota",
		],
		[
			"xAI",
			openaiChat,
			404,
			{
				code: "Some requested entity was not found",
				error: "The model grok-9 does not exist or your team lacks access.",
			},
			"model_not_found",
		],
		["Moonshot", openaiChat, 429, openai(null, "exceeded_current_quota_error"), "quota"],
		["Moonshot", openaiChat, 429, openai(null, "engine_overloaded_error"), "rate_limited"],
		["Alibaba", openaiChat, 400, openai("Arrearage", "Arrearage"), "quota"],
		["Alibaba", openaiChat, 400, openai("data_inspection_failed", "data_inspection_failed"), "content_filter"],
		["OpenRouter", openaiChat, 402, { error: { code: 402, message: "Insufficient credits" } }, "quota"],
		["OpenRouter", openaiChat, 403, { error: { code: 403, message: "Your input was flagged" } }, "authentication"],
		["OpenRouter", openaiChat, 400, { error: { code: 400, message: "x is not a valid model ID" } }, "model_not_found"],
		[
			"OpenRouter, which quotes its provider",
			openaiChat,
			429,
			{ error: { code: 429, message: "Provider returned error", metadata: { raw: '{"code":"insufficient_quota"}' } } },
			"quota",
		],
		["Cohere", cohereChat, 498, { message: "no" }, "content_filter"],
		["Cohere", cohereChat, 499, { message: "request cancelled" }, "server_error"],
		["Cohere", cohereChat, 429, { message: "trial key, limited to 1000 API calls per month" }, "quota"],
		[
			"Cohere",
			cohereChat,
			404,
			{ message: "model 'command-9' not found, make sure the ID is right" },
			"model_not_found",
		],
		["Ollama", ollamaChat, 404, { error: "model 'llama9' not found" }, "model_not_found"],
		["vLLM", openaiChat, 404, openai(null, "NotFoundError", "The model `m` does not exist."), "model_not_found"],
		["llama.cpp", openaiChat, 400, openai(null, "exceed_context_size_error"), "context_length"],
		["a proxy", openaiChat, 503, "<html>context length</html>", "server_error"],
		["a proxy", openaiChat, 404, "", "not_found"],
		["a proxy", openaiChat, 425, "", "server_error"],
		["nobody", openaiChat, 418, '{"error":', "invalid_request"],
	])("%s, %#", (_vendor, dialect, status, body, kind) => {
		expect(faultOf(dialect, status, body).kind).toBe(kind);
	});
});

test.each<[kind: FaultKind, isRetried: boolean, goesOn: boolean]>([
	["rate_limited", true, true],
	["server_error", true, true],
	["quota", false, true],
	["model_not_found", false, true],
	["content_filter", false, false],
	["authentication", false, false],
	["not_found", false, false],
	["invalid_request", false, false],
	["context_length", false, false],
])("after %s: retried %s, another target asked %s", (kind, isRetried, goesOn) => {
	const fault = { kind, error: undefined as never };
	expect([mayRetry(fault), mayFallBack(fault, [])]).toEqual([isRetried, goesOn]);
});

describe("when a limit begins anew", () => {
	const now = Date.UTC(2026, 10, 29, 7);

	test.each<[string, Record<string, string>, number | undefined]>([
		["OpenAI", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
		["OpenAI, milliseconds", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms" }, 120],
		["Groq", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2m59.56s" }, 179_560],
		["Azure, seconds", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "10" }, 10_000],
		[
			"the last of those that are used up",
			{
				"x-ratelimit-remaining-requests": "0",
				"x-ratelimit-reset-requests": "1s",
				"x-ratelimit-remaining-tokens": "0",
				"x-ratelimit-reset-tokens": "9s",
				"x-ratelimit-remaining-input-images": "4",
				"x-ratelimit-reset-input-images": "1h",
			},
			9_000,
		],
		[
			"Anthropic",
			{
				"anthropic-ratelimit-input-tokens-remaining": "0",
				"anthropic-ratelimit-input-tokens-reset": "2026-11-29T07:00:30Z",
			},
			30_000,
		],
		[
			"Anthropic's subscriptions",
			{
				"anthropic-ratelimit-unified-status": "rejected",
				"anthropic-ratelimit-unified-reset": String(now / 1000 + 7_200),
			},
			7_200_000,
		],
		["OpenRouter", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 5_000) }, 5_000],
		["a time that is over", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now - 5_000) }, 0],
		["nothing is used up", { "x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "1s" }, undefined],
		["nonsense", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" }, undefined],
		["a year", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "31536000" }, undefined],
		["no headers", {}, undefined],
	])("%s", (_name, headers, waitMs) => {
		expect(resetWaitMs(headers, now)).toBe(waitMs);
	});

	test("a 429's own word goes before its limits, and those before nothing", () => {
		const limits = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9s" };
		expect(faultOf(openaiChat, 429, {}, { ...limits, "retry-after": "2" }).retryAfterMs).toBe(2_000);
		const fault = faultOf(openaiChat, 429, {}, limits);
		expect(fault.retryAfterMs).toBe(9_000);
		expect(fault.response?.head.headers["retry-after"]).toBe("9");
	});

	test("a quota is left alone for a while, and its client told not to ask again", () => {
		const fault = faultOf(openaiChat, 429, openai("insufficient_quota", "insufficient_quota"));
		expect(fault).toMatchObject({ kind: "quota", retryAfterMs: 60_000, shouldRetry: false });
		expect(fault.response?.head.headers["x-should-retry"]).toBe("false");
	});
});
