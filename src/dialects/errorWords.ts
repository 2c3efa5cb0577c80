/** The words of vendors' errors, and what each means. */
export type ErrorKind =
	/** Too much at once: it may work later. */
	| "rate_limited"
	/** What is paid for, or allowed for a day or more, is used up: waiting for it is too long. */
	| "quota"
	/** The upstream's own trouble: overloaded, too slow, broken. */
	| "server_error"
	/** The prompt and the answer are too long for the model. */
	| "context_length"
	| "content_filter"
	| "authentication"
	/** The upstream does not have the model. */
	| "model_not_found"
	| "not_found"
	| "invalid_request";

/** What one dialect's errors mean where that differs from what most mean. */
export interface OwnErrorKinds {
	readonly statuses?: Readonly<Record<number, ErrorKind>>;
	/** As `wordOf` writes them. */
	readonly words?: Readonly<Record<string, ErrorKind>>;
}

/** Codes, types and reasons, as `wordOf` writes them: in lower case, and without an `error` or `exception` at the end. */
const wordsOfKinds: Readonly<Partial<Record<ErrorKind, readonly string[]>>> = {
	quota: [
		// OpenAI, Azure, Codex
		...["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "usage_limit_reached"],
		"usage_not_included",
		// Anthropic
		"billing",
		// Moonshot, Alibaba, OpenRouter and other resellers
		...["exceeded_current_quota", "arrearage", "insufficient_balance", "insufficient_credits", "insufficient_funds"],
		...["payment_required", "quota_exceeded", "budget_exceeded", "usage_limit_exceeded"],
		// Bedrock
		"servicequotaexceeded",
	],
	rate_limited: [
		...["rate_limit_exceeded", "rate_limit", "rate_limited", "rate_limit_reached", "too_many_requests"],
		...["requests", "tokens", "resource_exhausted", "throttling", "throttled"],
		// Alibaba
		...["throttling_ratequota", "throttling_burstrate", "throttling_allocationquota", "limitrequests"],
	],
	server_error: [
		...["overloaded", "engine_overloaded", "server_overloaded", "model_overloaded", "server_is_overloaded"],
		// Groq's and Mistral's tiers
		...["capacity_exceeded", "service_tier_capacity_exceeded", "no_capacity"],
		...["unavailable", "service_unavailable", "serviceunavailable", "timeout", "request_timeout", "deadline_exceeded"],
		...["internal_server", "internal", "server", "modeltimeout", "modelnotready", "slow_down"],
	],
	context_length: [
		...["context_length_exceeded", "exceed_context_size", "context_window_exceeded", "model_context_window_exceeded"],
		// Cohere, Perplexity
		...["too_many_tokens", "too_many_prompt_tokens", "prompt_too_long", "max_tokens_exceeded"],
	],
	content_filter: [
		...["content_filter", "content_policy_violation", "content_policy", "responsibleaipolicyviolation"],
		...["moderation_blocked", "moderation", "image_content_policy_violation", "prohibited_content", "safety"],
		// Alibaba
		...["data_inspection_failed", "datainspectionfailed"],
	],
	authentication: [
		...["invalid_api_key", "api_key_invalid", "authentication", "unauthenticated", "unauthorized", "permission"],
		...["permission_denied", "access_denied", "accessdenied", "invalid_authentication", "account_deactivated"],
		...["invalidapikey", "unrecognizedclient", "expiredtoken", "organization_restricted", "service_disabled"],
		// Google's, of keys
		...["api_key_service_blocked", "api_key_expired", "consumer_suspended", "access_token_expired"],
	],
	model_not_found: [
		...["model_not_found", "modelnotfound", "deploymentnotfound", "unknown_model", "invalid_model", "model_not_exist"],
		...["model_decommissioned", "model_not_available", "model_not_supported", "unsupported_model", "model_deprecated"],
	],
	not_found: ["not_found", "resource_not_found", "resourcenotfound"],
};

export const commonWords: ReadonlyMap<string, ErrorKind> = new Map(
	Object.entries(wordsOfKinds).flatMap(([kind, words]) => words.map((word) => [word, kind as ErrorKind])),
);

/** By status, of errors that say no more. From 500 on all are the upstream's own trouble. */
export const commonStatuses: Readonly<Record<number, ErrorKind>> = {
	401: "authentication",
	402: "quota",
	403: "authentication",
	404: "not_found",
	// RFC 9110 §15.5.9, RFC 8470 §5.2: "later".
	408: "server_error",
	410: "not_found",
	425: "server_error",
	// Groq's flex tier has no capacity; cancelled at Google and Cohere, though not by the gateway.
	498: "server_error",
	499: "server_error",
};

/** Looked for in all of a body: structure, which no prompt that it repeats has. */
export const bodyPatterns: readonly (readonly [RegExp, ErrorKind])[] = [
	// Google's quotas of a day, whose `RetryInfo` names some seconds all the same.
	[/"quotaId"\s*:\s*"[^"\\]*PerDay/i, "quota"],
	[/"API_KEY_INVALID"/, "authentication"],
	// Also in what OpenRouter and others quote.
	[/\\?"(?:code|type)\\?"\s*:\s*\\?"insufficient_quota\\?"/, "quota"],
];

