/** The 404 of a path or a name that is not there. */
import { GatewayError } from "./gatewayError.js";

export function notFound(message: string, code: string, param?: string): GatewayError {
	return new GatewayError(404, message, param === undefined ? { code } : { code, param });
}
