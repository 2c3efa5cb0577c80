/** How long to wait before a retry: by the route's settings, and by what the upstream asks for. */
import type { RetrySettings } from "../../settings/routes.js";

/** The shortest wait, whatever the draw. */
const minBackoffMs = 5;
/** The longest wait. Node's timers can't wait longer than 2³¹ − 1 ms. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/**
 * Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): anything up to
 * `firstBackoffMs · 2ⁿ⁻¹`, which `maxBackoffMs` limits.
 *
 * @param nth the target's nth retry, from 1
 * @param random returns numbers from 0 to less than 1
 * @returns milliseconds, at least 5
 */
export function backoffMs(retry: RetrySettings, nth: number, random: () => number): number {
	const doublings = Math.min(Math.max(nth - 1, 0), 30);
	const longest = Math.min(retry.firstBackoffMs * 2 ** doublings, retry.maxBackoffMs);
	return Math.max(minBackoffMs, Math.round(random() * longest));
}

/**
 * Reads how long an upstream asks to wait: `retry-after-ms` (OpenAI's and Azure's), else `retry-after`, in seconds or as
 * a date (RFC 9110 §10.2.3).
 *
 * @param headers a response's, in lower case
 * @param nowMs milliseconds since the epoch
 * @returns milliseconds, 0 for a date in the past, at most a day; undefined if the headers have no valid value
 */
export function retryAfterMs(
	headers: Readonly<Record<string, string | readonly string[] | undefined>>,
	nowMs: number,
): number | undefined {
	const milliseconds = readNumber(firstValue(headers["retry-after-ms"]));
	if (milliseconds !== undefined) return clamp(milliseconds);
	const value = firstValue(headers["retry-after"]);
	const seconds = readNumber(value);
	if (seconds !== undefined) return clamp(seconds * 1000);
	const date = readHttpDate(value, nowMs);
	return date === undefined ? undefined : clamp(date - nowMs);
}

function firstValue(value: string | readonly string[] | undefined): string {
	return (typeof value === "string" ? value : (value?.[0] ?? "")).trim();
}

/** Accepts decimals too: the standard has whole seconds, but some upstreams send fractions. */
function readNumber(text: string): number | undefined {
	return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function clamp(ms: number): number {
	return Math.ceil(Math.min(Math.max(ms, 0), maxRetryAfterMs));
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** The three forms of RFC 9110 §5.6.7: of the Internet, of RFC 850, and of C's `asctime`. */
const dateForms = [
	/^\w{3}, (?<day>\d{2}) (?<month>\w{3}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
	/^\w{6,9}, (?<day>\d{2})-(?<month>\w{3})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
	/^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/** @returns milliseconds since the epoch. */
function readHttpDate(text: string, nowMs: number): number | undefined {
	// Real dates have up to 33 characters.
	if (text.length > 40) return undefined;
	for (const form of dateForms) {
		const { day = "", month = "", year = "", time = "" } = form.exec(text)?.groups ?? {};
		const monthIndex = months.indexOf(month);
		if (monthIndex === -1) continue;
		const [hours, minutes, seconds] = time.split(":").map(Number);
		return Date.UTC(fullYear(year, nowMs), monthIndex, Number(day), hours, minutes, seconds);
	}
	return undefined;
}

/** A two-digit year more than 50 years ahead is in the previous century (RFC 9110 §5.6.7). */
function fullYear(digits: string, nowMs: number): number {
	if (digits.length > 2) return Number(digits);
	const thisYear = new Date(nowMs).getUTCFullYear();
	const year = thisYear - (thisYear % 100) + Number(digits);
	return year > thisYear + 50 ? year - 100 : year;
}
