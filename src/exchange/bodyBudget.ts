/** How many bytes of request bodies one process holds at a time, so that no number of clients can fill its memory. */
import { getHeapStatistics } from "node:v8";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import { largeBytes } from "../json/turns.js";
import { memoryLimitBytes } from "../settings/processLimits.js";
import type { Settings } from "../settings/settings.js";
import { idleCollection } from "./idleCollection.js";
import { type Place, WaitingLine } from "./waitingLine.js";

/** The share of memory for bodies: each is also a text for a moment, and then parsed values. */
const shareOfMemory = 1 / 8;
/** Large bodies leave the rest to small ones. */
const shareOfLarge = 3 / 4;

/** Each keeps its connection, and what the kernel has read of its body. */
const mostWaiting = 1000;

/** A complaint says for this long that bodies are refused. */
const complaintEveryMs = 10_000;

/** The memory that one request's body takes, from its first byte until the request is over. */
export interface BodyHold {
	/** So much more at once, unless it has been released. @throws GatewayError 503 when there is no room for it */
	add(bytes: number): void;
	/**
	 * So much more as soon as there is room for it.
	 *
	 * @returns undefined if there is room now; else it rejects if there is none in time, or when it is released meanwhile
	 * @throws GatewayError 503 when there is no room for it, and too many wait already
	 */
	take(bytes: number): Promise<void> | undefined;
	release(): void;
}

export interface BodyBudget {
	readonly heldBytes: number;
	/** Bodies that wait for room. */
	readonly waiting: number;
	hold(): BodyHold;
	/** Nobody gets room any more who hasn't got it. @param reason what those are told who wait */
	close(reason: GatewayError): void;
	/** The process has started for this alone: when it is quiet, what that took is given back. */
	noteStart(): void;
}

export interface BodyBudgetOptions {
	readonly maxBytes: number;
	/** The longest time in all that a body waits for room; 0 if none does. */
	readonly waitMs: number;
	complain(line: string): void;
	/** Called for each request whose body waits, and for each that is refused. */
	count(event: "waited" | "refused"): void;
}

export function createBodyBudget({ maxBytes, waitMs, complain, count }: BodyBudgetOptions): BodyBudget {
	const maxLargeBytes = maxBytes * shareOfLarge;
	const largeLine = new WaitingLine();
	const smallLine = new WaitingLine();
	let heldBytes = 0;
	let largeBodies = 0;
	let quietUntil = 0;
	let closed: GatewayError | undefined;
	const collection = idleCollection(() => heldBytes === 0);

	function refuse(): GatewayError {
		count("refused");
		const now = performance.now();
		if (now >= quietUntil) {
			quietUntil = now + complaintEveryMs;
			complain(
				`worker ${process.pid} holds ${Math.round(heldBytes / 1024)} of ${Math.round(maxBytes / 1024)} KB of request bodies, and refuses more with 503 (--body-budget)`,
			);
		}
		return new GatewayError(503, "The gateway holds as many request bodies as it has memory for. Try again soon.", {
			code: "body_budget_used_up",
			headers: { "retry-after": "1" },
		});
	}

	function hold(): BodyHold {
		let own = 0;
		let isLarge = false;
		let isOver = false;
		let leftMs = waitMs;
		let place: Place | undefined;
		/** @returns whether there was room */
		const enter = (bytes: number) => {
			const becomesLarge = own + bytes > largeBytes;
			const others = largeBodies - (isLarge ? 1 : 0);
			// One that there never is room for has its turn when no other large one is there.
			const isRoom = heldBytes + bytes <= (becomesLarge ? maxLargeBytes : maxBytes);
			if (!isRoom && !(own + bytes > maxLargeBytes && others === 0)) return false;
			if (becomesLarge && !isLarge) {
				isLarge = true;
				largeBodies += 1;
			}
			own += bytes;
			heldBytes += bytes;
			return true;
		};
		const wait = async (line: WaitingLine, bytes: number) => {
			if (leftMs === waitMs) count("waited");
			const since = performance.now();
			place = line.join({ enter: () => enter(bytes), isAhead: own > 0, maxMs: leftMs, late: refuse });
			await place.entered;
			leftMs = Math.max(0, leftMs - (performance.now() - since));
		};
		return {
			// Bytes of a request whose client has gone are dropped.
			add(bytes) {
				if (!isOver && !enter(bytes)) throw refuse();
			},
			take(bytes) {
				if (isOver) return undefined;
				const line = own + bytes > largeBytes ? largeLine : smallLine;
				const isFirst = line.length === 0 || own > 0;
				if (isFirst && enter(bytes)) return undefined;
				if (closed !== undefined) throw closed;
				if (leftMs === 0 || largeLine.length + smallLine.length >= mostWaiting) throw refuse();
				return wait(line, bytes);
			},
			release() {
				isOver = true;
				heldBytes -= own;
				collection.noteFreed(own);
				own = 0;
				if (isLarge) largeBodies -= 1;
				isLarge = false;
				place?.leave(clientGone());
				largeLine.advance();
				smallLine.advance();
			},
		};
	}

	return {
		get heldBytes() {
			return heldBytes;
		},
		get waiting() {
			return largeLine.length + smallLine.length;
		},
		noteStart: collection.noteStart,
		hold,
		close(reason) {
			closed = reason;
			largeLine.dissolve(reason);
			smallLine.dissolve(reason);
		},
	};
}

/** A worker's part of `--body-budget`, or of what there is. */
export function bodyBudgetOf({ bodyBudgetBytes, workers }: Pick<Settings, "bodyBudgetBytes" | "workers">): number {
	if (bodyBudgetBytes !== undefined) return bodyBudgetBytes / workers;
	// Their texts and values are on the heap.
	return Math.min((memoryLimitBytes() * shareOfMemory) / workers, getHeapStatistics().heap_size_limit / 4);
}
