/** What OpenAI's responses have no words for. */
import type { DialectLosses, Dropped as DroppedOf } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		name: "names of participants",
		seed: "the seed",
		topK: "`top_k`",
		frequencyPenalty: "any but 0",
		presencePenalty: "any but 0",
		stop: "stop sequences",
		cache: "hints about caches (`cache_control`)",
		isError: "that a tool's result is an error; the result itself is sent",
		audio: "recordings",
	},
	answer: {
		choices: "those after the first",
		audio: "recordings",
		citations: "what stands in the source",
		TYPE: "what the vendor's own tools have done",
	},
} as const satisfies DialectLosses;

export type Dropped = DroppedOf<keyof (typeof losses)["request"]>;
