/** When a limit of an upstream begins anew, as headers of its 429 say where there is no `retry-after`. */

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Pairs of headers: how much of a limit is left, and when there will be more of it. */
const limits: readonly (readonly [remaining: string, reset: string])[] = [
	// OpenAI, Azure, Groq, xAI, Cerebras, Fireworks
	...["requests", "tokens", "input-tokens", "output-tokens", "input-images", "project-tokens"].map(
		(what) => [`x-ratelimit-remaining-${what}`, `x-ratelimit-reset-${what}`] as const,
	),
	...["minute", "hour", "day"].flatMap((time) =>
		["requests", "tokens"].map(
			(what) => [`x-ratelimit-remaining-${what}-${time}`, `x-ratelimit-reset-${what}-${time}`] as const,
		),
	),
	// Anthropic
	...["requests", "tokens", "input-tokens", "output-tokens"].map(
		(what) => [`anthropic-ratelimit-${what}-remaining`, `anthropic-ratelimit-${what}-reset`] as const,
	),
	// Mistral
	["ratelimitbysize-remaining", "ratelimitbysize-reset"],
	// OpenRouter, Together, and the IETF's draft
	["x-ratelimit-remaining", "x-ratelimit-reset"],
	["ratelimit-remaining", "ratelimit-reset"],
];

/** The limits of Anthropic's subscriptions, which tell no number. */
const unified = { status: "anthropic-ratelimit-unified-status", reset: "anthropic-ratelimit-unified-reset" } as const;

/** Longer is no wait, but nonsense. */
const maxWaitMs = 31 * 24 * 60 * 60 * 1000;

/**
 * @param headers of a 429, in lower case
 * @param nowMs milliseconds since the epoch
 * @returns milliseconds until the last of the limits that are used up begins anew; undefined if none is, or none says when
 */
export function resetWaitMs(headers: Headers, nowMs: number): number | undefined {
	let longest: number | undefined;
	const note = (reset: string) => {
		const waitMs = waitIn(text(headers[reset]), nowMs);
		if (waitMs !== undefined) longest = Math.max(longest ?? 0, waitMs);
	};
	for (const [remaining, reset] of limits) if (isUsedUp(text(headers[remaining]))) note(reset);
	if (text(headers[unified.status]) === "rejected") note(unified.reset);
	return longest;
}

function isUsedUp(remaining: string): boolean {
	return remaining !== "" && Number(remaining) <= 0;
}

function text(value: string | readonly string[] | undefined): string {
	return (typeof value === "string" ? value : (value?.[0] ?? "")).trim();
}

/** Durations (`6m0s`, `120ms`, `7.66s`), seconds, seconds or milliseconds since the epoch, and dates (RFC 3339). */
function waitIn(value: string, nowMs: number): number | undefined {
	const waitMs = durationMs(value) ?? numberMs(value, nowMs) ?? dateMs(value, nowMs);
	return waitMs === undefined || waitMs > maxWaitMs ? undefined : Math.max(0, Math.ceil(waitMs));
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(value: string): number | undefined {
	if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+$/.test(value)) return undefined;
	let sum = 0;
	for (const [, count, unit] of value.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
		sum += Number(count) * (units[unit ?? ""] ?? 0);
	return sum;
}

/** Larger numbers are times since the epoch. */
const mostSeconds = 1e9;
const mostEpochSeconds = 1e11;

function numberMs(value: string, nowMs: number): number | undefined {
	if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(value)) return undefined;
	const number = Number(value);
	if (number < mostSeconds) return number * 1000;
	return (number < mostEpochSeconds ? number * 1000 : number) - nowMs;
}

function dateMs(value: string, nowMs: number): number | undefined {
	if (!/^\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d)$/.test(value)) return undefined;
	const time = Date.parse(value);
	return Number.isNaN(time) ? undefined : time - nowMs;
}
