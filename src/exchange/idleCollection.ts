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
/** With so long no body in the process, nobody waits for it. */
const quietMs = 1000;

/** @param isIdle whether no body is held */
export function idleCollection(isIdle: () => boolean, collect: () => void = collectGarbage) {
	let freedBytes = 0;
	let soon: NodeJS.Timeout | undefined;
	let later: NodeJS.Timeout | undefined;

	function tryNow(): void {
		soon = undefined;
		if (!isIdle()) return;
		freedBytes = 0;
		collect();
		tryLater();
	}

	/** What is new keeps the space that it had under load until it is collected in a process that rests. */
	function tryLater(): void {
		clearTimeout(later);
		later = setTimeout(() => {
			if (isIdle()) collect();
		}, settledMs).unref();
	}

	return {
		/** The process starts, which leaves much garbage. */
		noteStart(): void {
			freedBytes = worthBytes;
			soon = setTimeout(tryNow, settledMs).unref();
		},
		/** A body is no longer held. */
		noteFreed(bytes: number): void {
			if (bytes > smallBytes) freedBytes += bytes;
			if (freedBytes < worthBytes || !isIdle()) return;
			if (soon === undefined) soon = setTimeout(tryNow, quietMs).unref();
			else soon.refresh();
		},
	};
}
