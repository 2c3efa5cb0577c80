/** What the primary and its workers say to each other. */
import type { Problem } from "../errors/problem.js";
import type { KeyNews, KeysChanged, KeysTaken, RevocationAnswered, RevocationAsked } from "../keys/messages.js";
import type { LinkShown, LinkSpent } from "../keys/passes.js";
import type { LimitsAnswered, LimitsAsked } from "../limits/messages.js";
import type { GatherMessage, MetricsReport, ScrapedMessage, ScrapeMessage } from "../metrics/messages.js";
import type { Settings } from "../settings/settings.js";
import type { KeyChanges } from "../store/keyTypes.js";
import type { TracesReport } from "../tracing/exportFailures.js";
import type { SharedState, UpstreamNews, UpstreamReport } from "../upstream/health/messages.js";
import type { DefaultModelTold, ModelNews, ModelsAsked } from "../upstream/hostModels/messages.js";

export interface Load {
	requests: number;
	streams: number;
	connections: number;
	/** Requests under way, by upstream. */
	upstreams: Record<string, number>;
}

export type ToWorker =
	| {
			type: "start";
			settings: Settings;
			states: SharedState[];
			keys: KeyChanges | undefined;
			models: ModelNews[];
			passSecret: string;
			/** The gateway is about to stop: the worker serves, and is not ready. */
			isLeaving: boolean;
	  }
	| { type: "leave" }
	/** `patient` leaves idle connections to their clients for a while, since another worker takes the new ones. */
	| { type: "drain"; patient: boolean }
	| { type: "report" }
	/** Answers `drained`: every connection that was on its way to the worker has reached it before. */
	| { type: "end" }
	| LimitsAnswered
	| GatherMessage
	| ScrapedMessage
	| UpstreamNews
	| KeyNews
	| RevocationAnswered
	| ModelNews
	| LinkSpent;

export type ToPrimary =
	| { type: "waiting" }
	| { type: "ready" }
	| { type: "failed"; problems: readonly Problem[] }
	| { type: "load"; load: Load }
	/** The worker was told by someone else to end; it finishes its requests, and another should take its place. */
	| { type: "draining" }
	/** The worker has stopped listening, and nothing is in flight. */
	| { type: "drained" }
	| { type: "print"; block: string }
	/** For stderr. */
	| { type: "complain"; block: string }
	/** Of a log of JSON lines, for stdout as it is. */
	| { type: "log"; line: string }
	| LimitsAsked
	| MetricsReport
	| ScrapeMessage
	| TracesReport
	| UpstreamReport
	| KeysChanged
	| ModelsAsked
	| DefaultModelTold
	| LinkShown
	| KeysTaken
	| RevocationAsked;
