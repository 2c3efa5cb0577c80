/** Passes a request to its route's upstream as it came, at the same path. */
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { forward } from "./forward.js";

/** @throws GatewayError 403 for a model in the query that the caller may not use; as `forward` does */
export function passThrough(gateway: GatewayServices, ctx: GatewayContext): Promise<ResponseStream> {
	const { upload, caller } = ctx.state.exchange;
	// Some hosts read it there, whatever the body says.
	for (const model of new URLSearchParams(ctx.search).getAll("model")) caller?.checkModel(model);
	// HTTP/1.0 knows no interim responses (RFC 9110 §10.1.1).
	if (upload?.headers.expect !== undefined && upload.httpVersion === "1.1") ctx.res.writeContinue();
	return forward(gateway, ctx, { path: ctx.path, method: ctx.method, passing: { upload } });
}
