/** WebSockets of responses: who may open one. */
import { GatewayError } from "../errors/gatewayError.js";
import { clientKey } from "../limits/clientKey.js";
import type { GatewayServices } from "../middleware/link.js";
import { pageCheck } from "../middleware/localNames.js";
import { checkHandshake, HandshakeResponse } from "../sockets/handshake.js";
import type { Handlers } from "./handlerTypes.js";

export function responseSocketHandlers({ settings, sockets }: GatewayServices): Pick<Handlers, "connectResponses"> {
	const isFromOtherPage = pageCheck(settings);
	return {
		connectResponses(ctx) {
			const { req, res } = ctx;
			const { exchange } = ctx.state;
			if (!(res instanceof HandshakeResponse)) throw noHandshake();
			checkHandshake(req);
			// No browser asks before it opens one, as it does before a request, so that the rules for pages hold here.
			if (isFromOtherPage(req)) throw foreignPage(req.headers.origin ?? "null");
			const client = exchange.caller?.keyId ?? clientKey(exchange.clientAddress);
			sockets.checkRoom(client);
			ctx.respond = false;
			const { head } = res;
			const headers = res.getHeaders();
			sockets.open({ request: req, socket: res.takeOver(), head, client, headers });
			return undefined;
		},
	};
}

function noHandshake(): GatewayError {
	return new GatewayError(426, "This address takes WebSockets alone: for a single response send POST /v1/responses.", {
		code: "upgrade_required",
		headers: { upgrade: "websocket", connection: "upgrade" },
	});
}

function foreignPage(origin: string): GatewayError {
	const message = `Pages of '${origin}' may open no WebSocket here. If they are yours, start the gateway with --cors-origin ${origin}.`;
	return new GatewayError(403, message, { code: "origin_not_allowed" });
}
