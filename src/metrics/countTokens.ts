/** Counts tokens by kind. */
import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Recorder } from "./metricRecorder.js";

/** Kinds of tokens that are among the input or the output, and what the metric calls them. */
const parts = [
	["cached", "cached"],
	["written", "cache_write"],
	["writtenForHour", "cache_write_1h"],
	["audioInput", "audio_input"],
	["imageInput", "image_input"],
	["reasoning", "reasoning"],
	["audioOutput", "audio_output"],
	["imageOutput", "image_output"],
] as const satisfies [keyof TokenCounts, string][];

export function countTokens(recorder: Recorder, tokens: TokenCounts, route: string, upstream: string): void {
	recorder.add("tokens", ["input", route, upstream], tokens.input);
	recorder.add("tokens", ["output", route, upstream], tokens.output);
	for (const [kind, name] of parts) {
		const count = tokens[kind];
		if (count > 0) recorder.add("tokens", [name, route, upstream], count);
	}
}
