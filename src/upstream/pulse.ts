/** One timer for all of a worker's streams: when to pass their heads, and when their clients hear that they are alive. */

export interface Beating {
	/** @param nowMs on the monotonic clock */
	beat(nowMs: number): void;
}

/** How late a beat may be. */
const tickMs = 250;
const beating = new Set<Beating>();
let timer: NodeJS.Timeout | undefined;

/** Has it beat every quarter of a second, until `stopBeating`. */
export function startBeating(stream: Beating): void {
	beating.add(stream);
	timer ??= setInterval(tick, tickMs).unref();
}

/** @param stream undefined where none was started */
export function stopBeating(stream: Beating | undefined): void {
	if (stream !== undefined) beating.delete(stream);
}

function tick(): void {
	if (beating.size === 0) {
		clearInterval(timer);
		timer = undefined;
		return;
	}
	const nowMs = performance.now();
	for (const stream of beating) stream.beat(nowMs);
}
