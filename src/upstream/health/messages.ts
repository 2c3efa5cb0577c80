/** The topic of upstreams' health: breakers, concurrency and health checks. */
import type { NoQuestions, Topic } from "../../process/channel/topic.js";
import type { Health, Outcome } from "./states.js";

export interface HealthTopic extends Topic<"health"> {
	readonly snapshot: SharedState[];
	readonly toWorker: HealthNews;
	readonly toPrimary: HealthReport;
	/** Workers ask for permits in batches, by `HealthReport.asks`. */
	readonly questions: NoQuestions;
}

/** One upstream, as all workers have to know it. */
export interface SharedState {
	upstream: string;
	/** Milliseconds until an open breaker admits a probe; undefined when it is closed. A span, since processes' clocks may differ. */
	probeInMs: number | undefined;
	/** The same for each model whose breaker is not closed. */
	models: { model: string; probeInMs: number }[];
	/** Rises with each opening and closing of any of its breakers. */
	generation: number;
	health: Health;
}

export interface Ask {
	number: number;
	upstream: string;
	model: string | undefined;
	/** Breakers let it through. */
	isLastResort: boolean;
	waitMs: number;
}

export interface Outcomes {
	upstream: string;
	/** Undefined for the upstream itself. */
	model?: string;
	/** The upstream's generation when the requests began. */
	generation: number;
	ok: number;
	failed: number;
}

/** Worker → primary: what has gathered in a turn of the event loop, or in a tenth of a second. */
export interface HealthReport {
	readonly topic: "health";
	outcomes: Outcomes[];
	/** Permits given back, by the number of the request for them. */
	left: { number: number; outcome: Outcome | "undecided" }[];
	/** Outcomes of permits that were given back undecided. */
	judged: { number: number; outcome: Outcome }[];
	/** Requests for permits that are not wanted any more. */
	cancelled: number[];
	asks: Ask[];
	/** Requests under way in this worker, for upstreams whose number has changed. */
	inFlight: Record<string, number>;
}

/** Primary → worker. */
export interface HealthNews {
	readonly topic: "health";
	states?: SharedState[];
	decided?: { number: number; isAdmitted: boolean }[];
	/** Requests under way in all other workers. */
	others?: Record<string, number>;
}
