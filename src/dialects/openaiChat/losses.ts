/** What chat completions have no words for. */
import type { DialectLosses, Dropped as DroppedOf } from "../losses.js";

export const losses = {
	request: {
		cache: "hints about caches (`cache_control`)",
		isError: "that a tool's result is an error; the result itself is sent",
		image: "a picture by the id of a stored file",
		file: "a file by its URL, which chat completions don't have. Text files are sent as text",
	},
	answer: {
		citations: "sources without a URL, such as documents and stored files",
		signature: "the vendor's proof of its reasoning, so that the reasoning can't come back as the vendor's own",
		TYPE: "what the vendor's own tools have done",
	},
} as const satisfies DialectLosses;

export type Dropped = DroppedOf<keyof (typeof losses)["request"]>;
