/** The request that a call makes. */
import type { JsonBody } from "../contract/defaults.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import type { Form } from "../forms/form.js";
import type { Route, Target } from "../settings/routes.js";
import type { Head } from "../streaming/responseStream.js";
import type { Attempt } from "./attempt.js";
import type { Gate } from "./gate.js";
import type { RequestFacts } from "./routing/facts.js";
import type { UpstreamRequest } from "./upstream.js";

/** Follows a request's attempts, where they are traced. */
export interface AttemptTracer {
	/**
	 * @param url the upstream's
	 * @returns headers that tell the upstream which trace its answer belongs to
	 */
	begin(attempt: Attempt, url: string): readonly (readonly [name: string, value: string])[];
	/** @returns headers that tell the gateway's own requests for this one which trace they belong to */
	propagation(): readonly (readonly [name: string, value: string])[];
	/** An MCP server was asked for something. */
	serverUse(use: TracedServerUse): void;
}

/** What an MCP server was asked for, and what came of it. */
export interface TracedServerUse {
	readonly operation: "list" | "call";
	/** As the configuration names it. */
	readonly server: string;
	readonly host: URL;
	readonly tool: string | undefined;
	readonly startedMs: number;
	readonly endedMs: number;
	readonly outcome: string;
}

/** The beginning of a stream that somebody else has given, in the client's dialect. */
export interface GivenStart {
	readonly head: Head;
	/** Whole events. */
	readonly body: Buffer;
}

export interface CallRequest extends UpstreamRequest {
	route: Route;
	facts: RequestFacts;
	/** The only targets of the route that may be asked; undefined for all of them. */
	pinned?: readonly Target[] | undefined;
	body: JsonBody | undefined;
	/** The multipart body whose fields `body` is; undefined for a body that is JSON itself. */
	form?: Form | undefined;
	/** Its files, as members of a translated request. */
	files?: Json | undefined;
	/** Longest wait for the first byte, where the operation has its own. */
	firstByteMs: number | undefined;
	/** The client's dialect; undefined if any answer with status 200 is good, whatever its content and end. */
	dialect: Dialect | undefined;
	/** Only upstreams that speak such a dialect serve the operation. */
	isServedBy?: ((dialect: Dialect) => boolean) | undefined;
	/** When it came, in milliseconds on the monotonic clock. */
	receivedMs?: number;
	/** Tokens of the prompt, where they have been counted for its limits. */
	promptTokens?: number | undefined;
	/** How many choices one answer holds. */
	choices: number;
	/** Upstreams are asked to count the tokens of a stream, whether the client wants that or not. */
	asksUsage?: boolean;
	trace?: AttemptTracer | undefined;
	gate?: Gate | undefined;
	/** What its answer goes on with; undefined for an answer from its beginning. */
	given?: GivenStart | undefined;
}
