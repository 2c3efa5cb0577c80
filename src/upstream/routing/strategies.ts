/** Implements how each strategy arranges the members of its group. */
import type { AffinityKey, TargetGroup } from "../../settings/routes.js";
import { hashOfKey, rendezvousScore } from "./affinity.js";
import { costAt, isSortedByCost } from "./cost.js";
import { hashText } from "./hash.js";
import { type Arrange, type Member, type Occasion, standings } from "./member.js";
import { roundRobin } from "./roundRobin.js";
import type { TargetView } from "./targetView.js";

/** @returns undefined if the strategy keeps the members' own order */
export function arrangementOf(group: TargetGroup): Arrange | undefined {
	const { strategy } = group;
	switch (strategy.kind) {
		case "ordered":
			return undefined;
		case "weighted":
			return weighted;
		case "round_robin":
			return roundRobin(group);
		case "least_busy":
			return leastBusy;
		case "lowest_latency":
			return lowestLatency;
		case "cheapest":
			return isSortedByCost(group) ? undefined : cheapest;
		case "session_affinity":
			return sessionAffinity(strategy.key);
		case "prefix_affinity":
			return prefixAffinity(strategy.prefixCharacters, strategy.loadFactor);
	}
}

/** Sampling by weight without replacement (Efraimidis and Spirakis 2006): the lowest of exponential draws comes first. */
const weighted: Arrange = (members, count, { random }) => {
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		member.score = -Math.log(1 - random()) / member.weight;
	}
	sortByScore(members, count);
};

/** By the load that they would have with this request, relative to their weight. */
const leastBusy: Arrange = (members, count, { view, random }) => {
	shuffleFirst(members, count, count, random);
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		member.score = (inFlightAt(member, view) + 1) / member.weight;
	}
	sortByScore(members, count);
};

/** The first places, each of which gets the better of two members; the order of the rest hardly matters. */
const placesByLatency = 3;

/**
 * The better of two random members comes first (Mitzenmacher, "The power of two choices", 2001): unlike the best of all,
 * it isn't the same for all who choose at the same moment. The other one competes for the second place, and so on.
 */
const lowestLatency: Arrange = (members, count, { view, random }) => {
	shuffleFirst(members, count, placesByLatency + 1, random);
	for (let at = 0; at < Math.min(placesByLatency, count - 1); at += 1) {
		const one = members[at] as Member;
		const other = members[at + 1] as Member;
		if (!isSlower(one, other, view)) continue;
		members[at] = other;
		members[at + 1] = one;
	}
};

const cheapest: Arrange = (members, count, { facts }) => {
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		member.score = costAt(member, facts);
	}
	sortByScore(members, count);
};

function sessionAffinity(key: AffinityKey): Arrange {
	return (members, count, { facts }) => sortByRendezvous(members, count, hashOfKey(key, facts));
}

/** Rendezvous with bounded loads, after "Consistent Hashing with Bounded Loads" (Mirrokni, Thorup, Zadimoghaddam 2018). */
function prefixAffinity(prefixCharacters: number, loadFactor: number): Arrange {
	return (members, count, { facts, view, random }) => {
		const prefix = facts.prefix(prefixCharacters);
		// Requests without a prompt have nothing in common.
		sortByRendezvous(members, count, prefix === "" ? Math.floor(random() * 2 ** 32) : hashText(prefix));
		passOverBusy(members, count, loadFactor, view);
	};
}

/** Moves members to the end that have more in flight than their share of `loadFactor` times the total, plus one. */
function passOverBusy(members: Member[], count: number, loadFactor: number, view: TargetView): void {
	let inFlight = 0;
	let weight = 0;
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		member.score = inFlightAt(member, view);
		inFlight += member.score;
		weight += member.weight;
	}
	let areSome = false;
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		const isBusy = member.score > (loadFactor * inFlight * member.weight) / weight + 1;
		member.score = isBusy ? 1 : 0;
		areSome ||= isBusy;
	}
	if (areSome) sortByScore(members, count);
}

function sortByRendezvous(members: Member[], count: number, keyHash: number): void {
	for (let at = 0; at < count; at += 1) {
		const member = members[at] as Member;
		member.score = rendezvousScore(member, keyHash);
	}
	sortByScore(members, count);
}

/** @returns requests in flight; for a group, the sum of its members' */
function inFlightAt(member: Member, view: TargetView): number {
	if (member.kind === "target") return view.inFlight(member.target);
	let sum = 0;
	for (const inner of member.members) if (inner.standing !== standings.leftOut) sum += inFlightAt(inner, view);
	return sum;
}

/** A member without a known latency is assumed to be as fast as the other, so that new targets get their chance. */
function isSlower(one: Member, other: Member, view: TargetView): boolean {
	const oneMs = latencyAt(one, view);
	const otherMs = latencyAt(other, view);
	const oneCost = (oneMs ?? otherMs ?? 1) * (inFlightAt(one, view) + 1) * other.weight;
	const otherCost = (otherMs ?? oneMs ?? 1) * (inFlightAt(other, view) + 1) * one.weight;
	return oneCost > otherCost;
}

/** @returns milliseconds; for a group, its fastest member's */
function latencyAt(member: Member, view: TargetView): number | undefined {
	if (member.kind === "target") return view.latencyMs(member.target);
	let least: number | undefined;
	for (const inner of member.members) {
		if (inner.standing === standings.leftOut) continue;
		const ms = latencyAt(inner, view);
		if (ms !== undefined && (least === undefined || ms < least)) least = ms;
	}
	return least;
}

/** Draws the first `places` of `count` members from all of them (Fisher and Yates). */
function shuffleFirst(members: Member[], count: number, places: number, random: Occasion["random"]): void {
	for (let at = 0; at < Math.min(places, count - 1); at += 1) {
		const chosen = at + Math.floor(random() * (count - at));
		const member = members[at] as Member;
		members[at] = members[chosen] as Member;
		members[chosen] = member;
	}
}

/** More members than this are sorted faster by Node itself. */
const maxInserted = 32;

/** Stable; without allocation for groups of the usual size. */
function sortByScore(members: Member[], count: number): void {
	if (count > maxInserted) sortMany(members, count);
	else insertInOrder(members, count);
}

function insertInOrder(members: Member[], count: number): void {
	for (let at = 1; at < count; at += 1) {
		const member = members[at] as Member;
		let to = at;
		for (; to > 0; to -= 1) {
			const before = members[to - 1] as Member;
			if (before.score <= member.score) break;
			members[to] = before;
		}
		members[to] = member;
	}
}

function sortMany(members: Member[], count: number): void {
	const sorted = members.slice(0, count).sort((one, other) => compareScores(one.score, other.score));
	for (const [at, member] of sorted.entries()) members[at] = member;
}

/** By comparison, since the difference of two infinite costs is NaN. */
function compareScores(one: number, other: number): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
