/** The cost of a request at a target. */
import type { Target, TargetGroup } from "../../settings/routes.js";
import type { RequestFacts } from "./facts.js";
import { type Member, standings } from "./member.js";

/** Tokens of an answer whose length the request doesn't limit. */
const assumedAnswerTokens = 256;

/** @returns dollars per million such requests; a group costs as much as its cheapest member, an unknown cost is infinite */
export function costAt(member: Member, facts: RequestFacts): number {
	if (member.kind === "target") {
		const { cost } = member.target;
		if (cost === undefined) return Number.POSITIVE_INFINITY;
		return cost.input * facts.estimatedTokens + cost.output * (facts.maxTokens ?? assumedAnswerTokens);
	}
	let least = Number.POSITIVE_INFINITY;
	for (const inner of member.members) {
		if (inner.standing !== standings.leftOut) least = Math.min(least, costAt(inner, facts));
	}
	return least;
}

/**
 * Whether the order by cost is the same for all requests, because no member is cheaper for the prompt but dearer for the answer.
 * Then tokens need not be estimated.
 */
export function isSortedByCost({ strategy, targets }: TargetGroup): boolean {
	if (strategy.kind !== "cheapest" || targets.some(({ kind }) => kind === "group")) return false;
	const outputs = sortByCost(targets).map((target) => costOf(target).output);
	return outputs.every((output, at) => output >= (outputs[at - 1] ?? 0));
}

export function sortByCost(targets: TargetGroup["targets"]): (Target | TargetGroup)[] {
	// By comparison, since the difference of two infinite costs is NaN.
	return [...targets].sort((one, other) => {
		const [less, more] = [costOf(one), costOf(other)];
		return compare(less.input, more.input) || compare(less.output, more.output);
	});
}

function costOf(member: Target | TargetGroup): { input: number; output: number } {
	const unknown = { input: Number.POSITIVE_INFINITY, output: Number.POSITIVE_INFINITY };
	return member.kind === "target" ? (member.cost ?? unknown) : unknown;
}

function compare(one: number, other: number): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
