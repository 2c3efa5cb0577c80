/** All WebSockets of a worker's clients, and calls: whether there is a place for one, whether their clients are still there, and their end. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { GatewayError } from "../errors/gatewayError.js";
import type { BodyBudget } from "../exchange/bodyBudget.js";
import type { Settings } from "../settings/settings.js";
import { type CallOwner, CallWatch } from "./callWatch.js";
import type { ClientFrame } from "./clientFrame.js";
import { ClientSession, type SessionOwner } from "./clientSession.js";
import { ClientSocket, type OpenSocket, type SocketHouse } from "./clientSocket.js";
import { SocketMemories } from "./memory.js";
import type { TurnKind, TurnPaths } from "./turn.js";
import { type TurnRequest, type TurnResponse, turnHeadOf } from "./turnMessages.js";
import type { SocketPlaces } from "./worker.js";

/** Answers a request, as the gateway's HTTP server does. */
export type AnswerTurn = (request: TurnRequest, response: TurnResponse) => void;

export type SocketSettings = Pick<
	Settings,
	| "maxWebsocketsPerClient"
	| "websocketAgeMs"
	| "websocketMemoryBytes"
	| "heartbeatMs"
	| "requestTimeoutMs"
	| "maxBodyBytes"
	| "keepResponses"
>;

/** What a worker's sockets need of it. */
export interface SocketSurroundings {
	readonly settings: SocketSettings;
	/** Undefined if there are no sockets. */
	readonly paths: TurnPaths | undefined;
	readonly bodies: BodyBudget;
	readonly places: SocketPlaces;
	/** Counts a turn that is over. */
	countTurn(kind: TurnKind): void;
}

/** A handshake that was let through. */
export interface Admitted {
	readonly request: IncomingMessage;
	readonly socket: Socket;
	/** What the client has sent after it. */
	readonly head: Buffer;
	/** Headers of its answer, besides those of the protocol. */
	readonly headers: OutgoingHttpHeaders;
}

/** How often sockets are looked after, at most. */
const usualTickMs = 1000;
/** V8 has no text of 512 MB. */
const longestText = 511 * 1024 * 1024;
/** The one that OpenAI's and browsers' clients offer beside those that carry a key. */
const sessionProtocol = "realtime";
const usual: ServerOptions = {
	noServer: true,
	clientTracking: false,
	// What is small when compressed may be of any size after it.
	perMessageDeflate: false,
};

export class ClientSockets implements SocketHouse {
	readonly paths: TurnPaths;
	readonly bodies: BodyBudget;
	readonly memories: SocketMemories;
	readonly maxEventBytes = longestText;
	readonly countTurn: (kind: TurnKind) => void;
	/** Set by whoever serves. */
	answer: AnswerTurn = () => {};
	readonly #settings: SocketSettings;
	readonly #places: SocketPlaces;
	readonly #server: WebSocketServer;
	/** For sessions. */
	readonly #sessionServer: WebSocketServer;
	readonly #open = new Set<OpenSocket>();
	readonly #calls = new Set<CallWatch>();
	/** Wait for the end of the last call. */
	readonly #waiting: (() => void)[] = [];
	#timer: NodeJS.Timeout | undefined;
	#pingAtMs = 0;
	#isDraining = false;

