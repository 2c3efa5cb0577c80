/** What Cohere's chat has no words for. */
import type { DialectLosses } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		name: "names of participants",
		user: "who the client's own user is",
		topLogprobs: "the most probable tokens at each place; those of the answer's own are asked for",
		metadata: "the client's own data",
		mayCallInParallel: "that calls may not be made in parallel",
		isError: "that a tool's result is an error; the result itself is sent",
		audio: "recordings",
		file: "files that are no text",
	},
	answer: {},
} as const satisfies DialectLosses;
