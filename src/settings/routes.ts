/**
 * Upstreams and routes as they are in force: whole, with nothing left to inherit. Plain data, which is sent to the
 * workers as it is. `src/settings/config/` makes them of the configuration file, `settings.ts` of flags.
 */

import type { UpstreamLimitSet } from "./limitSettings.js";

/** Longest waits, in milliseconds. */
export interface Timeouts {
	/** From the request to the first byte of the answer. */
	readonly firstByteMs: number;
	/** From the request to a stream's first real output; for any other answer it means nothing. */
	readonly firstTokenMs: number;
	/** Between two pieces of an answer. */
	readonly idleMs: number;
	/** From a stream's finish reasons and token counts to its `[DONE]`, or its end. */
	readonly endMs: number;
	/** How long a stream's head is held back for another target to answer, from the request. */
	readonly holdMs: number;
	/** After so long without anything a stream's client is sent a comment; 0 for never. */
	readonly heartbeatMs: number;
	/** From the request to the end of the answer, where there is a limit. */
	readonly totalMs: number | undefined;
}

export interface TlsSettings {
	/** PEM texts: certificates to trust, and the gateway's own for servers that ask for one. */
	readonly ca: string | undefined;
	readonly cert: string | undefined;
	readonly key: string | undefined;
	readonly serverName: string | undefined;
	readonly insecure: boolean;
}

export interface HealthSettings {
	/** Below the base URL. Any answer under 500 is healthy. */
	readonly path: string;
	readonly intervalMs: number;
	readonly timeoutMs: number;
	/** This many failures in a row make it unhealthy; `healthyAfter` successes make it healthy again. */
	readonly unhealthyAfter: number;
	readonly healthyAfter: number;
}

/** Opens when at least `failures` requests of a window failed, and at least `share` (0 to 1) of them all. */
export interface BreakerSettings {
	readonly failures: number;
	readonly share: number;
	readonly windowMs: number;
	/** How long it stays open before a single request probes the upstream. */
	readonly cooldownMs: number;
}

/** An HTTP proxy on the way to an upstream. */
export interface ProxySettings {
	/** `http://proxy.example:3128`, without a credential. */
	readonly url: string;
	/** Sent to the proxy as `proxy-authorization`; never shown. */
	readonly authorization: string | undefined;
	/** The setting that names it, for people: `HTTPS_PROXY`. */
	readonly from: string;
}

export interface AwsSettings {
	/** By the URL where it is not given. */
	readonly region?: string | undefined;
	/** In AWS's shared files. */
	readonly profile?: string | undefined;
	/** Which of Bedrock's APIs is asked; by the URL where it is not given. */
	readonly api?: "auto" | "converse" | "invoke" | "openai" | "anthropic" | "mantle" | undefined;
	/** Further values of `anthropic-beta` that Bedrock takes. */
	readonly betas?: readonly string[] | undefined;
}

/** A project's location, and who asks there; without credentials, Google's own search for them. */
export interface VertexSettings {
	readonly project?: string | undefined;
	readonly location?: string | undefined;
	/** JSON of a service account, a user, or a workload's federation. */
	readonly credentials?: string | undefined;
	/** Absolute path of the same in a file, which is read for each token. */
	readonly credentialsFile?: string | undefined;
	/** A program, with its arguments, that prints a token. */
	readonly tokenCommand?: readonly string[] | undefined;
}

/** An application of Microsoft Entra. Either a secret, or a file with an assertion. */
export interface EntraSettings {
	readonly tenant: string;
	readonly clientId: string;
	readonly clientSecret: string | undefined;
	/** Absolute path. */
	readonly tokenFile: string | undefined;
	readonly authority: string | undefined;
	readonly scope: string | undefined;
}

