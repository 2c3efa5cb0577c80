/** Flags describe one upstream, and one route that takes every model there: the short form of a configuration. */
import type { PromptCacheSettings, ProxySettings, RetrySettings, Routing, Target, UpstreamSettings } from "./routes.js";

export const singleUpstreamName = "aihost";

/** A route's default behaviour. */
export const defaultRetry: RetrySettings = {
	attempts: 5,
	attemptsPerTarget: 2,
	firstBackoffMs: 100,
	maxBackoffMs: 2_000,
	maxWaitMs: 5_000,
	budgetShare: 0.2,
};

export const defaultPromptCache: PromptCacheSettings = { watches: true, sticks: false, injects: false, ttl: "5m" };

export const defaultHoldMs = 5_000;
const defaultEndMs = 5_000;

/** Default wait for a stream's end, which is no longer than the wait between two pieces. */
export function endMsWithin(idleMs: number): number {
	return Math.min(defaultEndMs, idleMs);
}

export interface SingleUpstream {
	url: string;
	/** The URL's query. */
	query?: string | undefined;
	proxy?: ProxySettings | undefined;
	key: string | undefined;
	/** PEM text of the certificates to trust. */
	ca: string | undefined;
	insecure: boolean;
	connectTimeoutMs: number;
	timeoutMs: number;
	idleTimeoutMs: number;
	heartbeatMs: number;
}

/** The routing of `--aihost` and the flags that belong to it. There is nowhere else to go, so it has no breaker. */
export function singleUpstream(flags: SingleUpstream): Routing {
	const upstream: UpstreamSettings = {
		name: singleUpstreamName,
		url: flags.url,
		query: flags.query,
		proxy: flags.proxy,
		key: flags.key,
		forwardsCredential: flags.key === undefined,
		headers: {},
		tls: { ca: flags.ca, cert: undefined, key: undefined, serverName: undefined, insecure: flags.insecure },
		connectTimeoutMs: flags.connectTimeoutMs,
		maxConnections: undefined,
		maxConcurrency: undefined,
		health: undefined,
		breaker: undefined,
		limits: undefined,
		tokenize: undefined,
		usage: "ask",
		priceList: undefined,
	};
	const always = { weight: 1, when: undefined, canary: undefined };
	const target: Target = {
		...always,
		kind: "target",
		name: singleUpstreamName,
		upstream: singleUpstreamName,
		model: undefined,
		timeouts: {
			firstByteMs: flags.timeoutMs,
			firstTokenMs: flags.timeoutMs,
			idleMs: flags.idleTimeoutMs,
			endMs: endMsWithin(flags.idleTimeoutMs),
			holdMs: defaultHoldMs,
			heartbeatMs: flags.heartbeatMs,
			totalMs: undefined,
		},
		capabilities: {
			prefill: undefined,
			tools: undefined,
			vision: undefined,
			jsonSchema: undefined,
			reasoning: undefined,
			context: undefined,
			output: undefined,
		},
		cost: undefined,
	};
	return {
		upstreams: [upstream],
		routes: [
			{
				name: "*",
				models: ["*"],
				stages: [{ ...always, kind: "group", strategy: { kind: "ordered" }, targets: [target] }],
				retry: defaultRetry,
				fallbackOn: [],
				rescue: "exact",
				hedge: undefined,
			},
		],
	};
}
