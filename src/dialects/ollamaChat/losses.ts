/** What Ollama's chat has no words for. */
import type { DialectLosses } from "../losses.js";

export const losses = {
	request: {
		n: "more than one choice",
		user: "who the client's own user is",
		metadata: "the client's own data",
		toolChoice: "that some tool must be called; a certain tool is offered alone",
		isError: "that a tool's result is an error; the result itself is sent",
		image: "a picture by its URL",
		audio: "recordings",
		file: "files",
	},
	answer: {},
} as const satisfies DialectLosses;
