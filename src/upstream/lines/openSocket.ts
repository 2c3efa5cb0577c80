/** Opens WebSockets to upstreams. */
import type { Socket } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { ProxiedWay } from "../proxiedWay.js";

export interface SocketOptions {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly settings: UpstreamSettings;
	/** Undefined for a straight one. */
	readonly way?: ProxiedWay | undefined;
}

/** Longest message that an upstream may send. */
const maxPayload = 256 * 1024 * 1024;

/** Headers that belong to a body, or to each request. */
const notShaken = new Set(["content-type", "content-length", "accept-encoding", "accept"]);

export function openSocket({ url, headers, settings, way }: SocketOptions): WebSocket {
	const { tls, connectTimeoutMs } = settings;
	return new WebSocket(url.replace(/^http/, "ws"), {
		headers,
		perMessageDeflate: false,
		handshakeTimeout: connectTimeoutMs,
		maxPayload,
		followRedirects: false,
		rejectUnauthorized: !tls.insecure,
		...(tls.ca === undefined ? {} : { ca: tls.ca }),
		...(tls.cert === undefined ? {} : { cert: tls.cert }),
		...(tls.key === undefined ? {} : { key: tls.key }),
		...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
		...(way === undefined ? {} : { createConnection: through(way, url) }),
	});
}

/** @param list names and values in turn */
export function handshakeHeaders(list: readonly string[]): Record<string, string> {
	const headers: Record<string, string> = {};
	for (let at = 0; at < list.length; at += 2) {
		const name = list[at] as string;
		if (!notShaken.has(name.toLowerCase())) headers[name] = list[at + 1] as string;
	}
	return headers;
}

/** Node calls back with the connection where none is returned, of which the types know nothing. */
function through(way: ProxiedWay, url: string): NonNullable<ClientOptions["createConnection"]> {
	const { protocol, host, hostname, port } = new URL(url);
	const connect = (_options: unknown, done: (error: Error | null, socket?: Socket) => void) => {
		way.connect({ protocol, host, hostname, port }, (error, socket) =>
			error === null ? done(null, socket) : done(error),
		);
	};
	return connect as unknown as NonNullable<ClientOptions["createConnection"]>;
}
