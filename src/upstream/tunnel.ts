/** Connections to upstreams by way of a proxy: tunnels (RFC 9110 §9.3.6), through which bytes pass as they are. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { GatewayError } from "../errors/gatewayError.js";
import type { ProxySettings } from "../settings/routes.js";

const codeOfRefusal = "upstream_proxy";

/**
 * @param authority host and port after the proxy
 * @throws GatewayError 502 if the proxy can't be reached or won't, 504 if nothing comes of it in time
 */
export function openTunnel(proxy: ProxySettings, authority: string, timeoutMs: number): Promise<Socket> {
	const { url, authorization } = proxy;
	const send = url.startsWith("https:") ? httpsRequest : httpRequest;
	return new Promise((resolve, reject) => {
		const asked = send(url, {
			method: "CONNECT",
			path: authority,
			agent: false,
			headers: { host: authority, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
		});
		const late = setTimeout(() => asked.destroy(noTunnelInTime(timeoutMs)), timeoutMs);
		const fail = (error: Error) => {
			clearTimeout(late);
			reject(error instanceof GatewayError ? error : unreachable(error));
		};
		asked.once("connect", ({ statusCode = 0 }, socket: Socket, head) => {
			clearTimeout(late);
			if (statusCode >= 200 && statusCode < 300) {
				if (head.length > 0) socket.unshift(head);
				resolve(socket);
				return;
			}
			socket.on("error", () => {}).destroy();
			reject(refused(statusCode));
		});
		asked.on("error", fail);
		asked.end();
	});
}

/** A URL's origin, with its port. */
export function authorityOf(origin: string): string {
	const { hostname, port, protocol } = new URL(origin);
	return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** Asks once more where a proxy refused a tunnel: its agent knows another way from then on. */
export async function againIfRefused<T>(send: () => Promise<T>): Promise<T> {
	try {
		return await send();
	} catch (error) {
		if ((error as { code?: unknown }).code === codeOfRefusal) return send();
		throw error;
	}
}

/** The proxy is there, and gives no tunnel. */
export function isRefusal(error: unknown): boolean {
	return error instanceof GatewayError && error.code === codeOfRefusal;
}

function refused(status: number): GatewayError {
	const why =
		status === 407 ? "asks for a user name and password (status 407)" : `refused a connection (status ${status})`;
	return new GatewayError(502, `The proxy on the way to the upstream ${why}.`, { code: codeOfRefusal });
}

/** One that hangs up when it is asked for a tunnel may not know what that is. */
function unreachable(cause: Error & { code?: string }): GatewayError {
	const code = cause.code === "ECONNRESET" ? codeOfRefusal : "upstream_unreachable";
	const message = "The proxy on the way to the upstream can't be reached, or hung up.";
	return new GatewayError(502, message, { code, cause });
}

function noTunnelInTime(timeoutMs: number): GatewayError {
	const message = `The proxy on the way to the upstream gave no connection within ${timeoutMs / 1000} s.`;
	return new GatewayError(504, message, { code: "upstream_connect_timeout" });
}