/** One upstream. */
export interface UpstreamSettings {
	readonly name: string;
	/** Whose API it speaks; without it OpenAI's, as most servers do. */
	readonly provider?: string | undefined;
	/** Whether it keeps responses itself; undefined for its provider's way. */
	readonly keepsResponses?: boolean | undefined;
	/** Whether it keeps files; undefined for its provider's way. */
	readonly keepsFiles?: boolean | undefined;
	/** Wire formats that it speaks, where they are not its provider's: `openai.responses`. */
	readonly dialects?: readonly string[] | undefined;
	/** Base URL without a trailing slash and a query, `https://10.0.0.1:443/v1`. */
	readonly url: string;
	/** Sent with each request: `api-version=2024-10-21`. It may hold a credential, and is never shown. */
	readonly query?: string | undefined;
	readonly proxy?: ProxySettings | undefined;
	/** Sent as a bearer token, instead of whatever credential the client sent. */
	readonly key: string | undefined;
	/** For Bedrock. */
	readonly aws?: AwsSettings | undefined;
	/** For Vertex AI. */
	readonly vertex?: VertexSettings | undefined;
	/** For Ollama: it is asked in its own wire format, with these. */
	readonly ollama?:
		| { readonly contextLength?: number | undefined; readonly keepAlive?: string | undefined }
		| undefined;
	/** Tags around the reasoning that it leaves in the text of chat completions. */
	readonly reasoning?: { readonly tags: readonly string[]; readonly isOpened: boolean } | undefined;
	/** Without a key, for Azure. */
	readonly entra?: EntraSettings | undefined;
	/** Without a key: the client's own credential headers pass. */
	readonly forwardsCredential: boolean;
	/**
	 * Clients bring their own credential for it, which is sent as it came, and `key` is shown only when the gateway itself asks. Where
	 * clients need a key of the gateway's, that comes in `x-llmgw-key`.
	 */
	readonly passthroughAuth?: boolean | undefined;
	/** It takes responses over WebSockets; undefined if that is for its provider to say. */
	readonly webSocket?: boolean | undefined;
	/** Set on each request, over the client's of the same name; in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly tls: TlsSettings;
	readonly connectTimeoutMs: number;
	/** Most connections of one worker; no limit where nothing is said. */
	readonly maxConnections: number | undefined;
	/** Most requests at a time of all workers together. */
	readonly maxConcurrency: number | undefined;
	readonly health: HealthSettings | undefined;
	readonly breaker: BreakerSettings | undefined;
	/** Limits on all requests to it. */
	readonly limits: UpstreamLimitSet | undefined;
	/** Whose way of counting a prompt's tokens it has; undefined for its provider's. */
	readonly tokenize: "vllm" | "llama.cpp" | "none" | undefined;
	/** Whether it is asked to count a stream's tokens: at its end, also with each piece (vLLM), or not at all. */
	readonly usage: "ask" | "continuous" | "never";
	/** Whose prices hold there, of those that are known; without it the URL says whose. */
	readonly priceList: string | undefined;
}

/**
 * A target's capabilities. `undefined` is unknown, which is taken for yes, but for `prefill`.
 *
 * `prefill`: it continues an assistant message that stands last. `continue_final_message` is vLLM's and SGLang's
 * way to ask for that, `assistant` llama.cpp's and others', which need no more than the message itself.
 */
export interface Capabilities {
	readonly prefill: "continue_final_message" | "assistant" | undefined;
	readonly tools: boolean | undefined;
	readonly vision: boolean | undefined;
	readonly jsonSchema: boolean | undefined;
	/** Its model takes an effort. Where it is unknown, the model's name says so. */
	readonly reasoning?: boolean | undefined;
	/** Tokens of prompt and answer together. */
	readonly context: number | undefined;
	/** The longest answer, in tokens. */
	readonly output?: number | undefined;
}

/**
 * Dollars for a million tokens. Those of the cache, recordings and pictures are among the input, reasoning, speech and pictures
 * among the output; what is not said costs what the whole of it does, or more where it is written to a cache.
 */
