/** One upstream: its connections, its credential, and the requests made to it. */
import type { Pool as UndiciPool } from "undici";
// Only the pool: all of undici (fetch, WebSocket, caches, mocks) would cost each worker 10 MB and 50 ms more.
import Pool from "undici/lib/dispatcher/pool.js";

import type { Dialect } from "../dialects/dialect.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { type BodyStream, isBodyStream } from "../forms/form.js";
import { type BodyBytes, lengthOfAll, piecesOf } from "../json/bodyBytes.js";
import { fromRoot, type HeaderList, type Provider, type Signer } from "../providers/provider.js";
import { type FoundServer, foundProvider, providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";
import {
	type Credential,
	headersForUpstream,
	type IncomingHeaders,
	maxResponseHeaderBytes,
	withoutDialects,
} from "./headers.js";
import { acceptContinue } from "./informational.js";
import type { LimitedHandler } from "./limitedHandler.js";
import type { LineTurn } from "./lines/lineTurn.js";
import { LineWay } from "./lines/lineWay.js";
import { handshakeHeaders } from "./lines/openSocket.js";
import type { SessionRequest } from "./lines/session.js";
import { UpstreamSession } from "./lines/upstreamSession.js";
import { type Passing, passingPath, uploadStream } from "./passing.js";
import { ProxiedWay } from "./proxiedWay.js";
import { Received } from "./received.js";
import { ownTokens, signerOf, type Tokens } from "./tokens/tokens.js";
import { noCredential } from "./upstreamFailure.js";
import { UpstreamQuery } from "./upstreamQuery.js";

acceptContinue();

export interface UpstreamRequest {
	method: string;
	/** Below the upstream's base path: `/chat/completions`. */
	path: string;
	/** The client's query, with its question mark, or empty. */
	search: string;
	requestId: string;
	/** The client's headers; those that concern only the client's own connection are left out. */
	headers: IncomingHeaders;
	/** Undefined for a request over HTTP. */
	turn?: LineTurn | undefined;
	/** Undefined for whatever has an answer over HTTP. */
	session?: SessionRequest | undefined;
	/** The client's credentials that are none of the gateway's, if `headers` come without any: for `passthroughAuth`. */
	clientCredentials?: IncomingHeaders | undefined;
	/** It passes unread, at the host's own path. */
	passing?: Passing | undefined;
}

export interface PathRequest {
	readonly dialect: Dialect | undefined;
	/** As the upstream names it. */
	readonly model: string | undefined;
	readonly isStream: boolean;
	readonly isTranslated: boolean;
	/** The client's query means nothing there, as where the request is translated. */
	readonly isOwnForm?: boolean | undefined;
}

export interface Sending {
	/** As `pathOf` has found it. */
	readonly path: string;
	/** The headers of the client's dialect mean nothing there. */
	readonly isOwnForm: boolean;
	/** As the upstream names it. */
	readonly model: string;
	/** The upstream may be asked over a WebSocket. */
	readonly mayUseLine: boolean;
}

const none: HeaderList = [];

/** Undefined for a body in one piece, whose length undici sees. */
function lengthOfPieces(pieces: readonly Buffer[]): number | undefined {
	return pieces.length > 1 ? lengthOfAll(pieces) : undefined;
}

export class Upstream {
	readonly settings: UpstreamSettings;
	#provider: Provider;
	readonly #pool: UndiciPool;
	readonly #basePath: string;
	readonly #query: UpstreamQuery | undefined;
	readonly #way: ProxiedWay | undefined;
	readonly #credential: Credential;
	readonly #signer: Signer | undefined;
	readonly #lines: LineWay;
	readonly #sessions = new Set<UpstreamSession>();
	#closed: GatewayError | undefined;

	constructor(settings: UpstreamSettings, tokens: Tokens = ownTokens) {
		const { url, query, proxy, key, tls, connectTimeoutMs, maxConnections } = settings;
		const { origin, pathname } = new URL(url);
		this.#query = query === undefined ? undefined : new UpstreamQuery(query);
		this.settings = settings;
		this.#provider = providerOf(settings);
		this.#basePath = pathname === "/" ? "" : pathname;
		this.#credential = {
			own: key === undefined || settings.passthroughAuth ? [] : this.#provider.authorize(key),
			forwardsClients: settings.passthroughAuth === true || (key === undefined && settings.forwardsCredential),
			headers: Object.entries(settings.headers),
			usual: this.#provider.headers ?? [],
		};
		this.#signer = settings.passthroughAuth ? undefined : signerOf(settings, tokens);
		const options = {
			timeout: connectTimeoutMs,
			rejectUnauthorized: !tls.insecure,
			...(tls.ca === undefined ? {} : { ca: tls.ca }),
			...(tls.cert === undefined ? {} : { cert: tls.cert }),
			...(tls.key === undefined ? {} : { key: tls.key }),
			...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
		};
		this.#lines = new LineWay(
			settings,
			proxy === undefined && (settings.webSocket ?? this.#provider.servesWebSocket ?? false),
		);
		this.#way = proxy === undefined ? undefined : new ProxiedWay(proxy, url, options);
		this.#pool = new Pool(origin, {
			// A stream holds its connection for as long as it lasts, so their number follows the clients'.
			connections: maxConnections ?? null,
			pipelining: 1,
			maxHeaderSize: maxResponseHeaderBytes,
			connect: this.#way?.connect ?? options,
		});
	}

	get provider(): Provider {
		return this.#provider;
	}

	/** The upstream has said who it is, and what it speaks. */
	noteServer(server: FoundServer | undefined): void {
		this.#provider = foundProvider(this.settings, server);
	}

	/**
	 * Sends a request, whose answer goes to the handler.
	 *
	 * @param sending in which dialect, and for which model
	 */
	dispatch(
		request: UpstreamRequest,
		body: BodyBytes | BodyStream | undefined,
		handler: LimitedHandler,
		sending: Sending,
	): void {
		if (this.#closed) {
			handler.onResponseError?.(undefined as never, this.#closed);
			return;
		}
		const { clientCredentials } = request;
		const given = sending.isOwnForm ? withoutDialects(request.headers) : request.headers;
		const clients = this.settings.passthroughAuth && clientCredentials ? { ...given, ...clientCredentials } : given;
		const headers = headersForUpstream(clients, request.requestId, this.#credential, handler.headers);
		const upload = request.passing?.upload;
		const coding = upload?.headers["content-encoding"];
		if (coding !== undefined) headers.push("content-encoding", coding);
		const stream =
			upload !== undefined ? uploadStream(upload) : body !== undefined && isBodyStream(body) ? body : undefined;
		const pieces = body === undefined || isBodyStream(body) ? [] : piecesOf(body);
		const length = stream === undefined ? lengthOfPieces(pieces) : stream.length;
		if (length !== undefined) headers.push("content-length", String(length));
		const path = this.#way === undefined ? sending.path : this.#way.pathOf(sending.path, headers);
		const send = (signed: HeaderList) => {
			handler.shown = signed;
			for (const [name, value] of signed) headers.push(name, value);
			const overHttp = () =>
				this.#pool.dispatch(
					{
						method: request.method as "GET",
						path,
						headers,
						// undici takes any iterable; its types have left that out.
						body: (stream?.open() ?? (pieces.length > 1 ? pieces : (pieces[0] ?? null))) as Buffer,
						headersTimeout: handler.limits.firstByteMs,
						bodyTimeout: handler.limits.idleMs,
					},
					new Received(handler),
				);
			if (request.session !== undefined) this.#openSession(request.session, headers, handler, sending);
			else if (
				request.turn === undefined ||
				body === undefined ||
				isBodyStream(body) ||
				!sending.mayUseLine ||
				!this.#lines.isOpen
			)
				overHttp();
			else this.#lines.ask({ turn: request.turn, path, headers, body, handler, overHttp });
		};
		const signed = this.#signer?.headersFor({
			method: request.method,
			url: new URL(path, this.settings.url),
			body: pieces,
		});
		if (!(signed instanceof Promise)) send(signed ?? none);
		else signed.then(send, (error) => handler.onResponseError?.(undefined as never, noCredential(error)));
	}

	#openSession(request: SessionRequest, headers: string[], handler: LimitedHandler, { path, model }: Sending): void {
		const { first, format } = request;
		const named = this.#provider.modelInSession?.(model, this.#basePath) ?? model;
		const renamed = first && { ...first, frame: format.renamed(first.frame, named) };
		const session = new UpstreamSession({
			url: new URL(path, this.settings.url).href,
			headers: handshakeHeaders(headers),
			settings: this.settings,
			way: this.#way,
			request: { format, first: renamed },
			handler,
			over: (one) => void this.#sessions.delete(one),
		});
		this.#sessions.add(session);
		session.start();
	}

	/** It has refused these headers that it was shown. @returns whether it may be shown others in their place */
	renewCredential(shown: HeaderList): boolean {
		return this.#signer?.renew?.(shown) ?? false;
	}

	/** Without a proxy's part. @throws GatewayError 400 for a model that can't stand in it */
	pathOf({ path: asked, search, passing }: UpstreamRequest, facts: PathRequest): string {
		const { dialect, model, isStream, isTranslated, isOwnForm } = facts;
		if (passing !== undefined) return this.#withQuery(passingPath(this.#basePath, asked) + search);
		const named = isTranslated ? asked : (dialect?.path?.renamed(asked, model ?? "") ?? asked);
		const own = this.#provider.path({ dialect, path: named, model, isStream, isTranslated, basePath: this.#basePath });
		const below = own.startsWith(fromRoot) ? own.slice(fromRoot.length) : this.#basePath + own;
		// A query of the client's dialect means nothing to another.
		return this.#withQuery(isTranslated || isOwnForm || this.#provider.dropsQuery?.(dialect) ? below : below + search);
	}

	#withQuery(path: string): string {
		return this.#query === undefined ? path : this.#query.addedTo(path);
	}

	/** This worker's connections. */
	get connections(): { busy: number; idle: number } {
		const { connected, free } = this.#pool.stats;
		return { busy: connected - free, idle: free };
	}

	/** Ends what is still under way, and its connections. */
	async close(reason: GatewayError): Promise<void> {
		this.#closed = reason;
		this.#lines.close(reason);
		for (const session of this.#sessions) session.abort(reason);
		await this.#pool.destroy(reason);
	}
}
