/** Passes a request to its route's upstream as it came, at the same path. */
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { forward } from "./forward.js";

/** @throws GatewayError as `forward` does */
export function passThrough(gateway: GatewayServices, ctx: GatewayContext): Promise<ResponseStream> {
	const { upload } = ctx.state.exchange;
	// HTTP/1.0 knows no interim responses (RFC 9110 §10.1.1).
	if (upload?.headers.expect !== undefined && upload.httpVersion === "1.1") ctx.res.writeContinue();
	return forward(gateway, ctx, { path: ctx.path, method: ctx.method, passing: { upload } });
}
