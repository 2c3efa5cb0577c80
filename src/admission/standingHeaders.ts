/** OpenAI's `x-ratelimit-*` headers: of the limits that hold, the one that has the least left. */
import type { ServerResponse } from "node:http";
import type { Standing } from "../limits/ledger.js";
import { formatSeconds } from "../settings/quantity.js";
import type { AppliedLimit } from "./limitTable.js";

type Counted = "requests" | "tokens";

const kinds: readonly Counted[] = ["requests", "tokens"];
const headerNames = {
	requests: namesFor("requests"),
	tokens: namesFor("tokens"),
};

function namesFor(counted: Counted) {
	const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((what) => `x-ratelimit-${what}-${counted}`);
	return { limit, remaining, reset } as Readonly<Record<"limit" | "remaining" | "reset", string>>;
}

/** Sets those of a response, over those that the contract's rate limit has set where this one has less left. */
export function setStandings(
	response: ServerResponse,
	limits: readonly AppliedLimit[],
	standings: readonly Standing[],
	now: number,
): void {
	for (const counted of kinds) {
		const at = mostPressing(counted, limits, standings);
		if (at === undefined) continue;
		const standing = standings[at] as Standing;
		const names = headerNames[counted];
		// The contract's rate limit knows no tokens.
		const said = counted === "tokens" ? undefined : response.getHeader(names.remaining);
		if (said !== undefined && Number(said) < standing.remaining) continue;
		response.setHeader(names.limit, String(limits[at]?.limit.max));
		response.setHeader(names.remaining, String(standing.remaining));
		response.setHeader(names.reset, formatSeconds(secondsUntil(standing.resetAt, now)));
	}
}

function mostPressing(
	counted: Counted,
	limits: readonly AppliedLimit[],
	standings: readonly Standing[],
): number | undefined {
	let found: number | undefined;
	for (let at = 0; at < limits.length; at += 1) {
		const standing = standings[at];
		if (limits[at]?.limit.metric !== counted || standing === undefined) continue;
		const best = found === undefined ? undefined : standings[found];
		if (best === undefined || isMorePressing(standing, best)) found = at;
	}
	return found;
}

/** Between two with as much left, the one that takes longer to reset is more pressing. */
function isMorePressing(one: Standing, other: Standing): boolean {
	return one.remaining === other.remaining ? one.resetAt > other.resetAt : one.remaining < other.remaining;
}

function secondsUntil(at: number, now: number): number {
	return Math.max(0, Math.ceil((at - now) / 1000));
}
