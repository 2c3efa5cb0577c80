/** The request that a call makes. */
import type { JsonBody } from "../contract/defaults.js";
import type { Dialect } from "../dialects/dialect.js";
import type { Route } from "../settings/routes.js";
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
}

export interface CallRequest extends UpstreamRequest {
	route: Route;
	facts: RequestFacts;
	body: JsonBody | undefined;
	/** Longest wait for the first byte, where the operation has its own. */
	firstByteMs: number | undefined;
	/** The client's dialect; undefined if any answer with status 200 is good, whatever its content and end. */
	dialect: Dialect | undefined;
	/** Tokens of the prompt, where they have been counted for its limits. */
	promptTokens?: number | undefined;
	/** How many choices one answer holds. */
	choices: number;
	/** Upstreams are asked to count the tokens of a stream, whether the client wants that or not. */
	asksUsage?: boolean;
	trace?: AttemptTracer | undefined;
	gate?: Gate | undefined;
}
