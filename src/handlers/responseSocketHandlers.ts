/** WebSockets of responses: who may open one. */
import { handshakeCheck } from "../middleware/checkedHandshake.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Handlers } from "./handlerTypes.js";

export function responseSocketHandlers({ settings, sockets }: GatewayServices): Pick<Handlers, "connectResponses"> {
	const check = handshakeCheck(settings);
	return {
		async connectResponses(ctx) {
			const { response, client } = check(ctx, "for a single response send POST /v1/responses");
			await sockets.takePlace(client, ctx.req.socket);
			ctx.respond = false;
			const { head } = response;
			const headers = response.getHeaders();
			sockets.open({ request: ctx.req, socket: response.takeOver(), head, headers });
			return undefined;
		},
	};
}
