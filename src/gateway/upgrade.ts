/** Requests to change the protocol of a connection (RFC 9110 §7.8): WebSockets are taken where the contract has them, and refused elsewhere. */
import { randomUUID } from "node:crypto";
import { IncomingMessage, type ServerResponse } from "node:http";
import type { GatewayServices } from "../middleware/link.js";
import { plainPath, toOriginForm } from "../middleware/requestTarget.js";

/** HTTP in another version, or below TLS: an offer beside an ordinary request, which may be answered as it is. */
const isOffer = /^(?:h2c|http\/\S+|tls\/\S+)$/i;

/** Whether the request makes sense only in the protocol that it names, as a WebSocket's handshake does. */
export function asksForOtherProtocol({ headers }: IncomingMessage): boolean {
	const { upgrade, connection } = headers;
	if (upgrade === undefined || connection === undefined || !/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection))
		return false;
	const protocols = upgrade.split(",").map((protocol) => protocol.trim());
	return protocols.some((protocol) => protocol !== "" && !isOffer.test(protocol));
}

/**
 * The class of requests for a server that listens to `upgrade`. Node then hands over every connection for which a client names
 * another protocol, be it an offer that may be ignored; this says so of those alone that are to become WebSockets.
 */
export function handshakes({ contract, settings }: GatewayServices): typeof IncomingMessage {
	const taken =
		settings.maxWebsockets === 0
			? []
			: contract.operations.filter(({ webSocket, session }) => webSocket !== undefined || session !== undefined);
	const paths = new Set(taken.flatMap(({ path, otherPaths }) => [path, ...otherPaths]));
	const isTaken = (request: IncomingMessage) => {
		if (request.method !== "GET" || !/(?:^|,)\s*websocket\s*(?:,|$)/i.test(request.headers.upgrade ?? "")) return false;
		toOriginForm(request);
		return paths.has(plainPath((request.url ?? "").replace(/\?.*$/s, "")));
	};
	return class extends IncomingMessage {
		/** What Node's parser has found. It asks again once it has read the head. */
		namesProtocol = false;

		get upgrade(): boolean {
			return this.namesProtocol && (this.method === "CONNECT" || isTaken(this));
		}

		set upgrade(namesProtocol: boolean) {
			this.namesProtocol = namesProtocol;
		}
	};
}

/**
 * Answers 426 before the chain, also during a drain: agents that try a WebSocket first go on over HTTP once they have it.
 * There is no body, and the connection ends, since what a client sent after its handshake can't be read as HTTP.
 *
 * @param securityLines header lines of each answer
 */
export function upgradeRefusal(securityLines: string): (response: ServerResponse) => void {
	const security = securityLines
		.split("\r\n")
		.filter((line) => line !== "")
		.map((line) => line.split(/: (.*)/s, 2) as [string, string]);
	return (response) => {
		for (const [name, value] of security) response.setHeader(name, value);
		response.shouldKeepAlive = false;
		// RFC 9110 §15.5.22: the answer names a protocol that will do.
		response.writeHead(426, {
			upgrade: "HTTP/1.1",
			connection: "close",
			"content-length": 0,
			"x-request-id": randomUUID(),
		});
		response.end();
	};
}
