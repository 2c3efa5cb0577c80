/** Detects that a database server has stopped answering, so that calls fail at once instead of waiting. */
import { StoreError } from "./store.js";

export interface WatchedDatabase {
	/** Settles within seconds, whatever the server does. @throws Error if the server doesn't answer */
	ping(): Promise<void>;
	/** Drops all connections and the queries on them. */
	reset(): void;
}

export interface Watch {
	/** @throws StoreError `unavailable` after seconds if the server doesn't answer; at once while it is known to be down */
	run<Result>(call: () => Promise<Result>): Promise<Result>;
	close(): void;
}

/** A call that takes longer causes a ping: the server may hang, or the statement may just be long. */
const slowMs = 1_000;
/** Interval of pings while the server is down. */
const pingEveryMs = 500;

export function watchDatabase({ ping, reset }: WatchedDatabase): Watch {
	const waiting = new Set<(error: StoreError) => void>();
	let isDown = false;
	let isClosed = false;
	let isChecking = false;
	let pingTimer: NodeJS.Timeout | undefined;

	function check(): void {
		if (isChecking || isDown) return;
		isChecking = true;
		// Twice: a process that was busy itself may get the first answer too late.
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
		pingLater();
	}

	function pingLater(): void {
		if (isClosed) return;
		const comeBack = () => {
			isDown = false;
		};
		pingTimer = setTimeout(() => ping().then(comeBack, pingLater), pingEveryMs).unref();
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
			clearTimeout(pingTimer);
		},
	};
}

function silent(): StoreError {
	return new StoreError("unavailable", "the database server doesn't answer");
}

/** For an embedded database. */
export const unwatched: Watch = { run: (call) => call(), close() {} };
