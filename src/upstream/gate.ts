/** The limits of upstreams, as a call meets them. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { Attempt } from "./attempt.js";

/** For one client's request. */
export interface Gate {
	/**
	 * Takes what the request needs of an upstream's limits.
	 *
	 * @param isLastResort what was taken before a breaker refused the request is still its own
	 * @returns undefined if the upstream has none; else, what it is refused with, if it is
	 */
	enter(upstream: string, isLastResort?: boolean): Promise<GatewayError | undefined> | undefined;
	/** The request was sent: what was taken for it is its own. */
	used(attempt: Attempt): void;
}
