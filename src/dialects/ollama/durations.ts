/** How long an answer took, as far as the gateway has seen it: in nanoseconds, as Ollama counts. */
import type { Json } from "../dialect.js";

const nanoseconds = 1_000_000;

/** Moments on the monotonic clock, in milliseconds; undefined for what nobody has measured. */
export interface Moments {
	readonly receivedMs: number | undefined;
	/** The first output of a stream. */
	readonly firstMs?: number | undefined;
	readonly endMs: number;
}

/** Until the first output the prompt was read; Ollama's own time to load a model is not to be told apart from that. */
export function durations({ receivedMs, firstMs, endMs }: Moments): Json {
	if (receivedMs === undefined) return {};
	return {
		total_duration: between(receivedMs, endMs),
		...(firstMs === undefined
			? {}
			: { prompt_eval_duration: between(receivedMs, firstMs), eval_duration: between(firstMs, endMs) }),
	};
}

function between(fromMs: number, toMs: number): number {
	return Math.round((toMs - fromMs) * nanoseconds);
}
