/** What an operator has to know without `--verbose`: that an AI host fails, how, and how often. */
import type { Fault, FaultKind } from "./fault.js";

/** Each way in which a host fails is complained of once in this time. */
const everyMs = 10_000;

/** The host is there, and says what is wrong with the request; or it was not asked at all. */
const ofNoConcern: ReadonlySet<FaultKind> = new Set<FaultKind>([
	"rate_limited",
	"context_length",
	"content_filter",
	"not_found",
	"invalid_request",
	"departed",
	"busy",
	"final",
]);

/** @returns takes the faults of a host, which is called `name` */
export function hostComplaints(complain: (line: string) => void): (name: string, fault: Fault) => void {
	const recent = new Map<string, { until: number; more: number }>();
	return (name, { kind, error: { message, code, cause } }) => {
		if (ofNoConcern.has(kind)) return;
		const now = performance.now();
		const way = `${name} ${kind} ${code}`;
		const last = recent.get(way);
		if (last && now < last.until) {
			last.more += 1;
			return;
		}
		recent.set(way, { until: now + everyMs, more: 0 });
		const reason = cause instanceof Error ? ` (${cause.message})` : "";
		const before = last?.more ? `; ${last.more} more like it since the last such line` : "";
		const named = message.replace(/^The AI host|(?<=^The proxy .*)the AI host/, (host) => `${host} ${name}`);
		complain(`${named}${reason}${before}`);
	};
}
