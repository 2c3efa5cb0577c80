/** Finds out that a database server has stopped answering, and spares everybody the wait for it. */
import { StoreError } from "./store.js";

export interface WatchedDatabase {
	/** Settles soon, whatever the server does. @throws Error if the server doesn't answer */
	ping(): Promise<void>;
	/** Drops all connections, with what is under way on them. */
	reset(): void;
}

export interface Watch {
	/** @throws StoreError `unavailable` soon if the server doesn't answer, and at once while that is known */
	run<Result>(call: () => Promise<Result>): Promise<Result>;
	close(): void;
}

/** A call that takes this long may have met a server that hangs, or have much to do. */
const slowMs = 1_000;
/** How often one that hangs is asked whether it is back. */
const restMs = 500;

export function watchDatabase({ ping, reset }: WatchedDatabase): Watch {
	const waiting = new Set<(error: StoreError) => void>();
	let isDown = false;
	let isClosed = false;
	let isChecking = false;
	let rest: NodeJS.Timeout | undefined;

	function check(): void {
		if (isChecking || isDown) return;
		isChecking = true;
		// Twice: a process that was busy itself hears the first answer too late.
		ping()
			.catch(() => ping())
			.catch(goDown)
			.finally(() => {
				isChecking = false;
			});
	}

	function goDown(): void {
		isDown = true;
		for (const fail of waiting) fail(silent());
		reset();
		restAndAsk();
	}

	function restAndAsk(): void {
		if (isClosed) return;
		const comeBack = () => {
			isDown = false;
		};
		rest = setTimeout(() => ping().then(comeBack, restAndAsk), restMs).unref();
	}

	return {
		run(call) {
			if (isDown) return Promise.reject(silent());
			return new Promise((resolve, reject) => {
				const timer = setInterval(check, slowMs).unref();
				const done = () => {
					clearInterval(timer);
					waiting.delete(fail);
				};
				const fail = (error: unknown) => {
					done();
					reject(error);
				};
				waiting.add(fail);
				call().then((result) => {
					done();
					resolve(result);
				}, fail);
			});
		},
		close() {
			isClosed = true;
			clearTimeout(rest);
		},
	};
}

function silent(): StoreError {
	return new StoreError("unavailable", "the database server doesn't answer");
}

/** For a database that is no server. */
export const unwatched: Watch = { run: (call) => call(), close() {} };
