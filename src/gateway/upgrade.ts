/** Requests to change the protocol of a connection (RFC 9110 §7.8), which is never done: WebSockets are refused, at once. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

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
