/** What vendors' errors mean: by their words, else by what they say to people, else by the status. */
import type { ErrorDetail } from "./dialect.js";
import {
	bodyPatterns,
	commonStatuses,
	commonWords,
	type ErrorKind,
	messagePatterns,
	type OwnErrorKinds,
} from "./errorWords.js";

/** An error as an upstream has sent it. */
export interface GivenError {
	readonly status: number;
	/** Undefined if the body is no JSON that could be read. */
	readonly detail: ErrorDetail | undefined;
	readonly body: string;
}

export function kindOfError({ status, detail, body }: GivenError, own: OwnErrorKinds = {}): ErrorKind {
	const named = kindOfWords(detail, own);
	const isItsTrouble = status >= 500 || own.statuses?.[status] === "server_error";
	// With such a status only words tell more; what is said to people may be about anything.
	if (isItsTrouble) return named !== undefined && lasting.has(named) ? named : "server_error";
	const said = named !== undefined && !vague.has(named) ? named : (kindOfText(detail, body, status) ?? named);
	// A vendor that says "later" by the status means it, unless it is much later.
	if (status === 429) return said === "quota" ? "quota" : "rate_limited";
	return said ?? own.statuses?.[status] ?? commonStatuses[status] ?? "invalid_request";
}

/**
 * @param detail of an error that names no status, such as that of a stream
 * @returns the status that it would have had, by its words; undefined if they say nothing, or no more than that it failed
 */
export function statusOfWords(detail: ErrorDetail, own: OwnErrorKinds = {}): number | undefined {
	const kind = kindOfWords(detail, own);
	return kind === undefined ? undefined : usualStatuses[kind];
}

const usualStatuses: Readonly<Partial<Record<ErrorKind, number>>> = {
	rate_limited: 429,
	quota: 429,
	context_length: 400,
	content_filter: 400,
	authentication: 401,
	model_not_found: 404,
};

/** Another attempt is in vain, whatever the status. */
const lasting: ReadonlySet<ErrorKind> = new Set(["quota", "context_length", "content_filter"]);

/** Words of these kinds are used for much; what is said to people tells more. */
const vague: ReadonlySet<ErrorKind> = new Set(["not_found", "authentication", "rate_limited"]);

function kindOfWords(detail: ErrorDetail | undefined, { words = {} }: OwnErrorKinds): ErrorKind | undefined {
	for (const given of [detail?.code, detail?.kind]) {
		if (given === undefined) continue;
		const word = wordOf(given);
		const kind = Object.hasOwn(words, word) ? words[word] : commonWords.get(word);
		if (kind !== undefined) return kind;
	}
	return undefined;
}

/** In lower case, with `_` between words, and without what every error is: `ThrottlingException` is `throttling`. */
function wordOf(given: string): string {
	const word = given.toLowerCase().replace(/[^a-z0-9]+/g, "_");
	return word.replace(/_?(?:error|exception)$/, "");
}

/** Bodies may repeat the request, so that all of one is looked at only for what no prompt says. */
const mostText = 4_096;

function kindOfText(detail: ErrorDetail | undefined, body: string, status: number): ErrorKind | undefined {
	for (const [pattern, kind] of bodyPatterns) if (pattern.test(body)) return kind;
	const text = (detail?.message ?? body).slice(0, mostText);
	for (const { pattern, kind, statuses } of messagePatterns)
		if ((statuses === undefined || statuses.includes(status)) && pattern.test(text)) return kind;
	return undefined;
}