interface MessagePattern {
	readonly pattern: RegExp;
	readonly kind: ErrorKind;
	/** Only with these; others say the same of something else. */
	readonly statuses?: readonly number[];
}

/** Looked for in what is said to people, the first that fits. */
export const messagePatterns: readonly MessagePattern[] = [
	// Anthropic (400), xAI (403), DeepSeek, Together and others.
	{
		pattern:
			/credit balance is too low|(?:no|any|enough|insufficient|out of) (?:credits?|balance|funds)\b|spending limit|purchase (?:more )?credits/i,
		kind: "quota",
	},
	// OpenAI's and Groq's limits of a day, and requests that are larger than a whole minute's limit.
	{ pattern: /\bper (?:day|month)\b|\b(?:daily|monthly) (?:limit|quota)\b/i, kind: "quota", statuses: [403, 429] },
	{ pattern: /request too large for /i, kind: "quota", statuses: [413, 429] },
	// xAI, with 400.
	{ pattern: /(?:incorrect|invalid|wrong) api.?key|api.?key (?:is )?(?:not valid|invalid)/i, kind: "authentication" },
	// OpenAI, vLLM, SGLang, llama.cpp, TGI, Ollama, Anthropic, Bedrock, Gemini, Mistral.
	{
		pattern:
			/context_length_exceeded|exceed_context_size|maximum context length|context (?:length|window|size)|max_model_len|`inputs` (?:tokens|must have less than)|prompt is too long|input is too long|too many (?:input )?tokens|too large for model with \d+ maximum|input token count (?:\(?\d+\)? exceeds|is \d+ but)|total length of all messages is too long/i,
		kind: "context_length",
		statuses: [400, 413, 422],
	},
	{
		pattern: /content.?filter|content.?policy|responsible.?ai|content management policy|usage policy|safety system/i,
		kind: "content_filter",
		statuses: [400, 403, 422],
	},
	// Anthropic.
	{ pattern: /^model: /, kind: "model_not_found", statuses: [404] },
	// DeepSeek (400), Ollama, vLLM, Gemini, OpenRouter, Azure, xAI.
	{
		pattern:
			/\bmodels?\b[^.]{0,160}\b(?:does not exist|not exist|(?:is |was )?not found|has been (?:deprecated|decommissioned|shut down)|is not (?:a valid|available|supported))|not a valid model|no endpoints found|(?:invalid|unknown|no such) model\b|deployment for this resource does not exist/i,
		kind: "model_not_found",
		statuses: [400, 403, 404, 410, 422],
	},
	// Vertex AI, of a project that may not use a model, or not in this place.
	{
		pattern: /not allowed to use publisher model|publisher model .{0,300}not (?:servable|supported)/is,
		kind: "model_not_found",
		statuses: [400],
	},
];
