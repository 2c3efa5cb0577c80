/** The lanes of a connection: in each, one turn after the other, and several lanes at the same time. */
import { FrameError } from "./clientFrame.js";
import type { Remembered, SocketMemory } from "./memory.js";
import type { Turn } from "./turn.js";

/** As OpenAI has it. */
const mostUnderWay = 16;
const mostNamed = 32;

interface Lane {
	readonly waiting: Turn[];
	turn: Turn | undefined;
	/** The ids of its thread that the connection remembers. */
	thread: string[];
}

export class Lanes {
	readonly #memory: SocketMemory;
	readonly #start: (turn: Turn) => void;
	/** The one without a name. */
	readonly #own: Lane = newLane();
	#named: Map<string, Lane> | undefined;
	#underWay = 0;
	waitingFrames = 0;
	waitingBytes = 0;

	constructor(memory: SocketMemory, start: (turn: Turn) => void) {
		this.#memory = memory;
		this.#start = start;
	}

	get isIdle(): boolean {
		return this.#underWay === 0 && this.waitingFrames === 0;
	}

	/** @throws FrameError if there are too many lanes */
	add(turn: Turn): void {
		const lane = this.#laneOf(turn);
		lane.waiting.push(turn);
		this.waitingFrames += 1;
		this.waitingBytes += turn.frame.bytes.length;
		this.#next(lane);
	}

	over(turn: Turn, remembered: Remembered | undefined): void {
		const lane = this.#laneOf(turn);
		lane.turn = undefined;
		this.#underWay -= 1;
		this.#remember(lane, turn.parentId, remembered);
		this.#next(lane);
		if (this.waitingFrames > 0) for (const other of this.#all()) this.#next(other);
	}

	/** The connection takes more again. */
	drained(): void {
		if (this.#underWay > 0) for (const { turn } of this.#all()) turn?.drained();
	}

	/** The client has gone. */
	leave(): void {
		for (const lane of this.#all()) {
			const turns = lane.waiting.splice(0);
			if (lane.turn !== undefined) turns.push(lane.turn);
			for (const turn of turns) turn.leave();
		}
		this.waitingFrames = 0;
	}

	#laneOf({ frame: { streamId } }: Turn): Lane {
		if (streamId === undefined) return this.#own;
		this.#named ??= new Map();
		const known = this.#named.get(streamId);
		if (known !== undefined) return known;
		if (this.#named.size >= mostNamed)
			throw new FrameError(
				"websocket_stream_limit_reached",
				`This WebSocket connection has reached its maximum number of distinct stream IDs (${mostNamed}). Reuse an existing stream_id or open a new WebSocket connection.`,
				"stream_id",
				streamId,
			);
		const lane = newLane();
		this.#named.set(streamId, lane);
		return lane;
	}

	*#all(): Generator<Lane> {
		yield this.#own;
		if (this.#named !== undefined) yield* this.#named.values();
	}

	#next(lane: Lane): void {
		if (lane.turn !== undefined || this.#underWay >= mostUnderWay) return;
		const turn = lane.waiting.shift();
		if (turn === undefined) return;
		this.waitingFrames -= 1;
		this.waitingBytes -= turn.frame.bytes.length;
		lane.turn = turn;
		this.#underWay += 1;
		this.#start(turn);
	}

	/** A turn that goes on from none of its lane's begins a new thread there, and the old one is forgotten. */
	#remember(lane: Lane, parentId: string | undefined, remembered: Remembered | undefined): void {
		if (remembered === undefined) {
			// As OpenAI does: what a failed turn went on from is not gone on from any more.
			if (parentId !== undefined) this.#memory.forget(parentId);
			return;
		}
		const goesOn = parentId !== undefined && lane.thread.includes(parentId);
		for (const id of goesOn ? [] : lane.thread) this.#memory.forget(id);
		if (goesOn) lane.thread.push(remembered.id);
		else lane.thread = [remembered.id];
		this.#memory.keep(remembered);
	}
}

function newLane(): Lane {
	return { waiting: [], turn: undefined, thread: [] };
}
