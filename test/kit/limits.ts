/** Short forms of limits, claims and reservations. */
import type { Decision, Limit, ReserveRequest, Span } from "../../src/limits/ledger.js";

export function limitOf(name: string, span: Span, max: number): Limit {
	const metric = span === "now" ? "concurrency" : "tokens";
	return { counter: `${name}:${metric}:${span}`, metric, span, max };
}

/** @returns a claim of this amount for each limit */
export function asking(
	limits: readonly (readonly [limit: Limit, amount: number])[],
	{ priority = 0, maxWaitMs = 0 }: { priority?: number; maxWaitMs?: number } = {},
): ReserveRequest {
	return { claims: limits.map(([limit, amount]) => ({ limit, amount })), priority, maxWaitMs };
}

export function granted(decision: Decision): Decision & { isGranted: true } {
	if (!decision.isGranted) throw new Error(`refused: ${JSON.stringify(decision)}`);
	return decision;
}

export function refused(decision: Decision): Decision & { isGranted: false } {
	if (decision.isGranted) throw new Error(`granted: ${JSON.stringify(decision)}`);
	return decision;
}
