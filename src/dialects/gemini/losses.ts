/** What Google's generateContent has no words for. */
import type { DialectLosses, Dropped as DroppedOf } from "../losses.js";

export const losses = {
	request: {
		name: "names of participants",
		metadata: "the client's own data",
		user: "who the client's own user is",
		mayCallInParallel: "that tools are to be called one at a time",
		stop: "sequences after the fifth",
		cache: "hints about caches (`cache_control`)",
		image: "a picture by another vendor's id",
		file: "a file by another vendor's id",
	},
	answer: {
		TYPE: "what the vendor's own tools have done",
	},
} as const satisfies DialectLosses;

export type Dropped = DroppedOf<keyof (typeof losses)["request"]>;
