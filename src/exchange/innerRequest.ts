/** Requests of the gateway's own, on a connection within the process: they go the way that a client's request goes. */
import { type ClientRequest, type IncomingHttpHeaders, request } from "node:http";
import type { Duplex } from "node:stream";
import { type Addresses, socketPair } from "../streaming/socketPair.js";
import type { TaskSocket } from "./ownTask.js";

/** Accepts a connection, as the gateway's server does. */
export type Accept = (socket: Duplex) => void;

/** Headers that belong to a client's connection, or say how its own request is to be answered. */
export const ofConnection =
	/^(connection|keep-alive|transfer-encoding|content-length|content-encoding|content-type|expect|upgrade|te|trailer|cookie|accept-encoding|idempotency-key|last-event-id|x-request-id|x-client-request-id|x-stainless-retry-count|x-llmgw-resumable|proxy-authorization|sec-websocket-.*)$/;

export interface InnerRequest {
	/** Path and query. */
	readonly path: string;
	/** Beside those of every such request. */
	readonly headers: IncomingHttpHeaders;
	/** JSON. */
	readonly body: string;
	readonly requestId: string;
	/** Where it comes from, as if it were a client's. */
	readonly from: Addresses;
	readonly marks?: TaskSocket;
	readonly signal?: AbortSignal;
}

/** Posts it. @returns the request, with whose end its connection ends; nothing of it has happened yet */
export function postWithin(
	accept: Accept,
	{ path, headers, body, requestId, from, marks, signal }: InnerRequest,
): ClientRequest {
	const { client: near, server: far } = socketPair(from, marks);
	const asking = request({
		createConnection: () => near as never,
		method: "POST",
		path,
		headers: {
			...headers,
			"content-type": "application/json",
			"content-length": Buffer.byteLength(body),
			"x-request-id": requestId,
			connection: "close",
		},
		...(signal === undefined ? {} : { signal }),
	});
	asking.on("close", () => near.destroy());
	accept(far);
	asking.end(body);
	return asking;
}