export interface Cost {
	readonly input: number;
	readonly cached?: number | undefined;
	/** Written to the vendor's cache, for some minutes and for an hour. */
	readonly cacheWrite?: number | undefined;
	readonly cacheWrite1h?: number | undefined;
	readonly audioInput?: number | undefined;
	readonly imageInput?: number | undefined;
	readonly output: number;
	readonly reasoning?: number | undefined;
	readonly audioOutput?: number | undefined;
	readonly imageOutput?: number | undefined;
	/** Factors of the whole price, by the tier that has served the answer. */
	readonly tiers?: Readonly<Record<string, number>> | undefined;
	/** Dollars for one of what is no token, by the unit, or by the unit and its variant (`images 1024x1024/high`). */
	readonly units?: Readonly<Record<string, number>> | undefined;
}

/** Prices of models, wherever they run. */
export interface PriceRule {
	/** Names, or patterns with `*`, of the model as the upstream calls it. */
	readonly models: readonly string[];
	readonly cost: Cost;
}

/** All that is said must hold. */
export interface Condition {
	readonly stream?: boolean;
	readonly tools?: boolean;
	readonly vision?: boolean;
	readonly jsonSchema?: boolean;
	/** Tokens of the prompt, as they are estimated. */
	readonly minTokens?: number;
	readonly maxTokens?: number;
	/** Patterns with `*` by the model asked for, header (in lower case), member of `metadata`, and tag of a plugin. */
	readonly model?: readonly string[];
	readonly headers?: Readonly<Record<string, readonly string[]>>;
	readonly metadata?: Readonly<Record<string, readonly string[]>>;
	readonly tags?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The property that keeps requests together: the session of an agent (else the conversation), the caller (its credential, else its
 * address), `user` of the body, or a header.
 */
export type AffinityKey =
	| { readonly by: "session" }
	| { readonly by: "caller" }
	| { readonly by: "user" }
	| { readonly by: "header"; readonly header: string };

export type Strategy =
	| { readonly kind: "ordered" | "weighted" | "round_robin" | "least_busy" | "lowest_latency" | "cheapest" }
	| { readonly kind: "session_affinity"; readonly key: AffinityKey }
	/**
	 * The first `prefixCharacters` of the prompt decide; a target with more than `loadFactor` times the mean of
	 * requests in flight is passed over.
	 */
	| { readonly kind: "prefix_affinity"; readonly prefixCharacters: number; readonly loadFactor: number };

interface Choice {
	readonly weight: number;
	readonly when: Condition | undefined;
	/** Only this share of callers (0 to 1), always the same ones, is sent here, and before anywhere else. */
	readonly canary: { readonly share: number; readonly key: AffinityKey } | undefined;
}

/** A model of an upstream. */
export interface Target extends Choice {
	readonly kind: "target";
	/** `upstream/model`, or `upstream` where the model is the one that was asked for. */
	readonly name: string;
	readonly upstream: string;
	/**
	 * The upstream's name for the model; without it the one that was asked for. Stars stand for what those of the pattern stand
	 * for that the model asked for matches, of `mapsFrom`.
	 */
	readonly model: string | undefined;
	/** The route's patterns, where the model has stars. */
	readonly mapsFrom?: readonly string[] | undefined;
	readonly timeouts: Timeouts;
	readonly capabilities: Capabilities;
	readonly cost: Cost | undefined;
}

export interface TargetGroup extends Choice {
	readonly kind: "group";
	readonly strategy: Strategy;
	readonly targets: readonly (Target | TargetGroup)[];
}

export interface RetrySettings {
	/** Most requests to upstreams for one of a client, the first included. */
	readonly attempts: number;
	/** Most of them to the same target. */
	readonly attemptsPerTarget: number;
	/** Exponential backoff with full jitter: the nth retry of a target waits up to `firstBackoffMs · 2ⁿ⁻¹`. */
	readonly firstBackoffMs: number;
	readonly maxBackoffMs: number;
	/** Longest that one request may wait in all, for backoff and for an upstream's `retry-after`. */
	readonly maxWaitMs: number;
	/** Retries are at most this share (0 to 1) of an upstream's requests, beyond a few that are always allowed. */
	readonly budgetShare: number;
}

/** Kinds of refusal for which the next target is asked only where the route says so. */
export type FallbackReason = "content_filter" | "authentication" | "not_found" | "invalid_request";

export interface HedgeSettings {
	/** Hedged requests are at most this share (0 to 1) of the route's. */
	readonly share: number;
	/** After this time without output; without it, the 95th percentile of what the route has shown. */
	readonly afterMs: number | undefined;
}

/** What is done for upstreams' prompt caches. */
export interface PromptCacheSettings {
	/** Turns of an agent's session are compared, so that it can be said why a cache was missed. */
	readonly watches: boolean;
	/** A conversation stays with the target that has answered it, wherever the strategy would send it. */
	readonly sticks: boolean;
	/** Requests without hints about caches get some. */
	readonly injects: boolean;
	/** How long what the hints mark is kept. */
	readonly ttl: "5m" | "1h";
}

export interface LearnSettings {
	/** How long a lesson holds. */
	readonly forMs: number;
}

/** Whether something is always cached, never, or if the request asks for it. */
export type CacheConsent = "always" | "never" | "asked";

export interface SemanticCacheSettings {
	/** The model of embeddings. */
	readonly model: string;
	/** Least cosine, 0 to 1. */
	readonly threshold: number;
	readonly maxMessages: number;
}

/** Answers that are kept for equal requests. */
export interface CacheSettings {
	readonly ageMs: number;
	/** Who gets an answer that somebody has asked for. */
	readonly scope: "key" | "team" | "shared";
	/** Only for requests that ask for it. */
	readonly isOnRequest: boolean;
	readonly sampled: CacheConsent;
	readonly tools: CacheConsent;
	readonly semantic?: SemanticCacheSettings | undefined;
}

/**
 * The response to a stream that breaks in the middle: an error event (`off`); another target goes on where that can be done
 * without a seam (`exact`); or also with one, which is marked (`allow-seam`).
 */
export type RescueMode = "off" | "exact" | "allow-seam";

/** Requests for some models, and where they go. */
export interface Route {
	/** Unique; for people, logs and metrics. */
	readonly name: string;
	/** Names, or patterns with `*`, of the `model` that is asked for. */
	readonly models: readonly string[];
	/** Tried in turn: the route's targets, then each of its fallbacks. */
	readonly stages: readonly TargetGroup[];
	readonly retry: RetrySettings;
	readonly fallbackOn: readonly FallbackReason[];
	readonly rescue: RescueMode;
	readonly hedge: HedgeSettings | undefined;
	/** A target that has no place for a part of a request is not asked, where others leave the part out. */
	readonly strict?: boolean;
	/** What a target refuses is left out, and remembered; undefined where the refusal is the client's. */
	readonly learn?: LearnSettings | undefined;
	/** Undefined where no answer is kept. */
	readonly cache?: CacheSettings | undefined;
	/** Undefined for the defaults. */
	readonly promptCache?: PromptCacheSettings | undefined;
	/** How long an answer goes on without its client, if that may come back; undefined for the setting's. */
	readonly graceMs?: number | undefined;
	/** Streams have events with ids, whoever asks, so that clients can go on with them. */
	readonly isResumable?: boolean | undefined;
	/** Who keeps responses; undefined for the upstreams if all of them do, else the gateway. */
	readonly responsesKeptBy?: "gateway" | "upstream" | undefined;
	/** Paths, and all below them, that pass to its targets as they are. */
	readonly passthrough?: readonly string[] | undefined;
}

/** All of it. Of several routes whose patterns match a model, an exact name wins, else the first. */
export interface Routing {
	readonly upstreams: readonly UpstreamSettings[];
	readonly routes: readonly Route[];
}
