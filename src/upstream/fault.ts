/** The fault of one attempt, and what may be done about it. */

import type { ErrorFormat } from "../dialects/dialect.js";
import { kindOfError } from "../dialects/errorKinds.js";
import type { ErrorKind } from "../dialects/errorWords.js";
import { openaiErrors } from "../dialects/openai/errors.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { usualRetryAfter } from "../errors/retryAfter.js";
import { parseObject } from "../json/parseObject.js";
import type { FallbackReason } from "../settings/routes.js";
import type { Head } from "../streaming/responseStream.js";
import type { IncomingHeaders } from "./headers.js";
import type { Outcome } from "./health/states.js";
import { retryAfterMs } from "./routing/backoff.js";
import { resetWaitMs } from "./routing/limitResets.js";
import { answeredWith } from "./upstreamFailure.js";

export type FaultKind =
	/** Refused, reset, unresolvable, untrusted, or not HTTP. */
	| "connection"
	/** No first byte, or no first output, in time. */
	| "silent"
	/** Nothing more for too long, a connection cut, an end before the answer was whole, an error in the stream. */
	| "stalled"
	| "cut"
	| "unfinished"
	| "error_event"
	/** Status 200 with something else than an answer: a page for people, a text. */
	| "no_answer"
	/** An error status, or an error in an answer that would have had one. */
	| ErrorKind
	/** An answer that can't be used: a redirect, a content coding that can't be decoded. */
	| "unusable"
	/** A rescue's answer that is another one. */
	| "departed"
	/** The request can't be put to it, or not whole: it was not asked. */
	| "unsupported"
	/** Its breaker is open, or it has as many requests as it may have: it was not asked. */
	| "busy"
	/** The gateway itself has ended it: nobody else is to be asked. */
	| "final";

export interface Fault {
	readonly kind: FaultKind;
	/** The error that the client reads if nothing better comes. */
	readonly error: GatewayError;
	/** The upstream's own words, passed on as they came: a response with an error status. */
	readonly response?: { head: Head; body: Buffer };
	/** The same body in the upstream's own dialect, where `response` is a translation. */
	readonly original?: Buffer;
	/** The upstream's own words in a stream. */
	readonly event?: Buffer | undefined;
	/** How long the upstream wants to be left alone. */
	readonly retryAfterMs?: number | undefined;
	/** The upstream says whether another attempt makes sense (`x-should-retry`, which OpenAI's SDKs obey). */
	readonly shouldRetry?: boolean | undefined;
}

/** The same target may do better at the next attempt. One that kept silent is not asked twice. */
const worthAnotherTry: ReadonlySet<FaultKind> = new Set<FaultKind>([
	"connection",
	"cut",
	"unfinished",
	"error_event",
	"rate_limited",
	"server_error",
]);

/** Another target may do better. */
const worthAnotherTarget: ReadonlySet<FaultKind> = new Set<FaultKind>([
	...worthAnotherTry,
	"silent",
	"stalled",
	"no_answer",
	"unusable",
	"departed",
	"unsupported",
	"busy",
	"quota",
	"model_not_found",
]);

export function mayRetry({ kind, shouldRetry }: Fault): boolean {
	return shouldRetry ?? worthAnotherTry.has(kind);
}

/** @param reasons for which the route goes on to the next target besides */
export function mayFallBack({ kind }: Fault, reasons: readonly FallbackReason[]): boolean {
	return worthAnotherTarget.has(kind) || (reasons as readonly FaultKind[]).includes(kind);
}

/** Clients of an upstream without a dialect know OpenAI's errors. */
const usualErrors = openaiErrors("choices");

/** A quota that is used up is left alone for this long where nobody says more, so that the next requests ask others first. */
const quotaRestMs = 60_000;

/** What is known of an error response. */
export interface KnownError {
	/** Those of the upstream's dialect. */
	readonly errors?: ErrorFormat | undefined;
	/** What it means, where that was found out before. */
	readonly kind?: ErrorKind;
}

