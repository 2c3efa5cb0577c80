/** The faults that a model's name can select, with their numbers and variants. */

export interface FaultNumber {
	/** Its placeholder in descriptions: `MS`, `PIECES`. */
	readonly unit: string;
	readonly least: number;
	readonly most: number;
	/** The number if the name gives none; undefined if that has its own meaning. */
	readonly byDefault?: number;
	/** Decimals are allowed. */
	readonly isDecimal?: boolean;
}

export interface FaultDefinition {
	readonly number?: FaultNumber;
	/** Values of the option `as`; the first is the default. */
	readonly variants?: readonly string[];
	/** Whether the option `status` can replace its HTTP status. */
	readonly hasStatus?: boolean;
	/** Description in the list of models and in the command's help. */
	readonly does: string;
}

const maxMs = 2 ** 31 - 1;
const ms = (byDefault: number): FaultNumber => ({ unit: "MS", least: 0, most: maxMs, byDefault });
const pieces = (byDefault: number): FaultNumber => ({ unit: "PIECES", least: 0, most: 1e6, byDefault });

export const faults = {
	ok: { does: "answers whole" },
	error: {
		number: { unit: "STATUS", least: 400, most: 599, byDefault: 500 },
		variants: ["json", "html", "text", "empty"],
		does: "answers with this status",
	},
	"rate-limit": {
		number: { unit: "SECONDS", least: 0, most: 1e6, byDefault: 1, isDecimal: true },
		variants: ["both", "seconds", "ms", "date"],
		hasStatus: true,
		does: "429 with retry-after (seconds or date), retry-after-ms, or both",
	},
	reset: { variants: ["reset", "close"], does: "closes the connection before any byte" },
	"reset-after-headers": { variants: ["reset", "close"], does: "sends 200 and headers, then closes the connection" },
	silent: { does: "accepts the request and never answers" },
	"late-headers": { number: ms(1000), does: "is silent for so long, then answers whole" },
	"late-first-token": {
		number: ms(1000),
		does: "sends headers and the role chunk at once, the first token after so long",
	},
	"empty-preamble": {
		number: { unit: "DELTAS", least: 0, most: 10_000, byDefault: 3 },
		variants: ["cut", "reset", "error", "end", "stall"],
		does: "sends headers, the role chunk and empty deltas, then breaks",
	},
	cut: { number: pieces(20), variants: ["close", "reset"], does: "closes the connection after so many pieces" },
	stall: { number: pieces(20), does: "falls silent after so many pieces, and leaves the connection open" },
	"no-finish": {
		number: pieces(20),
		variants: ["end", "done"],
		does: "ends cleanly after so many pieces, without finish reason (and without [DONE])",
	},
	"error-event": {
		number: pieces(20),
		variants: ["data", "done", "event"],
		does: "sends an error event after so many pieces (then [DONE], or named `event: error`), and ends",
	},
	garbage: {
		number: pieces(20),
		variants: ["json", "html", "binary"],
		does: "sends one event that isn't JSON after so many pieces, and goes on",
	},
	"no-done": { does: "sends the finish reason, and ends without [DONE]" },
	"no-done-open": { does: "sends the finish reason, then neither [DONE] nor an end" },
	"done-open": { does: "sends [DONE], and never ends the response" },
	"context-length": {
		number: { unit: "TOKENS", least: 0, most: 1e9 },
		variants: ["openai", "vllm", "llamacpp"],
		hasStatus: true,
		does: "400 context_length_exceeded for prompts of more tokens; without a number for all",
	},
	"content-filter": {
		number: { unit: "PIECES", least: 0, most: 1e6 },
		hasStatus: true,
		does: "400 content_filter; with a number it stops there with finish reason content_filter",
	},
	unauthorized: { hasStatus: true, does: "401" },
	forbidden: { hasStatus: true, does: "403" },
	"not-found": { hasStatus: true, does: "404, as for an unknown model" },
	"bad-request": { hasStatus: true, does: "400 for another reason" },
	"cut-body": { does: "closes the connection half way through an answer with a content-length" },
	slow: { number: ms(100), does: "takes so long for each piece" },
	"invalid-http": { does: "answers with something that isn't HTTP" },
	departs: { number: pieces(20), does: "says something else from this piece on" },
	usage: {
		variants: ["none", "zero", "negative", "huge", "fraction"],
		does: "answers whole, with counts of tokens that are wrong, or without any",
	},
	flap: {
		number: { unit: "FAILURES", least: 1, most: 1e6, byDefault: 3 },
		hasStatus: true,
		does: "fails so often (503), then answers so often (ok=N), and again",
	},
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

export function definitionOf(fault: FaultName): FaultDefinition {
	return faults[fault];
}

/** `cut[:PIECES]` */
export function usageOf(fault: FaultName): string {
	const { number } = definitionOf(fault);
	return number === undefined ? fault : `${fault}[:${number.unit}]`;
}

/** @returns a complete model name, with the default number */
export function exampleOf(fault: FaultName): string {
	const { number } = definitionOf(fault);
	return number?.byDefault === undefined ? fault : `${fault}:${number.byDefault}`;
}
