/** What Bedrock's Converse has no words for. */
import type { DialectLosses, Dropped as DroppedOf } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		name: "names of participants",
		user: "who the client's own user is; `metadata` is sent",
		seed: "the seed",
		logprobs: "log probabilities",
		frequencyPenalty: "any but 0",
		presencePenalty: "any but 0",
		temperature: "what is over 1 (1 is sent), and all while Claude thinks",
		topP: "it stands beside a temperature, for Claude, or Claude thinks",
		topK: "while Claude thinks, and for models that have none",
		stop: "sequences of white space alone, for Claude",
		mayCallInParallel: "that calls may not be made in parallel",
		toolChoice:
			"that no tool may be called, where some are in the history; that some tool must be called, by models that can't be told",
		responseFormat: "`json_object`; a schema is sent",
		isError: "that a tool's result is an error, for other models than Claude and Nova; the result itself is sent",
		cache: "hints about caches after the fourth from the end, inside a tool's result, and for models without a cache",
		image: "a picture by its URL (but `s3://`), and of other types than PNG, JPEG, GIF and WebP",
		file: "a file by its URL (but `s3://`), and of types that Converse has no name for",
	},
	answer: {},
} as const satisfies DialectLosses;

export type Dropped = DroppedOf<keyof (typeof losses)["request"]>;
