/** The limits of AI hosts, as a pursuit meets them. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { Attempt } from "./attempt.js";

/** Of one client's request. */
export interface Gate {
	/**
	 * Takes what the request needs of an upstream's limits.
	 *
	 * @param isLastResort what was taken before a breaker refused the request is still its own
	 * @returns nothing where the upstream has none; else, what it is refused with, if it is
	 */
	enter(upstream: string, isLastResort?: boolean): Promise<GatewayError | undefined> | undefined;
	/** The request was sent: what was taken for it is its own. */
	used(attempt: Attempt): void;
}
