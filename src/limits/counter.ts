/** Counts requests in windows of time. One counter, in the primary, serves all workers, which makes it exact. */
import type { Limit } from "./ledger.js";

/** One request to be counted. */
export interface Take {
	key: string;
	max: number;
	windowMs: number;
}

/** The count after it: `remaining` includes this request, so 0 means that it is refused. */
export interface Taken {
	remaining: number;
	/** Milliseconds since the epoch at which the window ends. */
	resetAt: number;
}

export interface Counter {
	take(take: Take): Promise<Taken>;
}

/** The window that a request is counted in, as a limit. */
export function windowLimit({ key, max, windowMs }: Take): Limit {
	return { counter: windowName(key), metric: "requests", span: "window", max, windowMs };
}

/** What it is counted as: no other limit is called that. */
export function windowName(key: string): string {
	return `window:${key}`;
}
