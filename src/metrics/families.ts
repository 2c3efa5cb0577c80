/**
 * All metrics: name, help, labels and buckets. Names and buckets that begin with `gen_ai`
 * are OpenTelemetry's (semantic-conventions-genai, gen-ai-metrics.md), in Prometheus' spelling.
 */

export interface Family {
	readonly name: string;
	readonly help: string;
	readonly labels: readonly string[];
}

export interface HistogramFamily extends Family {
	/** Upper bounds, rising, without the last one, which is infinite. */
	readonly buckets: readonly number[];
}

const powersOfFour = Array.from({ length: 14 }, (_none, power) => 4 ** power);
const powersOfTwo = Array.from({ length: 14 }, (_none, power) => Number((0.01 * 2 ** power).toFixed(2)));

/** These only rise. */
export const counters = {
	requests: {
		name: "llmgw_requests_total",
		help: "Requests that have ended, by the status that the client was sent; 499 is a client that left before it got one",
		labels: ["operation", "route", "status"],
	},
	broken: {
		name: "llmgw_broken_answers_total",
		help: "Answers that broke off, or that the client did not wait for, after their head was sent",
		labels: ["operation", "route"],
	},
	tokens: {
		name: "llmgw_tokens_total",
		help: "Tokens as upstreams report them, else as the gateway counts them; input includes cached, cache_write (and of that, cache_write_1h), audio_input and image_input; output includes reasoning, audio_output and image_output",
		labels: ["kind", "route", "upstream"],
	},
	units: {
		name: "llmgw_units_total",
		help: "What was used besides tokens: search_units, characters, audio_seconds, images, file_bytes",
		labels: ["unit", "route", "upstream"],
	},
	cost: {
		name: "llmgw_cost_dollars_total",
		help: "US dollars that those tokens and units cost, if prices are known",
		labels: ["route", "upstream"],
	},
	fullPriceTokens: {
		name: "llmgw_full_price_tokens_total",
		help: "Tokens of prompts of agents' sessions that no prompt cache had, by cause; new is what could be in none, all other causes what should have been in one",
		labels: ["route", "target", "cause"],
	},
	websocketTurns: {
		name: "llmgw_websocket_turns_total",
		help: "Turns of WebSockets that have ended: responses, and those that were only made ready",
		labels: ["kind"],
	},
	replays: {
		name: "llmgw_replays_total",
		help: "Requests that got another one's answer, by what they were known by, and whether it was under way or had been given",
		labels: ["by", "kind"],
	},
	cacheRequests: {
		name: "llmgw_cache_requests_total",
		help: "Requests of routes that keep answers: a hit, one by meaning (semantic), one that got an answer under way (collapsed), a miss, or none of the cache's (bypass)",
		labels: ["route", "result"],
	},
	cacheStored: {
		name: "llmgw_cache_stored_total",
		help: "Answers that were kept for equal requests",
		labels: ["route"],
	},
	cacheSaved: {
		name: "llmgw_cache_saved_dollars_total",
		help: "US dollars that answers of the cache would have cost, if prices are known",
		labels: ["route"],
	},
	attempts: {
		name: "llmgw_attempts_total",
		help: "Attempts at upstreams that have ended, by kind and outcome",
		labels: ["upstream", "kind", "outcome"],
	},
	dropped: {
		name: "llmgw_dropped_events_total",
		help: "Unreadable events of streams, which were left out",
		labels: ["upstream"],
	},
	limits: {
		name: "llmgw_limit_decisions_total",
		help: "Decisions of limits about requests",
		labels: ["limit", "decision"],
	},
	webhookAttempts: {
		name: "llmgw_webhook_attempts_total",
		help: "Messages sent to webhooks, by what became of them: delivered, failed and to be sent again, or given up",
		labels: ["webhook", "event", "outcome"],
	},
	mcpRequests: {
		name: "llmgw_mcp_requests_total",
		help: "What MCP servers were asked for: lists of tools, and calls, by what came of it",
		labels: ["server", "operation", "outcome"],
	},
	background: {
		name: "llmgw_background_responses_total",
		help: "Responses in the background that are over, by their status",
		labels: ["status"],
	},
	batches: {
		name: "llmgw_batches_total",
		help: "Batches that are over, by their status",
		labels: ["status"],
	},
	bodiesWaited: {
		name: "llmgw_waited_bodies_total",
		help: "Requests whose body waited for memory",
		labels: [],
	},
	bodiesRefused: {
		name: "llmgw_refused_bodies_total",
		help: "Requests that were refused because the memory for bodies was used up",
		labels: [],
	},
	deaths: {
		name: "llmgw_worker_deaths_total",
		help: "Workers that ended on their own",
		labels: [],
	},
	cpu: {
		name: "llmgw_process_cpu_seconds_total",
		help: "CPU time of the primary, and of all workers together",
		labels: ["process"],
	},
} as const satisfies Record<string, Family>;

