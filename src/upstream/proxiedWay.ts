/** The way to an upstream that leads through a proxy, for undici's connections. */
import type { buildConnector } from "undici";
import connectorOf from "undici/lib/core/connect.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { ProxySettings } from "../settings/routes.js";
import { authorityOf, isRefusal, openTunnel } from "./tunnel.js";

/** For TLS with the upstream, and the longest wait for a connection. */
type Options = buildConnector.BuildOptions & { readonly timeout: number };

/**
 * Mostly a tunnel, in which nothing of a stream is held up. Proxies that allow tunnels to port 443 alone refuse them for
 * plain HTTP; from then on requests are sent there as they are, with the whole URL (RFC 9112 §3.2.2).
 */
export class ProxiedWay {
	readonly #proxy: ProxySettings;
	readonly #origin: string;
	readonly #options: Options;
	readonly #secure: buildConnector.connector;
	readonly #toProxy: buildConnector.connector;
	#isPlain = false;

	constructor(proxy: ProxySettings, url: string, options: Options) {
		this.#proxy = proxy;
		this.#origin = new URL(url).origin;
		this.#options = options;
		this.#secure = connectorOf(options);
		this.#toProxy = connectorOf({ timeout: options.timeout });
	}

	readonly connect = (options: buildConnector.Options, callback: buildConnector.Callback): void => {
		if (this.#isPlain) this.#connectToProxy(callback);
		else this.#openTunnel(options, callback);
	};

	/** @param headers gets those for the proxy */
	pathOf(path: string, headers: string[]): string {
		if (!this.#isPlain) return path;
		const { authorization } = this.#proxy;
		if (authorization !== undefined) headers.push("proxy-authorization", authorization);
		return this.#origin + path;
	}

	#openTunnel(options: buildConnector.Options, callback: buildConnector.Callback): void {
		openTunnel(this.#proxy, authorityOf(this.#origin), this.#options.timeout).then(
			(socket) => {
				if (options.protocol === "https:") this.#secure({ ...options, httpSocket: socket }, callback);
				else callback(null, socket);
			},
			(error: unknown) => {
				// The next attempt goes the other way.
				if (isRefusal(error) && options.protocol === "http:") this.#isPlain = true;
				callback(error instanceof Error ? error : new GatewayError(502, String(error)), null);
			},
		);
	}

	#connectToProxy(callback: buildConnector.Callback): void {
		const { protocol, host, hostname, port } = new URL(this.#proxy.url);
		const bare = hostname.replace(/^\[|\]$/g, "");
		this.#toProxy({ protocol, host, hostname: bare, port: port || (protocol === "https:" ? "443" : "80") }, callback);
	}
}