	constructor(surroundings: SocketSurroundings) {
		const { settings, paths, bodies, places, countTurn } = surroundings;
		this.#settings = settings;
		this.#places = places;
		this.paths = paths ?? { turn: "", warmUp: "" };
		this.bodies = bodies;
		this.countTurn = countTurn;
		this.memories = new SocketMemories(settings.websocketMemoryBytes);
		// One that is somewhat too large is refused as a body is, and the connection goes on.
		this.#server = new WebSocketServer({
			...usual,
			handleProtocols: () => false,
			maxPayload: Math.min(settings.maxBodyBytes * 2, longestText),
		});
		this.#sessionServer = new WebSocketServer({
			...usual,
			handleProtocols: (protocols) => protocols.has(sessionProtocol) && sessionProtocol,
			maxPayload: Math.min(settings.maxBodyBytes, longestText),
		});
	}

	/** Responses that are kept are known by their ids wherever a client goes on; others only here, as those made ready are. */
	remembers({ store, isWarmUp }: ClientFrame): boolean {
		const { keepResponses } = this.#settings;
		const isKept = keepResponses === "default" ? store !== false : keepResponses === "asked" && store === true;
		return this.memories.maxBytes > 0 && (isWarmUp || !isKept);
	}

	/** Those that are sessions, and calls. */
	get sessions(): number {
		let sessions = 0;
		for (const one of this.#open) if (one.isSession) sessions += 1;
		return sessions;
	}

	get count(): number {
		return this.#open.size;
	}

	/**
	 * Takes a place for a client, which it has until its connection closes.
	 *
	 * @param client a key or an address
	 * @throws GatewayError 429 or 503 if there is none
	 */
	async takePlace(client: string, connection: Socket): Promise<void> {
		await this.takePlaceUntil(client, (release) => {
			if (connection.closed) release();
			else connection.once("close", release);
		});
	}

	/**
	 * The same for what has no connection of its own.
	 *
	 * @param over is given what is to be called when the place is free again
	 * @throws GatewayError 429 or 503 if there is none
	 */
	async takePlaceUntil(client: string, over: (release: () => void) => void): Promise<void> {
		this.#refuseIfDraining();
		const taking = await this.#places.take(client);
		if (taking === "gateway full")
			throw refused(503, "Too many WebSockets are open. Try again later.", "too_many_websockets");
		if (taking === "client full")
			throw refused(
				429,
				`This client has ${this.#settings.maxWebsocketsPerClient} WebSockets open, which is as many as it may have (--max-websockets-per-client).`,
				"too_many_websockets",
			);
		over(() => this.#places.release(client));
		this.#refuseIfDraining();
	}

	#refuseIfDraining(): void {
		if (this.#isDraining)
			throw refused(503, "This part of the gateway is stopping. Connect again.", "gateway_stopping");
	}

	/** Completes the handshake of a WebSocket of responses. */
	open(admitted: Admitted): void {
		const { request, socket } = admitted;
		const turnHead = turnHeadOf(request);
		this.#upgrade(admitted, this.#server, (ws) => new ClientSocket(ws, socket, turnHead, this));
	}

	/** Completes the handshake of a session. @returns undefined if the client has gone */
	openSession(admitted: Admitted, owner: SessionOwner): ClientSession | undefined {
		let session: ClientSession | undefined;
		this.#upgrade(admitted, this.#sessionServer, (ws) => {
			session = new ClientSession(ws, admitted.socket, owner, this);
			return session;
		});
		return session;
	}

	#upgrade(
		{ request, socket, head, headers }: Admitted,
		server: WebSocketServer,
		make: (ws: WebSocket) => OpenSocket,
	): void {
		const addHeaders = (lines: string[]) => {
			for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
		};
		server.on("headers", addHeaders);
		server.handleUpgrade(request, socket, head, (ws: WebSocket) => {
			this.#add(make(ws));
		});
		server.off("headers", addHeaders);
	}

	/** Looks after a call, which has no WebSocket of a client's. */
	watch(owner: CallOwner): CallWatch {
		const watch = new CallWatch(owner, (call) => {
			this.#calls.delete(call);
			this.closed(call);
			if (this.#calls.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
		});
		this.#calls.add(watch);
		this.#add(watch);
		watch.start();
		return watch;
	}

	/** Resolves when there are no calls. */
	callsOver(): Promise<void> {
		return this.#calls.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
	}

	/** Ends all calls. Resolves when their upstreams have been told. */
	async endCalls(reason: GatewayError): Promise<void> {
		await Promise.all([...this.#calls].map((call) => call.stop(reason)));
	}

	#add(one: OpenSocket): void {
		this.#open.add(one);
		this.#timer ??= this.#startTimer();
	}

	closed(one: OpenSocket): void {
		if (!this.#open.delete(one)) return;
		if (this.#open.size > 0) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/**
	 * Takes no more turns: idle sockets close at once, all others when their turns are over. Clients connect again elsewhere.
	 * Sessions stay.
	 */
	drain(): void {
		this.#isDraining = true;
		for (const one of this.#open) one.drain();
	}

	/** Closes all of them, whatever is under way. */
	cut(): void {
		for (const one of this.#open) one.cut();
	}

	#startTimer(): NodeJS.Timeout {
		const { heartbeatMs, websocketAgeMs } = this.#settings;
		const tickMs = Math.min(usualTickMs, websocketAgeMs, heartbeatMs || usualTickMs);
		this.#pingAtMs = performance.now() + heartbeatMs;
		return setInterval(() => this.#look(performance.now()), tickMs).unref();
	}

	#look(now: number): void {
		const { heartbeatMs, websocketAgeMs, requestTimeoutMs } = this.#settings;
		const pings = heartbeatMs > 0 && now >= this.#pingAtMs;
		if (pings) this.#pingAtMs = now + heartbeatMs;
		for (const one of this.#open) {
			if (now - one.openedMs >= websocketAgeMs) one.expire(websocketAgeMs);
			one.checkArrival(requestTimeoutMs, now);
			one.checkKey();
			if (pings && !one.ping()) one.cut();
		}
	}
}

function refused(status: number, message: string, code: string): GatewayError {
	return new GatewayError(status, message, { code, headers: { "retry-after": "1" } });
}
