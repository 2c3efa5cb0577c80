/**
 * Gives memory back after large bodies, and after the start. V8 collects garbage as it allocates, so that a process with nothing to do would keep
 * gigabytes of it for a minute or more.
 */
import { collectGarbage } from "./collectGarbage.js";

/** Less is not worth a collection, which takes some tens of milliseconds. */
const worthBytes = 64 * 1024 * 1024;
/** With so long no body in the process, nobody waits for it. */
const quietMs = 1000;
/** By then a worker has compiled its validators. */
const startedMs = 5000;

/** @param isIdle whether no body is held */
export function idleCollection(isIdle: () => boolean, collect: () => void = collectGarbage) {
	let freedBytes = 0;
	let timer: NodeJS.Timeout | undefined;
	const tryNow = () => {
		timer = undefined;
		if (!isIdle()) return;
		freedBytes = 0;
		collect();
	};
	return {
		/** The process starts, which leaves much garbage. */
		noteStart(): void {
			freedBytes = worthBytes;
			timer = setTimeout(tryNow, startedMs).unref();
		},
		/** A body is no longer held. */
		noteFreed(bytes: number): void {
			freedBytes += bytes;
			if (freedBytes < worthBytes || !isIdle()) return;
			if (timer === undefined) timer = setTimeout(tryNow, quietMs).unref();
			else timer.refresh();
		},
	};
}
