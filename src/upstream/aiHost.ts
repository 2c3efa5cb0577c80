/** One AI host: its connections, its credential, and the requests made to it. */
import type { Pool as UndiciPool } from "undici";
// Only the pool: all of undici (fetch, WebSocket, caches, mocks) would cost each worker 10 MB and 50 ms more.
import Pool from "undici/lib/dispatcher/pool.js";
import type { JsonBody } from "../contract/defaults.js";
import type { GatewayError } from "../contract/gatewayError.js";
import type { Target, UpstreamSettings } from "../contract/routes.js";
import type { Settings } from "../contract/settings.js";
import { Answer } from "./answer.js";
import { upstreamFailure } from "./failure.js";
import { headersForHost, type IncomingHeaders } from "./headers.js";
import type { StreamEnd } from "./sse.js";

export interface HostRequest {
	method: string;
	/** Below the host's base path, with its query: `/chat/completions`. */
	path: string;
	requestId: string;
	/** The client's headers; those that concern only the client's own connection are left out. */
	headers: IncomingHeaders;
	body: Pick<JsonBody, "bytes" | "rest"> | undefined;
	/** Longest wait for the first byte, where the operation has its own. */
	timeoutMs: number | undefined;
	/** How a stream ends when it is whole: see EventStream. */
	streamEnd: StreamEnd;
}

export class AiHost {
	/** `https://10.0.0.1:443/v1`, for people. */
	readonly url: string;
	readonly #pool: UndiciPool;
	readonly #basePath: string;
	readonly #credential: string | undefined;
	readonly #limits: { timeoutMs: number; idleTimeoutMs: number; connectTimeoutMs: number };

	constructor({ routing }: Settings) {
		const { url, key, tls, connectTimeoutMs } = routing.upstreams[0] as UpstreamSettings;
		const { timeouts } = routing.routes[0]?.stages[0]?.targets[0] as Target;
		const { origin, pathname } = new URL(url);
		this.url = url;
		this.#basePath = pathname;
		this.#credential = key === undefined ? undefined : `Bearer ${key}`;
		this.#limits = { timeoutMs: timeouts.firstByteMs, idleTimeoutMs: timeouts.idleMs, connectTimeoutMs };
		this.#pool = new Pool(origin, {
			// A stream holds its connection for as long as it lasts, so their number follows the clients'.
			connections: null,
			pipelining: 1,
			connect: {
				timeout: connectTimeoutMs,
				rejectUnauthorized: !tls.insecure,
				...(tls.ca === undefined ? {} : { ca: tls.ca }),
			},
		});
	}

	/** Sends a request. Await the answer's `started` for its status; it rejects with a GatewayError (502, 504). */
	request(request: HostRequest): Answer {
		const { timeoutMs, idleTimeoutMs, connectTimeoutMs } = this.#limits;
		const firstByteMs = request.timeoutMs ?? timeoutMs;
		const answer = new Answer({
			...request.streamEnd,
			describeFailure: (error) => upstreamFailure(error, { timeoutMs: firstByteMs, idleTimeoutMs, connectTimeoutMs }),
		});
		const headers = headersForHost(request.headers, request.requestId, this.#credential);
		const { bytes = null, rest } = request.body ?? {};
		if (bytes && rest) headers.push("content-length", String(bytes.length + rest.length));
		this.#pool.dispatch(
			{
				method: request.method as "GET",
				path: this.#basePath + request.path,
				headers,
				// undici takes any iterable; its types have left that out.
				body: (bytes && rest ? [bytes, rest] : bytes) as Buffer,
				headersTimeout: firstByteMs,
				bodyTimeout: idleTimeoutMs,
			},
			answer,
		);
		return answer;
	}

	/** Ends what is still under way, and its connections. */
	async close(reason: GatewayError): Promise<void> {
		await this.#pool.destroy(reason);
	}
}
