/** Traces as the gateway sees them, without OpenTelemetry. */
import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../exchange/exchange.js";
import type { Ending } from "../exchange/outcome.js";
import type { AttemptTracer } from "../upstream/callRequest.js";

/** A request's messages and its answer, where they are wanted in traces: each as JSON. */
export interface TracedContent {
	readonly input: string | undefined;
	readonly output: string | undefined;
}
/** One request's. */
export interface RequestTrace extends AttemptTracer {
	end(ending: Ending, method: string, content: TracedContent | undefined): void;
}

export interface Tracing {
	/** Messages and answers are wanted too. */
	readonly wantsContent: boolean;
	/** @param headers the client's, which may name the span that the request's belongs to (W3C Trace Context) */
	begin(exchange: Exchange, headers: IncomingHttpHeaders): RequestTrace;
	/** Sends what has not been sent, for as long as that takes within a bound. */
	close(): Promise<void>;
}
