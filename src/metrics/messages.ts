/** The metrics' topic. */
import type { Topic } from "../process/channel/topic.js";
import type { Delta } from "./metricRecorder.js";

export interface MetricsTopic extends Topic<"metrics"> {
	readonly snapshot: undefined;
	readonly toWorker: GatherRequest;
	readonly toPrimary: MetricsReport;
	readonly questions: {
		/** The text of a view over all workers. */
		scrape(view: View): string;
	};
}

/** What the primary makes of all that is known: the text of `GET /metrics`, or the JSON of `GET /v1/admin/overview`. */
export type View = "metrics" | "overview";

/** The state of one process at one moment. */
export interface Sample {
	requests: number;
	streams: number;
	connections: number;
	websockets: number;
	/** Those of them that are realtime sessions. */
	sessions: number;
	/** Bytes of bodies of requests under way. */
	bodyBytes: number;
	bodiesWaiting: number;
	/** By name. */
	upstreams: Record<string, { inFlight: number; busy: number; idle: number }>;
	memory: MemorySample;
}

export interface MemorySample {
	residentBytes: number;
	heapBytes: number;
	uptimeSeconds: number;
}

/** What is new in a worker: once a second, and when the primary asks. */
export interface MetricsReport {
	readonly topic: "metrics";
	readonly deltas: readonly Delta[];
	/** The number of the request that it answers, and the worker's state. */
	readonly gathered?: { readonly number: number; readonly sample: Sample };
}

/** The primary needs a report at once. */
export interface GatherRequest {
	readonly topic: "metrics";
	readonly number: number;
}
