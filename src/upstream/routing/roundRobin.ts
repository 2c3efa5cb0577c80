/** Weighted turns, spread evenly: nginx's smooth weighted round robin, as a function of the turn's number. */
import type { TargetGroup } from "../../settings/routes.js";
import type { Arrange, Member, Occasion } from "./member.js";

/** The most turns in a round; weights that would need more are rounded. */
const maxTurns = 256;

/** Puts the member whose turn it is first, followed by those after it, in order. */
export function roundRobin(group: TargetGroup): Arrange {
	const weights = group.targets.map(({ weight }) => weight).filter((weight) => weight > 0);
	if (weights.every((weight) => weight === weights[0])) {
		return (members, count, occasion) => rotate(members, count, turnOf(group, count, occasion));
	}
	let lastMembers: readonly Member[] = [];
	let turns: readonly number[] = [];
	return (members, count, occasion) => {
		if (!isSame(lastMembers, members, count)) {
			lastMembers = members.slice(0, count);
			turns = turnsOf(wholeWeights(lastMembers.map(({ weight }) => weight)));
		}
		rotate(members, count, turns[turnOf(group, turns.length, occasion)] ?? 0);
	};
}

/** A group takes a turn only if it comes first; otherwise its turns would be wasted on requests that others serve. */
function turnOf(group: TargetGroup, turns: number, { isFirst, view, random }: Occasion): number {
	return isFirst ? view.nextTurn(group) % turns : Math.floor(random() * turns);
}

function isSame(lastMembers: readonly Member[], members: readonly Member[], count: number): boolean {
	if (lastMembers.length !== count) return false;
	for (let at = 0; at < count; at += 1) if (lastMembers[at] !== members[at]) return false;
	return true;
}

/** Brings the member at `first` to the front and those before it to the end. */
function rotate(members: Member[], count: number, first: number): void {
	if (first === 0) return;
	reverse(members, 0, first);
	reverse(members, first, count);
	reverse(members, 0, count);
}

function reverse(members: Member[], from: number, end: number): void {
	for (let left = from, right = end - 1; left < right; left += 1, right -= 1) {
		const member = members[left] as Member;
		members[left] = members[right] as Member;
		members[right] = member;
	}
}

/** @returns for each turn of one round the index of its member: each gets its weight, and the one that is owed most is next */
export function turnsOf(weights: readonly number[]): number[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	const owed = weights.map(() => 0);
	return Array.from({ length: total }, () => {
		let next = 0;
		for (const [at, weight] of weights.entries()) {
			owed[at] = (owed[at] ?? 0) + weight;
			if ((owed[at] ?? 0) > (owed[next] ?? 0)) next = at;
		}
		owed[next] = (owed[next] ?? 0) - total;
		return next;
	});
}

/** @returns integers in the same proportions: exact for weights of up to three decimals, unless that takes more than `maxTurns` */
export function wholeWeights(weights: readonly number[]): number[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	for (const scale of [1, 10, 100, 1000]) {
		const scaled = weights.map((weight) => Math.round(weight * scale));
		if (scaled.some((whole, at) => whole === 0 || Math.abs(whole - (weights[at] ?? 0) * scale) > 1e-6)) continue;
		const divisor = scaled.reduce(greatestCommonDivisor, 0);
		const whole = scaled.map((weight) => weight / divisor);
		if (whole.reduce((sum, weight) => sum + weight, 0) <= maxTurns) return whole;
	}
	return weights.map((weight) => Math.max(1, Math.round((weight / total) * maxTurns)));
}

function greatestCommonDivisor(one: number, other: number): number {
	return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
