/** What becomes of a line that was asked for: an answer, or another attempt later. */
import { tokensOf } from "../dialects/usageCounts.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import type { BatchAnswer } from "../store/batchTypes.js";
import type { LineResponse } from "./askLine.js";

/** `busy`: nobody could answer just now, which is no fault of the line's. `failed`: somebody tried, and it went wrong. */
export type Verdict =
	| { readonly kind: "answered"; readonly answer: Omit<BatchAnswer, "number" | "requestId"> }
	| { readonly kind: "busy" | "failed"; readonly pauseMs: number | undefined; readonly answer: Failure };

type Failure = Omit<BatchAnswer, "number" | "requestId">;

/** Statuses that pass by themselves, and others that may be different the next time. */
const busy: ReadonlySet<number> = new Set([429, 503, 507, 529]);
const passing: ReadonlySet<number> = new Set([408, 409, 425, 500, 502, 504]);
/** Nobody was reached. */
const absent: ReadonlySet<unknown> = new Set(["upstream_unreachable", "upstream_connect_timeout"]);

/** @param response undefined if it has broken off */
export function verdictOn(response: LineResponse | undefined): Verdict {
	if (response === undefined) return { kind: "failed", pauseMs: undefined, answer: brokenOff };
	const { status, headers, body } = response;
	const json = parseObject(body.toString());
	const isFailed = status >= 300 || json === undefined;
	const answer = {
		...{ isFailed, status },
		body: json === undefined ? JSON.stringify(notJson) : body.toString(),
		tokens: isFailed || !isObject(json.usage) ? undefined : tokensOf(json.usage),
	};
	const isLasting = headers["x-should-retry"] === "false";
	if (!isFailed || isLasting || !(busy.has(status) || passing.has(status))) return { kind: "answered", answer };
	const code = isObject(json?.error) ? json.error.code : undefined;
	return {
		kind: busy.has(status) || absent.has(code) ? "busy" : "failed",
		pauseMs: pauseIn(headers["retry-after"]),
		answer,
	};
}

function pauseIn(retryAfter: string | undefined): number | undefined {
	const seconds = Number(retryAfter);
	return retryAfter === undefined || !Number.isFinite(seconds) || seconds < 0 ? undefined : seconds * 1000;
}

const notJson = {
	error: { message: "The answer is no JSON object.", type: "upstream_error", param: null, code: null },
};

const brokenOff: Failure = {
	...{ isFailed: true, status: 502, tokens: undefined },
	body: JSON.stringify({
		error: { message: "The answer broke off.", type: "upstream_error", param: null, code: "upstream_closed" },
	}),
};
