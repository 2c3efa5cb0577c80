/** Has V8 collect all garbage now, and give the memory back that this leaves empty. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Long enough for a process to be done with what it does only once, and for V8 to shrink the space of new objects, which it does in a
 * collection before which little was allocated for five seconds.
 */
export const settledMs = 10_000;

/** Node hands out V8's own function only so. */
export function collectGarbage(): void {
	setFlagsFromString("--expose-gc");
	(runInNewContext("gc") as () => void)();
	setFlagsFromString("--no-expose-gc");
}

/** For processes that no request waits for: start-up leaves twice as much behind as they need. */
export function collectAfterStart(): void {
	setTimeout(collectGarbage, settledMs).unref();
}
