/** Turns by weight, spread evenly: what nginx calls smooth weighted round robin, as a function of the turn's number. */
import type { TargetGroup } from "../../settings/routes.js";
import type { Arrange, Member, Occasion } from "./member.js";

/** Most turns after which everything repeats; weights that would take more are rounded. */
const maxTurns = 256;

/** Whoever's turn it is comes first, and those after it follow in their order. */
export function roundRobin(group: TargetGroup): Arrange {
	const weights = group.targets.map(({ weight }) => weight).filter((weight) => weight > 0);
	if (weights.every((weight) => weight === weights[0])) {
		return (members, count, occasion) => rotate(members, count, turnOf(group, count, occasion));
	}
	let known: readonly Member[] = [];
	let turns: readonly number[] = [];
	return (members, count, occasion) => {
		if (!isSame(known, members, count)) {
			known = members.slice(0, count);
			turns = turnsOf(wholeWeights(known.map(({ weight }) => weight)));
		}
		rotate(members, count, turns[turnOf(group, turns.length, occasion)] ?? 0);
	};
}

/** A group that only stands after others takes no turn, or those it has would go to whoever is first meanwhile. */
function turnOf(group: TargetGroup, turns: number, { isFirst, view, random }: Occasion): number {
	return isFirst ? view.nextTurn(group) % turns : Math.floor(random() * turns);
}

function isSame(known: readonly Member[], members: readonly Member[], count: number): boolean {
	if (known.length !== count) return false;
	for (let at = 0; at < count; at += 1) if (known[at] !== members[at]) return false;
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

/** Whose turn it is, by its place, in one round: each gets its weight, and whoever is owed most is next. */
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

/** Whole numbers in the same proportions: exactly, where up to three decimals and `maxTurns` allow it. */
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
