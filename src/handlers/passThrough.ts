/** Passes a request to its route's upstream as it came, at the same path. */
import { askForBody } from "../exchange/askForBody.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { forward } from "./forward.js";

/** @throws GatewayError 403 for a model in the query that the caller may not use; as `forward` does */
export function passThrough(gateway: GatewayServices, ctx: GatewayContext): Promise<ResponseStream> {
	const { upload, caller } = ctx.state.exchange;
	// Some hosts read it there, whatever the body says.
	for (const model of new URLSearchParams(ctx.search).getAll("model")) caller?.checkModel(model);
	if (upload !== undefined) askForBody(upload, ctx.res);
	return forward(gateway, ctx, { path: ctx.path, method: ctx.method, passing: { upload } });
}
