/** Connections of what asks an upstream off the way of requests: with its TLS settings, through its proxy. */
import type { ClientRequest } from "node:http";
import type { Agent } from "node:https";
import { connect, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { ProxySettings, UpstreamSettings } from "../settings/routes.js";
import { maxResponseHeaderBytes } from "./headers.js";
import { authorityOf, isRefusal, openTunnel } from "./tunnel.js";

/** A member of Node's agents that its types leave out. */
interface OpenAgent {
	addRequest(request: ClientRequest & { maxHeaderSize?: number }, options: object): void;
	createConnection(options: object, callback: (error: Error | null, stream?: Duplex) => void): unknown;
}

export async function createAgent(upstream: UpstreamSettings, keepAlive: boolean): Promise<Agent> {
	const agent = await directAgent(upstream, keepAlive);
	const open = agent as unknown as OpenAgent;
	const addRequest = open.addRequest.bind(agent);
	open.addRequest = (request, options) => {
		request.maxHeaderSize = maxResponseHeaderBytes;
		addRequest(request, options);
	};
	if (upstream.proxy !== undefined) connectThroughProxy(open, upstream, upstream.proxy);
	return agent;
}

/** A tunnel; and as `ProxiedWay` does it, without one where the proxy refuses that for plain HTTP. */
function connectThroughProxy(
	agent: OpenAgent,
	{ url, connectTimeoutMs }: UpstreamSettings,
	proxy: ProxySettings,
): void {
	const { origin, protocol } = new URL(url);
	const connectDirectly = agent.createConnection.bind(agent);
	const addRequest = agent.addRequest.bind(agent);
	let isPlain = false;
	agent.addRequest = (request, options) => {
		if (isPlain) {
			request.path = origin + request.path;
			if (proxy.authorization !== undefined) request.setHeader("proxy-authorization", proxy.authorization);
		}
		addRequest(request, options);
	};
	agent.createConnection = (options, callback) => {
		if (isPlain) return connectTo(proxy.url);
		openTunnel(proxy, authorityOf(origin), connectTimeoutMs).then(
			(socket) => {
				if (protocol === "https:") callback(null, connectDirectly({ ...options, socket }, () => {}) as Duplex);
				else callback(null, socket);
			},
			(error: Error) => {
				isPlain = isRefusal(error) && protocol === "http:";
				callback(error);
			},
		);
		return undefined;
	};
}

function connectTo(url: string): Duplex {
	const { protocol, hostname, port } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, "");
	return protocol === "https:"
		? connectTls({ host, port: Number(port || 443), ...(isIP(host) === 0 ? { servername: host } : {}) })
		: connect({ host, port: Number(port || 80) });
}

async function directAgent({ url, tls }: UpstreamSettings, keepAlive: boolean): Promise<Agent> {
	if (!url.startsWith("https:")) return new (await import("node:http")).Agent({ keepAlive }) as Agent;
	const { ca, cert, key, serverName: servername } = tls;
	const given = Object.entries({ ca, cert, key, servername }).filter(([, value]) => value !== undefined);
	const { Agent } = await import("node:https");
	return new Agent({ keepAlive, rejectUnauthorized: !tls.insecure, ...Object.fromEntries(given) });
}
