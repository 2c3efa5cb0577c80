/** Reports to the operator, even without `--verbose`, that an upstream fails, how, and how often. */
import type { Fault, FaultKind } from "./fault.js";

/** Each way in which an upstream fails is complained of once in this time. */
const everyMs = 10_000;

/** The upstream is there, and says what is wrong with the request; or it was not asked at all. */
const ofNoConcern: ReadonlySet<FaultKind> = new Set<FaultKind>([
	"rate_limited",
	"context_length",
	"content_filter",
	"not_found",
	"invalid_request",
	"departed",
	"unsupported",
	"busy",
	"final",
]);

const longestUsage = 300;

export interface HostComplaints {
	/** The upstream, which is called `name`, has failed. */
	ofFault(name: string, fault: Fault): void;
	/** Its token counts can't be true. */
	ofUsage(name: string, usage: unknown): void;
}

export function upstreamComplaints(complain: (line: string) => void): HostComplaints {
	const recent = new Map<string, { until: number; more: number }>();
	const complainOnce = (way: string, line: string) => {
		const now = performance.now();
		const last = recent.get(way);
		if (last && now < last.until) {
			last.more += 1;
			return;
		}
		recent.set(way, { until: now + everyMs, more: 0 });
		complain(`${line}${last?.more ? `; ${last.more} more like it since the last such line` : ""}`);
	};
	return {
		ofFault(name, { kind, error: { message, code, cause } }) {
			if (ofNoConcern.has(kind)) return;
			const reason = cause instanceof Error ? ` (${cause.message})` : "";
			const named = message.replace(/^The upstream|(?<=^The proxy .*)the upstream/, (host) => `${host} ${name}`);
			complainOnce(`${name} ${kind} ${code}`, named + reason);
		},
		ofUsage(name, usage) {
			const text = JSON.stringify(usage)
				.slice(0, longestUsage)
				.replace(/[^\x20-\x7e]/g, "?");
			complainOnce(
				`${name} usage`,
				`The upstream ${name} reports token counts that can't be true, so they are estimated: ${text}`,
			);
		},
	};
}
