/** What the primary and its workers say to each other about metrics. */
import type { Delta } from "./metricRecorder.js";

/** What is, in one process. */
export interface Sample {
	requests: number;
	streams: number;
	connections: number;
	/** Of requests that are under way. */
	bodyBytes: number;
	/** By name. */
	upstreams: Record<string, { inFlight: number; busy: number; idle: number }>;
	memory: MemorySample;
}

export interface MemorySample {
	residentBytes: number;
	heapBytes: number;
	uptimeSeconds: number;
}

/** Worker → primary: what is new, once a second and when it is asked for. */
export interface MetricsReport {
	type: "metrics";
	deltas: readonly Delta[];
	/** The request that it answers, and how things stand. */
	answers?: { number: number; sample: Sample };
}

/** What the primary makes of all that is known: the text of `GET /metrics`, or the JSON of `GET /v1/admin/overview`. */
export type View = "metrics" | "overview";

/** Primary → worker: asks for a report at once. */
export interface GatherMessage {
	type: "gather";
	number: number;
}

/** Worker → primary: somebody wants a view. */
export interface ScrapeMessage {
	type: "scrape";
	number: number;
	view: View;
}

/** Primary → worker: the text. */
export interface ScrapedMessage {
	type: "scraped";
	number: number;
	text: string;
}
