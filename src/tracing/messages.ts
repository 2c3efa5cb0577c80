/** The traces' topic. */
import type { NoQuestions, Topic } from "../process/channel/topic.js";

export interface TracesTopic extends Topic<"traces"> {
	readonly snapshot: undefined;
	readonly toWorker: never;
	readonly toPrimary: TracesReport;
	readonly questions: NoQuestions;
}

/** Why a worker can't send its traces; without a failure, it can send them again. */
export interface TracesReport {
	readonly topic: "traces";
	readonly failure: string | undefined;
}
