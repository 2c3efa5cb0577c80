/**
 * Every metric there is: its name, what it says, its labels and its buckets. Names and buckets that begin with `gen_ai`
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

/** Each only rises. */
export const counters = {
	requests: {
		name: "llmgw_requests_total",
		help: "Requests that have ended, by the status the client was sent; 499 is a client that left before it had one",
		labels: ["operation", "route", "status"],
	},
	broken: {
		name: "llmgw_broken_answers_total",
		help: "Answers that broke off, or that the client did not wait for, behind a head that had said otherwise",
		labels: ["operation", "route"],
	},
	tokens: {
		name: "llmgw_tokens_total",
		help: "Tokens as AI hosts report them, else as they are counted; cached and audio_input are among the input, reasoning and audio_output among the output",
		labels: ["kind", "route", "upstream"],
	},
	cost: {
		name: "llmgw_cost_dollars_total",
		help: "US dollars that AI hosts ask for those tokens, where prices are known",
		labels: ["route", "upstream"],
	},
	attempts: {
		name: "llmgw_attempts_total",
		help: "Requests to AI hosts that have ended, by why they were made and what came of them",
		labels: ["upstream", "kind", "outcome"],
	},
	dropped: {
		name: "llmgw_dropped_events_total",
		help: "Events of streams that could not be read, and were left out",
		labels: ["upstream"],
	},
	limits: {
		name: "llmgw_limit_decisions_total",
		help: "What limits said of requests",
		labels: ["limit", "decision"],
	},
	bodiesRefused: {
		name: "llmgw_refused_bodies_total",
		help: "Requests that were refused since their body would have been more than the memory for bodies",
		labels: [],
	},
	deaths: {
		name: "llmgw_worker_deaths_total",
		help: "Workers that ended without having been told to",
		labels: [],
	},
	cpu: {
		name: "llmgw_process_cpu_seconds_total",
		help: "CPU time, of the primary and of all workers together",
		labels: ["process"],
	},
} as const satisfies Record<string, Family>;

export const histograms = {
	requestSeconds: {
		name: "gen_ai_server_request_duration_seconds",
		help: "From a request to the end of its answer",
		labels: ["gen_ai_operation_name", "route"],
		buckets: powersOfTwo,
	},
	firstTokenSeconds: {
		name: "gen_ai_server_time_to_first_token_seconds",
		help: "From a request to the first output of its stream",
		labels: ["gen_ai_operation_name", "route"],
		buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
	},
	outputTokenSeconds: {
		name: "gen_ai_server_time_per_output_token_seconds",
		help: "Of a stream whose host counts its tokens: time for each token behind the first",
		labels: ["gen_ai_operation_name", "route"],
		buckets: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
	},
	tokenUsage: {
		name: "gen_ai_client_token_usage",
		help: "Tokens of one answer of an AI host",
		labels: ["gen_ai_operation_name", "gen_ai_token_type", "upstream"],
		buckets: powersOfFour,
	},
	attemptSeconds: {
		name: "gen_ai_client_operation_duration_seconds",
		help: "From a request to an AI host to the end of its answer",
		labels: ["gen_ai_operation_name", "upstream"],
		buckets: powersOfTwo,
	},
	limitWaitSeconds: {
		name: "llmgw_limit_wait_seconds",
		help: "How long limited requests took to be let through or refused, where they may wait",
		labels: [],
		buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
	},
	loopLag: {
		name: "llmgw_event_loop_lag_seconds",
		help: "The longest that the event loop was late in each second",
		labels: ["process"],
		buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
	},
} as const satisfies Record<string, HistogramFamily>;

/** What is now. */
export const gauges = {
	requestsInFlight: { name: "llmgw_requests_in_flight", help: "Clients' requests under way", labels: [] },
	streamsInFlight: { name: "llmgw_streams_in_flight", help: "Streams under way", labels: [] },
	bodyBytes: { name: "llmgw_request_body_bytes", help: "Bodies of requests under way", labels: [] },
	clientConnections: { name: "llmgw_client_connections", help: "Open connections of clients", labels: [] },
	upstreamInFlight: {
		name: "llmgw_upstream_requests_in_flight",
		help: "Requests under way at an AI host",
		labels: ["upstream"],
	},
	upstreamWaiting: {
		name: "llmgw_upstream_requests_waiting",
		help: "Requests that wait for another one to end, since the AI host has as many as it may have",
		labels: ["upstream"],
	},
	upstreamConnections: {
		name: "llmgw_upstream_connections",
		help: "Connections to an AI host, with a request on them or idle",
		labels: ["upstream", "state"],
	},
	breaker: {
		name: "llmgw_upstream_breaker_state",
		help: "1 for the state that an upstream's circuit breaker is in, which opens when it can't be spoken with",
		labels: ["upstream", "state"],
	},
	modelBreaker: {
		name: "llmgw_model_breaker_state",
		help: "1 for the state that the circuit breaker of a model at an upstream is in, which opens when its answers are bad; other is how many there are of models that the configuration does not name",
		labels: ["upstream", "model", "state"],
	},
	health: {
		name: "llmgw_upstream_health",
		help: "1 for what an AI host's health check says; unknown where there is none",
		labels: ["upstream", "state"],
	},
	redis: { name: "llmgw_redis_up", help: "1 while Redis, where limits are counted, can be reached", labels: [] },
	workers: { name: "llmgw_workers", help: "Worker processes", labels: ["state"] },
	residentBytes: {
		name: "llmgw_process_resident_memory_bytes",
		help: "Memory, of the primary and of all workers together",
		labels: ["process"],
	},
	heapBytes: { name: "llmgw_process_heap_bytes", help: "Used by objects of JavaScript", labels: ["process"] },
	uptime: {
		name: "llmgw_process_uptime_seconds",
		help: "Time since the primary, and the youngest worker, started",
		labels: ["process"],
	},
	build: { name: "llmgw_build_info", help: "Always 1: what runs", labels: ["version", "node"] },
} as const satisfies Record<string, Family>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type GaugeName = keyof typeof gauges;
