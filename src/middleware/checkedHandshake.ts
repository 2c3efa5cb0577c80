/** Whether a request is a WebSocket's handshake that may become one. */
import { GatewayError } from "../errors/gatewayError.js";
import { clientOf } from "../exchange/clientOf.js";
import type { Settings } from "../settings/settings.js";
import { checkHandshake, HandshakeResponse } from "../sockets/handshake.js";
import type { GatewayContext } from "./link.js";
import { pageCheck } from "./localNames.js";

export type HandshakeCheck = (ctx: GatewayContext, hint: string) => { response: HandshakeResponse; client: string };

/** @returns a check. It takes a hint for those who come over HTTP, and throws GatewayError for what is no handshake, or may not be made */
export function handshakeCheck(settings: Pick<Settings, "allowedHosts" | "corsOrigins">): HandshakeCheck {
	const isFromOtherPage = pageCheck(settings);
	return ({ req, res, state: { exchange } }, hint) => {
		if (!(res instanceof HandshakeResponse)) throw noHandshake(hint);
		checkHandshake(req);
		// No browser asks before it opens one, as it does before a request, so that the rules for pages hold here.
		if (isFromOtherPage(req)) throw foreignPage(req.headers.origin ?? "null");
		return { response: res, client: clientOf(exchange) };
	};
}

function noHandshake(hint: string): GatewayError {
	return new GatewayError(426, `This address takes WebSockets alone: ${hint}.`, {
		code: "upgrade_required",
		headers: { upgrade: "websocket", connection: "upgrade" },
	});
}

function foreignPage(origin: string): GatewayError {
	const message = `Pages of '${origin}' may open no WebSocket here. If they are yours, start the gateway with --cors-origin ${origin}.`;
	return new GatewayError(403, message, { code: "origin_not_allowed" });
}
