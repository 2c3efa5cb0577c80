/**
 * Gives memory back after large bodies, and after the start. V8 collects garbage as it allocates, so that a process with nothing to do would keep
 * gigabytes of it for a minute or more.
 */
import { collectGarbage, settledMs } from "./collectGarbage.js";

/** Less is not worth a collection, which takes some tens of milliseconds. */
const worthBytes = 64 * 1024 * 1024;
/**
 * Smaller bodies don't count: V8 collects them as it goes. While no request is in the process, a collection takes the code with it that
 * V8 has optimized for the objects of requests, and the next thousands of requests have it compiled anew.
 */
const smallBytes = 64 * 1024;
/** After so many bodies V8 has optimized code for requests, and has collected what the start left as it went. */
const manyBodies = 500;
/** With so long no body in the process, nobody waits for it. */
const quietMs = 1000;

/** @param isIdle whether no body is held */
export function idleCollection(isIdle: () => boolean, collect: () => void = collectGarbage) {
	let freedBytes = 0;
	let soon: NodeJS.Timeout | undefined;
	let later: NodeJS.Timeout | undefined;
	/** Until what the start left needs no collection of its own any more. */
	let bodiesLeft = 0;

	function tryNow(): void {
		soon = undefined;
		if (!isIdle()) return;
		freedBytes = 0;
		bodiesLeft = 0;
		collect();
		tryLater();
	}

	/** What is new keeps the space that it had under load until it is collected in a process that rests. */
	function tryLater(): void {
		clearTimeout(later);
		later = setTimeout(() => {
			later = undefined;
			if (isIdle()) collect();
		}, settledMs).unref();
	}

	function forgetStart(): void {
		freedBytes -= worthBytes;
		clearTimeout(soon);
		soon = undefined;
	}

	return {
		/** The process starts, which leaves much garbage. */
		noteStart(): void {
			freedBytes = worthBytes;
			bodiesLeft = manyBodies;
			soon = setTimeout(tryNow, settledMs).unref();
		},
		/** A body is no longer held. */
		noteFreed(bytes: number): void {
			later?.refresh();
			if (bytes > smallBytes) freedBytes += bytes;
			if (bodiesLeft > 0) {
				bodiesLeft -= 1;
				if (bodiesLeft === 0) forgetStart();
			}
			if (freedBytes < worthBytes || !isIdle()) return;
			if (soon === undefined) soon = setTimeout(tryNow, quietMs).unref();
			else soon.refresh();
		},
	};
}
