/** What the primary and its workers say to each other about metrics. */
import type { Delta } from "./recorder.js";

/** What is, in one process. */
export interface Sample {
	requests: number;
	streams: number;
	connections: number;
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

/** Primary → worker: asks for a report at once. */
export interface GatherMessage {
	type: "gather";
	number: number;
}

/** Worker → primary: somebody wants the text of `GET /metrics`. */
export interface ScrapeMessage {
	type: "scrape";
	number: number;
}

/** Primary → worker: the text. */
export interface ScrapedMessage {
	type: "scraped";
	number: number;
	text: string;
}
