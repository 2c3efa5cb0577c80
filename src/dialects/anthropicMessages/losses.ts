/** What Anthropic's Messages have no words for. */
import type { DialectLosses, Dropped as DroppedOf } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		name: "names of participants",
		logprobs: "log probabilities",
		metadata: "the client's own data; `user` is sent",
		seed: "the seed",
		frequencyPenalty: "any but 0",
		presencePenalty: "any but 0",
		temperature: "what is over 1 (1 is sent), and all while the model thinks",
		topP: "it stands beside a temperature, or the model thinks",
		topK: "while the model thinks",
		stop: "sequences of white space alone",
		responseFormat: "`json_object`; a schema is sent",
		audio: "recordings",
		file: "files that are neither PDF nor text",
	},
	answer: {
		choices: "those after the first",
		image: "pictures that the model has made",
		audio: "recordings",
		logprobs: "log probabilities",
		citations: "in streams, which part of a text a citation backs: it stands with all of it",
		stop_sequence: "which sequence has ended the answer; the reason is `end_turn`",
		TYPE: "what the vendor's own tools have done",
	},
} as const satisfies DialectLosses;

export type Dropped = DroppedOf<keyof (typeof losses)["request"]>;
