/** Formats numbers, money and times. */

const nothing = "–";

/** `0`, `0.42`, `12.3`, `980`, `12.3k`, `4.56M`: three significant digits, at most six characters. */
export function compact(value: number | null | undefined): string {
	if (value === null || value === undefined || Number.isNaN(value)) return nothing;
	const size = Math.abs(value);
	if (size >= 999.5e6) return `${threeDigits(value / 1e9)}B`;
	if (size >= 999.5e3) return `${threeDigits(value / 1e6)}M`;
	if (size >= 999.5) return `${threeDigits(value / 1e3)}k`;
	return threeDigits(value);
}

function threeDigits(value: number): string {
	const size = Math.abs(value);
	if (Number.isInteger(value) || size >= 99.95) return value.toFixed(0);
	if (size >= 9.995) return value.toFixed(1).replace(/\.0$/, "");
	return value.toFixed(2).replace(/\.?0+$/, "");
}

/** All digits, with thousands separators. */
export function whole(value: number | null | undefined): string {
	return value === null || value === undefined ? nothing : Math.round(value).toLocaleString("en");
}

/** US dollars, with cents, or with two significant digits below a dollar: `$12.30`, `$0.0012`. */
export function money(dollars: number | null | undefined): string {
	if (dollars === null || dollars === undefined) return nothing;
	if (dollars === 0) return "$0";
	if (dollars >= 1000) return `$${compact(dollars)}`;
	if (dollars >= 0.995) return `$${dollars.toFixed(2)}`;
	const digits = Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(dollars))));
	const text = dollars.toFixed(digits).replace(/(?<=\.\d\d)(\d*?)0+$/, "$1");
	return Number(text) === 0 ? "<$0.000001" : `$${text}`;
}

/** `0.4 ms`, `42 ms`, `1.24 s`, `2 m 05 s` */
export function duration(ms: number | null | undefined): string {
	if (ms === null || ms === undefined) return nothing;
	if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`;
	if (ms < 999.5) return `${ms.toFixed(0)} ms`;
	if (ms < 59_950) return `${threeDigits(ms / 1000)} s`;
	return longDuration(ms / 1000);
}

/** In the two largest units: `2 m 05 s`, `3 h 12 m`, `4 d 2 h` */
export function longDuration(seconds: number): string {
	const rounded = Math.round(seconds);
	const [days, hours] = [Math.floor(rounded / 86_400), Math.floor(rounded / 3600) % 24];
	const [minutes, rest] = [Math.floor(rounded / 60) % 60, rounded % 60];
	if (days > 0) return `${days} d ${hours} h`;
	if (hours > 0) return `${hours} h ${two(minutes)} m`;
	return minutes > 0 ? `${minutes} m ${two(rest)} s` : `${rest} s`;
}

function two(value: number): string {
	return String(value).padStart(2, "0");
}

export function percent(share: number | null | undefined): string {
	if (share === null || share === undefined || Number.isNaN(share)) return nothing;
	if (share === 0) return "0 %";
	if (share < 0.001) return "<0.1 %";
	return `${Number((share * 100).toFixed(share < 0.0995 ? 1 : 0))} %`;
}

/** The time of day, with the date unless it is today. */
export function clock(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined) return nothing;
	const date = new Date(seconds * 1000);
	const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
	return date.toDateString() === new Date().toDateString() ? time : `${day(seconds)} ${time.slice(0, 5)}`;
}

/** `2026-11-25`, and `2026-11-25 14:03` */
export function day(seconds: number): string {
	const date = new Date(seconds * 1000);
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function dateTime(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined) return nothing;
	const date = new Date(seconds * 1000);
	return `${day(seconds)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 d ago` */
export function ago(seconds: number | null | undefined, nowMs = Date.now()): string {
	if (seconds === null || seconds === undefined) return "never";
	const passed = nowMs / 1000 - seconds;
	if (passed < 60) return "just now";
	if (passed < 3600) return `${Math.floor(passed / 60)} min ago`;
	if (passed < 86_400) return `${Math.floor(passed / 3600)} h ago`;
	return `${Math.floor(passed / 86_400)} d ago`;
}

/** `1 request`, `2 requests` */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${whole(count)} ${count === 1 ? one : many}`;
}
