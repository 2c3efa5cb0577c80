/** A client's WebSocket: its frames in, its turns in their lanes, and the events of their answers out. */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { asGatewayError } from "../errors/gatewayError.js";
import type { BodyBudget, BodyHold } from "../exchange/bodyBudget.js";
import { parseObject } from "../json/parseObject.js";
import { ClientLines } from "../upstream/lines/clientLines.js";
import { Arrival } from "./arrival.js";
import { type ClientFrame, FrameError, readFrame } from "./clientFrame.js";
import { Lanes } from "./lanes.js";
import type { Remembered, SocketMemories, SocketMemory } from "./memory.js";
import { ageError, type ErrorWords, errorFrame, errorFrameOf, injectFailed, steerFailed } from "./serverFrames.js";
import { textFrames } from "./textFrames.js";
import { Turn, type TurnKind, type TurnPaths, type TurnPlace } from "./turn.js";
import type { TurnBody } from "./turnBody.js";
import { type TurnHead, TurnRequest, TurnResponse } from "./turnMessages.js";

/** Frames that wait; a client that sends more is read no further until some have had their turn. */
const most = { frames: 64, bytes: 1024 * 1024 };

/** Close codes of RFC 6455 §7.4.1 and IANA's registry. */
export const closeCodes = {
	normal: 1000,
	away: 1001,
	policy: 1008,
	failed: 1011,
	restart: 1012,
	later: 1013,
} as const;

/** A client's WebSocket, as all of a worker's are looked after. */
export interface OpenSocket {
	readonly openedMs: number;
	/** It lasts as long as one session with an upstream. */
	readonly isSession: boolean;
	/** The worker stops. */
	drain(): void;
	/** It has lived as long as it may. */
	expire(ageMs: number): void;
	/** Closes it at once, whatever is under way. */
	cut(): void;
	/** Looks whether the client is still there. @returns whether it is */
	ping(): boolean;
	/** Ends it if a message takes longer to arrive than a request may. */
	checkArrival(maxMs: number, now: number): void;
	/** Ends it if its key does: only a session lives on what its key was at its beginning. */
	checkKey(): void;
}

/** What a socket needs of its worker. */
export interface SocketHouse {
	readonly paths: TurnPaths;
	readonly bodies: BodyBudget;
	readonly memories: SocketMemories;
	/** Whether a turn is to be remembered by its connection. */
	remembers(frame: ClientFrame): boolean;
	/** Longest event that is sent. */
	readonly maxEventBytes: number;
	answer(request: TurnRequest, response: TurnResponse): void;
	countTurn(kind: TurnKind): void;
	closed(socket: OpenSocket): void;
}

export class ClientSocket implements TurnPlace, OpenSocket {
	readonly socket: Socket;
	readonly #ws: WebSocket;
	readonly #head: TurnHead;
	readonly #all: SocketHouse;
	readonly #memory: SocketMemory;
	readonly #lanes: Lanes;
	readonly #lines = new ClientLines();
	readonly openedMs = performance.now();
	readonly isSession = false;
	readonly #arrival: Arrival;
	#isPaused = false;
	/** It takes no more turns, and closes when those it has are over. */
	#isEnding: { code: number; words: ErrorWords | undefined } | undefined;