export const histograms = {
	requestSeconds: {
		name: "gen_ai_server_request_duration_seconds",
		help: "Time from a request to the end of its answer",
		labels: ["gen_ai_operation_name", "route"],
		buckets: powersOfTwo,
	},
	firstTokenSeconds: {
		name: "gen_ai_server_time_to_first_token_seconds",
		help: "Time from a request to the first output of its stream",
		labels: ["gen_ai_operation_name", "route"],
		buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
	},
	outputTokenSeconds: {
		name: "gen_ai_server_time_per_output_token_seconds",
		help: "Time for each output token after the first, in streams whose upstream counts tokens",
		labels: ["gen_ai_operation_name", "route"],
		buckets: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
	},
	tokenUsage: {
		name: "gen_ai_client_token_usage",
		help: "Tokens of one answer of an upstream",
		labels: ["gen_ai_operation_name", "gen_ai_token_type", "upstream"],
		buckets: powersOfFour,
	},
	attemptSeconds: {
		name: "gen_ai_client_operation_duration_seconds",
		help: "Time from a request to an upstream to the end of its answer",
		labels: ["gen_ai_operation_name", "upstream"],
		buckets: powersOfTwo,
	},
	limitWaitSeconds: {
		name: "llmgw_limit_wait_seconds",
		help: "How long limited requests waited to be granted or refused, if they may wait",
		labels: [],
		buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
	},
	promptCacheRatio: {
		name: "llmgw_prompt_cache_ratio",
		help: "The part of the prompt that came from the upstream's cache, for each turn of an agent's session after its first",
		labels: ["route", "target"],
		buckets: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99],
	},
	loopLag: {
		name: "llmgw_event_loop_lag_seconds",
		help: "The longest delay of the event loop in each second",
		labels: ["process"],
		buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
	},
	mcpSeconds: {
		name: "llmgw_mcp_request_duration_seconds",
		help: "How long MCP servers took for lists of tools and for calls",
		labels: ["server", "operation"],
		buckets: powersOfTwo,
	},
} as const satisfies Record<string, HistogramFamily>;

/** The present state. */
export const gauges = {
	requestsInFlight: { name: "llmgw_requests_in_flight", help: "Requests of clients in flight", labels: [] },
	streamsInFlight: { name: "llmgw_streams_in_flight", help: "Streams in flight", labels: [] },
	bodyBytes: { name: "llmgw_request_body_bytes", help: "Bytes of bodies of requests in flight", labels: [] },
	bodiesWaiting: { name: "llmgw_waiting_bodies", help: "Requests whose body waits for memory", labels: [] },
	clientConnections: { name: "llmgw_client_connections", help: "Open connections of clients", labels: [] },
	websockets: { name: "llmgw_websockets", help: "Open WebSockets of clients", labels: [] },
	realtimeSessions: { name: "llmgw_realtime_sessions", help: "Open realtime sessions", labels: [] },
	upstreamInFlight: {
		name: "llmgw_upstream_requests_in_flight",
		help: "Requests in flight at an upstream",
		labels: ["upstream"],
	},
	upstreamWaiting: {
		name: "llmgw_upstream_requests_waiting",
		help: "Requests that wait for another one to end, because the upstream has as many as it may have",
		labels: ["upstream"],
	},
	upstreamConnections: {
		name: "llmgw_upstream_connections",
		help: "Connections to an upstream, busy with a request or idle",
		labels: ["upstream", "state"],
	},
	breaker: {
		name: "llmgw_upstream_breaker_state",
		help: "1 for the present state of an upstream's circuit breaker, which opens when the upstream can't be reached",
		labels: ["upstream", "state"],
	},
	modelBreaker: {
		name: "llmgw_model_breaker_state",
		help: "1 for the present state of the circuit breaker of a model at an upstream, which opens when the model's answers are bad; other is the number of models that the configuration does not name",
		labels: ["upstream", "model", "state"],
	},
	health: {
		name: "llmgw_upstream_health",
		help: "1 for the present result of an upstream's health check; unknown if there is none",
		labels: ["upstream", "state"],
	},
	cacheBytes: { name: "llmgw_cache_bytes", help: "Bytes of cached answers in memory", labels: [] },
	cacheEntries: { name: "llmgw_cache_entries", help: "Cached answers in memory", labels: [] },
	redis: { name: "llmgw_redis_up", help: "1 while the Redis that counts limits can be reached", labels: [] },
	workers: { name: "llmgw_workers", help: "Worker processes", labels: ["state"] },
	residentBytes: {
		name: "llmgw_process_resident_memory_bytes",
		help: "Memory of the primary, and of all workers together",
		labels: ["process"],
	},
	heapBytes: { name: "llmgw_process_heap_bytes", help: "Memory used by JavaScript objects", labels: ["process"] },
	uptime: {
		name: "llmgw_process_uptime_seconds",
		help: "Time since the primary, and the youngest worker, started",
		labels: ["process"],
	},
	build: { name: "llmgw_build_info", help: "Always 1, with the versions that run", labels: ["version", "node"] },
} as const satisfies Record<string, Family>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type GaugeName = keyof typeof gauges;
