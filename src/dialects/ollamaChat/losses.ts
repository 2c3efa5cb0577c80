/** What Ollama's chat has no words for. */
import type { DialectLosses } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		name: "names of participants",
		user: "who the client's own user is",
		metadata: "the client's own data",
		mayCallInParallel: "that calls may not be made in parallel",
		toolChoice: "that some tool must be called; a certain tool is offered alone",
		isError: "that a tool's result is an error; the result itself is sent",
		image: "a picture by its URL",
		audio: "recordings",
		file: "files that are no text",
	},
	answer: {
		choices: "those after the first",
		citations: "where a text comes from",
		signature: "proofs of reasoning that are no call's; its text is sent as `thinking`",
		audio: "recordings",
		refusal: "that a text is a refusal; the text itself is sent",
		finish: "that the answer ended with calls of tools: the reason is `stop`",
		TYPE: "what the vendor's own tools have done",
	},
} as const satisfies DialectLosses;
