/** The gateway's interface to traces, independent of OpenTelemetry. */
import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../exchange/exchange.js";
import type { Ending } from "../exchange/outcome.js";
import type { AttemptTracer } from "../upstream/callRequest.js";

/** A request's messages and its answer, each as JSON, if traces are to contain them. */
export interface TracedContent {
	readonly input: string | undefined;
	readonly output: string | undefined;
}

/** The trace of one request. */
export interface RequestTrace extends AttemptTracer {
	end(ending: Ending, method: string, content: TracedContent | undefined): void;
}

export interface Tracing {
	/** Whether traces contain messages and answers. */
	readonly wantsContent: boolean;
	/** @param headers the client's, which may name the parent span (W3C Trace Context) */
	begin(exchange: Exchange, headers: IncomingHttpHeaders): RequestTrace;
	/** Sends the remaining spans, within a time limit. */
	close(): Promise<void>;
}
