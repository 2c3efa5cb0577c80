/** How many bytes of request bodies one process holds at a time, so that no number of clients can fill its memory. */
import { getHeapStatistics } from "node:v8";
import { GatewayError } from "../errors/gatewayError.js";
import { largeBytes } from "../json/turns.js";
import { memoryLimitBytes } from "../settings/processLimits.js";
import type { Settings } from "../settings/settings.js";
import { idleCollection } from "./idleCollection.js";

/** The share of memory for bodies: each is also a text for a moment, and then parsed values. */
const shareOfMemory = 1 / 8;
/** Large bodies leave the rest to small ones. */
const shareOfLarge = 3 / 4;

/** A complaint says for this long that bodies are refused. */
const complaintEveryMs = 10_000;

/** The memory that one request's body takes, from its first byte until the request is over. */
export interface BodyHold {
	/** So much more, unless it has been released. @throws GatewayError 503 when there is no room for it */
	add(bytes: number): void;
	release(): void;
}

export interface BodyBudget {
	readonly heldBytes: number;
	hold(): BodyHold;
	/** The process has started for this alone: when it is quiet, what that took is given back. */
	noteStart(): void;
}

/** @param refused is called for each request that is refused */
export function createBodyBudget(maxBytes: number, complain: (line: string) => void, refused: () => void): BodyBudget {
	const maxLargeBytes = maxBytes * shareOfLarge;
	let heldBytes = 0;
	let largeBodies = 0;
	let quietUntil = 0;
	const collection = idleCollection(() => heldBytes === 0);

	function refuse(): GatewayError {
		refused();
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

	return {
		get heldBytes() {
			return heldBytes;
		},
		noteStart: collection.noteStart,
		hold() {
			let own = 0;
			let isLarge = false;
			let isOver = false;
			return {
				add(bytes) {
					// Bytes of a request whose client has gone are dropped.
					if (isOver) return;
					const becomesLarge = own + bytes > largeBytes;
					const others = largeBodies - (isLarge ? 1 : 0);
					// One that there never is room for has its turn when no other large one is there.
					const isRoom = heldBytes + bytes <= (becomesLarge ? maxLargeBytes : maxBytes);
					if (!isRoom && !(own + bytes > maxLargeBytes && others === 0)) throw refuse();
					if (becomesLarge && !isLarge) {
						isLarge = true;
						largeBodies += 1;
					}
					own += bytes;
					heldBytes += bytes;
				},
				release() {
					isOver = true;
					heldBytes -= own;
					collection.noteFreed(own);
					own = 0;
					if (isLarge) largeBodies -= 1;
					isLarge = false;
				},
			};
		},
	};
}

/** A worker's part of `--body-budget`, or of what there is. */
export function bodyBudgetOf({ bodyBudgetBytes, workers }: Pick<Settings, "bodyBudgetBytes" | "workers">): number {
	if (bodyBudgetBytes !== undefined) return bodyBudgetBytes / workers;
	// Their texts and values are on the heap.
	return Math.min((memoryLimitBytes() * shareOfMemory) / workers, getHeapStatistics().heap_size_limit / 4);
}