/** The fault in a response with an error status. */
export function faultOfStatus(head: Head, raw: IncomingHeaders, body: Buffer, known: KnownError = {}): Fault {
	const { status } = head;
	const text = body.toString();
	const kind = known.kind ?? kindIn(status, text, known.errors ?? usualErrors);
	const fault = { error: answeredWith(status), response: { head, body }, kind };
	const delay = delayIn(text, raw, status);
	if (delay !== undefined) head.headers["retry-after"] ??= String(Math.ceil(delay / 1000));
	if (status === 429) head.headers["retry-after"] ??= secondsToWait(raw);
	if (kind === "quota") {
		// What is used up does not come back by waiting.
		if (status === 429) head.headers["x-should-retry"] ??= "false";
		return { ...fault, retryAfterMs: waitMs(raw) ?? delay ?? quotaRestMs, shouldRetry: false };
	}
	return kind === "rate_limited" || kind === "server_error" ? { ...fault, ...pacing(raw, delay) } : fault;
}

function kindIn(status: number, body: string, errors: ErrorFormat): ErrorKind {
	const json = parseObject(body);
	return kindOfError({ status, detail: json && errors.read(json, "status"), body }, errors.kinds);
}

/** For clients that read nothing but `retry-after`, and give up without it. */
function secondsToWait(raw: IncomingHeaders): string {
	const ms = waitMs(raw);
	return ms === undefined ? usualRetryAfter : String(Math.ceil(ms / 1000));
}

/** By its own word, else by when its limits begin anew. */
function waitMs(raw: IncomingHeaders): number | undefined {
	const now = Date.now();
	return retryAfterMs(raw, now) ?? resetWaitMs(raw, now);
}

/** Google says in the body when to ask again (`google.rpc.RetryInfo`). @returns milliseconds */
function delayIn(body: string, raw: IncomingHeaders, status: number): number | undefined {
	if ((status !== 429 && status < 500) || raw["retry-after"] !== undefined) return undefined;
	const seconds = /"retry_?delay"\s*:\s*"(\d{1,9}(?:\.\d+)?)s"/i.exec(body)?.[1];
	return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function pacing(raw: IncomingHeaders, delayMs: number | undefined): Pick<Fault, "retryAfterMs" | "shouldRetry"> {
	const should = raw["x-should-retry"];
	return {
		retryAfterMs: retryAfterMs(raw, Date.now()) ?? delayMs ?? resetWaitMs(raw, Date.now()),
		...(should === "false" ? { shouldRetry: false } : should === "true" ? { shouldRetry: true } : {}),
	};
}

/** The fault in an error of the HTTP client. @param hasBegun the head of an answer had come */
export function faultOfError(error: GatewayError, hasBegun: boolean): Fault {
	// What the client sends is wrong, or it has left: nobody can do better with it.
	if (error.status < 500) return { kind: "final", error };
	switch (error.code) {
		case "upstream_timeout":
			return { kind: "silent", error };
		case "upstream_idle_timeout":
			return { kind: "stalled", error };
		// The gateway itself ended it.
		case "gateway_stopping":
			return { kind: "final", error };
		case "upstream_encoded":
			return { kind: "unusable", error };
		default:
			return { kind: hasBegun ? "cut" : "connection", error };
	}
}

/** Its outcome for the upstream and its model. */
export function outcomeOf({ kind }: Fault): Outcome {
	switch (kind) {
		case "connection":
			return "unreachable";
		case "silent":
		case "stalled":
		case "cut":
		case "unfinished":
		case "error_event":
		case "no_answer":
		case "server_error":
			return "failed";
		case "final":
		case "departed":
		case "unsupported":
		case "busy":
			return "ignored";
		// It is there, and says no: also to models that it doesn't have, of which clients can think up any number.
		default:
			return "answered";
	}
}

/** The upstream says that the request itself is wrong. */
export function blamesRequest({ kind }: Fault): boolean {
	return kind === "invalid_request" || kind === "context_length" || kind === "content_filter";
}

/** Before the request could be sent, so that it can't be what is wrong. */
const beforeRequest: ReadonlySet<string> = new Set([
	"upstream_refused",
	"upstream_unresolvable",
	"upstream_unreachable",
	"upstream_connect_timeout",
	"upstream_tls",
	"upstream_proxy",
	"upstream_credential",
]);

/**
 * Where a request may be to blame for a fault, the way in which it failed: if it fails elsewhere in the same way, it is.
 *
 * @returns undefined if the fault is certainly the upstream's, or nobody's
 */
export function wayOfFailing({ kind, error: { code }, response }: Fault): string | undefined {
	if (kind === "connection") return beforeRequest.has(code ?? "") ? undefined : `connection ${code}`;
	if (kind === "server_error") return `status ${response?.head.status}`;
	return outcomeOf({ kind } as Fault) === "failed" ? kind : undefined;
}
