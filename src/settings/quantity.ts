/** Durations and sizes as people write them: `90s`, `15m`, `30d`, `32mb`. */

const msOf = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const bytesOf: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Milliseconds of a duration; a plain number means seconds. @throws Error when it is none. */
export function parseDurationMs(text: string): number {
	return Math.round(parseQuantity(text, msOf, "s", "a duration such as 500ms, 30s or 15m"));
}

/** Node's timers hold no more than this. */
const maxTimerMs = 2 ** 31 - 1;

/** Like `parseDurationMs`. @throws Error also when it is longer than a timer can run, or shorter than `leastMs`. */
export function parseTimerMs(text: string, leastMs = 1): number {
	const ms = parseDurationMs(text);
	if (ms < leastMs) throw new Error("must be longer than 0");
	if (ms > maxTimerMs) throw new Error(`must be at most ${Math.floor(maxTimerMs / msOf.h)}h (got ${text})`);
	return ms;
}

/** Bytes of a size; a plain number means bytes. @throws Error when it is none. */
export function parseBytes(text: string): number {
	return Math.round(parseQuantity(text, bytesOf, "b", "a size such as 512kb or 32mb"));
}

function parseQuantity(text: string, units: Record<string, number>, plainUnit: string, expected: string): number {
	const match = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(String(text).trim());
	const unit = units[match?.[2]?.toLowerCase() || plainUnit];
	if (!match || unit === undefined) throw new Error(`"${text}" is not ${expected}`);
	return Number(match[1]) * unit;
}

/** A share from 0 to 1, of `5%` or `0.05`. @throws Error when it is none. */
export function parseShare(text: string | number): number {
	const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(text).trim());
	const share = match ? Number(match[1]) / (match[2] === "%" ? 100 : 1) : Number.NaN;
	if (!(share <= 1)) throw new Error(`"${text}" is not a share such as 5%, or a number from 0 to 1`);
	return share;
}

/** A duration as people write it, in the largest unit that has no fraction: `90s`, `2m`, `30d`. */
export function formatDuration(ms: number): string {
	const fitting = Object.entries(msOf).findLast(([, unit]) => ms >= unit && ms % unit === 0);
	return fitting === undefined ? `${ms}ms` : `${ms / fitting[1]}${fitting[0]}`;
}

/** A size as people write it, in the largest unit that has no fraction: `16kb`, `32mb`. */
export function formatBytes(bytes: number): string {
	const fitting = Object.entries(bytesOf).findLast(([, unit]) => bytes >= unit && bytes % unit === 0);
	return fitting === undefined ? `${bytes}b` : `${bytes / fitting[1]}${fitting[0]}`;
}

/** A duration as OpenAI writes it in `x-ratelimit-reset-*`: `1s`, `6m0s`, `1h2m3s`. */
export function formatSeconds(seconds: number): string {
	const hours = Math.floor(seconds / 3600);
	const minutes = Math.floor((seconds % 3600) / 60);
	const rest = seconds % 60;
	if (hours > 0) return `${hours}h${minutes}m${rest}s`;
	return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