	constructor(ws: WebSocket, socket: Socket, head: TurnHead, all: SocketHouse) {
		this.#ws = ws;
		this.socket = socket;
		this.#head = head;
		this.#all = all;
		this.#memory = all.memories.open();
		this.#lanes = new Lanes(this.#memory, (turn) => turn.start(all.remembers(turn.frame)));
		// Each turn's response listens to it, and there may be one in each lane.
		socket.setMaxListeners(0);
		this.#arrival = new Arrival(ws, socket, all.bodies, () =>
			ws.close(closeCodes.later, "The gateway has no memory for this message."),
		);
		socket.on("drain", () => this.#lanes.drained());
		socket.on("timeout", () => {
			if (socket.writableLength > 0) ws.terminate();
		});
		ws.on("message", (data: Buffer, isBinary: boolean) => this.#message(data, isBinary));
		ws.on("error", () => {});
		ws.on("close", () => this.#closed());
	}

	get isIdle(): boolean {
		return this.#lanes.isIdle;
	}

	// For its turns.

	find(id: string): Remembered | undefined {
		return this.#memory.find(id);
	}

	send(...data: readonly Buffer[]): void {
		// By hand, since `ws` takes as long for a frame as all else does for an event.
		if (this.#ws.readyState === this.#ws.OPEN) this.socket.write(textFrames(data));
	}

	ask(turn: Turn, { bytes, earlierEnd }: TurnBody): TurnResponse {
		const { paths, maxEventBytes } = this.#all;
		const { isWarmUp, previousId, streamId = "" } = turn.frame;
		const asked = { lines: this.#lines, lane: streamId, previousId, earlier: bytes.subarray(0, earlierEnd) };
		const request = new TurnRequest(this.socket, {
			path: isWarmUp ? paths.warmUp : paths.turn,
			head: this.#head,
			body: bytes,
			turn: isWarmUp ? undefined : asked,
		});
		const response = new TurnResponse(request, turn, maxEventBytes);
		this.#all.answer(request, response);
		return response;
	}

	over(turn: Turn, remembered: Remembered | undefined): void {
		this.#all.countTurn(turn.kind);
		this.#lanes.over(turn, remembered);
		if (this.#isPaused && this.#ws.readyState === this.#ws.OPEN && !this.#isFull()) {
			this.#isPaused = false;
			this.#ws.resume();
		}
		this.#closeIfDue();
	}

	// For the worker.

	drain(): void {
		this.#end(closeCodes.restart);
	}

	expire(ageMs: number): void {
		this.#end(closeCodes.away, ageError(ageMs));
	}

	/** Takes no more turns; those it has come to their end. */
	#end(code: number, words?: ErrorWords): void {
		this.#isEnding ??= { code, words };
		this.#closeIfDue();
	}

	cut(): void {
		this.#ws.terminate();
	}

	ping(): boolean {
		const canAnswer = !this.#isPaused && this.socket.writableLength === 0;
		if (!this.#arrival.isAlive(canAnswer)) return false;
		if (canAnswer && this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
		return true;
	}

	checkArrival(maxMs: number, now: number): void {
		if (!this.#isPaused && this.#arrival.isLate(maxMs, now))
			this.#ws.close(closeCodes.policy, "The message did not arrive in time.");
	}

	/** Each turn is asked for its own. */
	checkKey(): void {}

	#message(data: Buffer, isBinary: boolean): void {
		const hold = this.#arrival.taken();
		let frame: ClientFrame | undefined;
		try {
			if (isBinary) throw new FrameError("invalid_frame", "A frame must be text.");
			frame = readFrame(data);
			this.#take(frame, hold);
		} catch (thrown) {
			hold?.release();
			const error = asGatewayError(thrown);
			this.send(errorFrameOf(error, error instanceof FrameError ? error.streamId : frame?.streamId));
		}
	}

	/** @throws GatewayError */
	#take(frame: ClientFrame, hold: BodyHold | undefined): void {
		const { type, streamId, bytes } = frame;
		if (type === "response.create") {
			if (this.#isEnding?.words !== undefined) this.send(errorFrame(this.#isEnding.words, streamId));
			if (this.#isEnding !== undefined) return;
			this.#lanes.add(new Turn(frame, hold, this));
			this.#pauseIfFull();
			return;
		}
		hold?.release();
		// Codex says so of each response; it changes nothing.
		if (type === "response.processed") return;
		if (type === "response.steer" || type === "response.inject") {
			const { previous_response_id: previous, response_id: id, input } = parseObject(bytes.toString()) ?? {};
			this.send(type === "response.steer" ? steerFailed(previous, input, streamId) : injectFailed(id, input, streamId));
			return;
		}
		const named = type.length > 64 ? "of this type" : `'${type}'`;
		throw new FrameError(
			"unknown_event_type",
			`There is no event ${named}: a turn begins with 'response.create'.`,
			"type",
			streamId,
		);
	}

	#isFull(): boolean {
		return this.#lanes.waitingFrames >= most.frames || this.#lanes.waitingBytes >= most.bytes;
	}

	#pauseIfFull(): void {
		if (this.#isPaused || !this.#isFull()) return;
		this.#isPaused = true;
		this.#ws.pause();
	}

	#closeIfDue(): void {
		if (this.#isEnding === undefined || !this.#lanes.isIdle) return;
		const { code, words } = this.#isEnding;
		if (words !== undefined) this.send(errorFrame(words));
		this.#ws.close(code);
	}

	#closed(): void {
		this.#arrival.release();
		this.#lanes.leave();
		this.#lines.close();
		this.#memory.clear();
		this.#all.closed(this);
	}
}
