/** A worker's half of traces: reports whether they can be sent. */
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { TracesTopic } from "./messages.js";

export interface WorkerTraces extends WorkerHalf<TracesTopic> {
	/** @param failure why traces can't be sent; undefined when they can be sent again */
	report(failure: string | undefined): void;
}

export function createWorkerTraces({ send }: PrimaryPort<TracesTopic>): WorkerTraces {
	return { report: (failure) => send({ topic: "traces", failure }) };
}
