/** Refusals where limits are to hold, and can't be checked. */
import { GatewayError } from "../errors/gatewayError.js";

export function limitsUnavailable(): GatewayError {
	return new GatewayError(503, "Limits can't be checked at the moment, so no request is let through. Try again soon.", {
		code: "limits_unavailable",
		headers: { "retry-after": "1" },
	});
}
