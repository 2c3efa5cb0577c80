/** What the primary and its workers say to each other about upstreams. */
import type { Health, Outcome } from "./states.js";

/** Of one upstream, as all workers have to know it. */
export interface SharedState {
	upstream: string;
	/** Until an open breaker admits a probe; nothing when it is closed. A span, since processes' clocks may differ. */
	probeInMs: number | undefined;
	/** The same of each model whose breaker is not closed. */
	models: { model: string; probeInMs: number }[];
	/** Rises with each opening and closing of any of its breakers. */
	generation: number;
	health: Health;
}

export interface Ask {
	number: number;
	upstream: string;
	model: string | undefined;
	/** Breakers are to let it through. */
	isLastResort: boolean;
	waitMs: number;
}

export interface Outcomes {
	upstream: string;
	/** Without it, of the upstream itself. */
	model?: string;
	/** The upstream's when the requests began. */
	generation: number;
	ok: number;
	failed: number;
}

/** Worker → primary: what has gathered in a turn of the event loop, or in a tenth of a second. */
export interface UpstreamReport {
	type: "upstreams";
	outcomes: Outcomes[];
	/** Permits given back, by the number that asked for them. */
	left: { number: number; outcome: Outcome | "undecided" }[];
	/** What came of those that were given back undecided. */
	judged: { number: number; outcome: Outcome }[];
	/** Asked for, and not wanted any more. */
	cancelled: number[];
	asks: Ask[];
	/** Requests under way in this worker, of upstreams where that has changed. */
	inFlight: Record<string, number>;
}

/** Primary → worker. */
export interface UpstreamNews {
	type: "upstreamNews";
	states?: SharedState[];
	decided?: { number: number; isAdmitted: boolean }[];
	/** Requests under way in all other workers. */
	others?: Record<string, number>;
}
