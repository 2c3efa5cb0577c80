/**
 * Work that remains once a request is over and that nobody waits for: records, counts, logs. It runs once per turn of the
 * event loop, for all requests that ended in that turn: batched, the same work costs half as much.
 */

let tasks: (() => void)[] = [];

/** Runs a task soon, after all tasks queued before it. */
export function afterwards(task: () => void): void {
	if (tasks.length === 0) setImmediate(runAfterwards);
	tasks.push(task);
}

/** Does it now: before what was counted is handed over, and before the process ends. */
export function runAfterwards(): void {
	const due = tasks;
	tasks = [];
	let done = 0;
	try {
		for (const task of due) {
			done += 1;
			task();
		}
	} finally {
		// An error in one task must not stop the others.
		for (const task of due.slice(done)) afterwards(task);
	}
}
