/** The responses to failures of the store. */
import { GatewayError } from "../errors/gatewayError.js";
import { StoreError } from "./store.js";

const retryAfterSeconds = "5";

/** @returns the GatewayError for a StoreError; anything else unchanged */
export function withStatus(thrown: unknown): unknown {
	if (!(thrown instanceof StoreError)) return thrown;
	const { problem, message } = thrown;
	switch (problem) {
		case "not_found":
			return new GatewayError(404, message, { code: "not_found", cause: thrown });
		case "conflict":
			return new GatewayError(409, message, { code: "already_exists", cause: thrown });
		case "stale":
			return new GatewayError(412, message, { code: "precondition_failed", cause: thrown });
		case "full":
			return new GatewayError(507, "The gateway's store is full: nothing can be stored until there is room again.", {
				code: "store_full",
				cause: thrown,
			});
		case "unavailable":
		case "newer":
			return new GatewayError(503, "The gateway's store is not available.", {
				code: "store_unavailable",
				headers: { "retry-after": retryAfterSeconds },
				cause: thrown,
			});
	}
}
