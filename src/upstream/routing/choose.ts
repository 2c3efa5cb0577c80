/** The order in which a route's targets are tried for a request. */
import type { Route, Target } from "../../settings/routes.js";
import { isInShare } from "./affinity.js";
import { type CompiledRoute, compileRoute } from "./compiledRoute.js";
import type { RequestFacts } from "./facts.js";
import { patienceMs, putHomeFirst, sticks } from "./homing.js";
import { type Branch, type Leaf, leavesOf, type Member, type Occasion, standings } from "./member.js";
import type { TargetView } from "./targetView.js";

export type { TargetView } from "./targetView.js";

const compiledRoutes = new WeakMap<Route, CompiledRoute>();

/** Compiles the route, so that the first request doesn't wait for it. */
export function prepareRoute(route: Route): CompiledRoute {
	const compiled = compileRoute(route);
	compiledRoutes.set(route, compiled);
	return compiled;
}

/**
 * Orders the targets for a request, best first: for each stage, those that its group's strategy arranges, after them those
 * whose context seems too small for prompt and answer; after the last stage, in the same order, those for which the prompt
 * alone seems too long, and then the unavailable ones. Those whose model is known not to take the request are only there if
 * there is no other.
 *
 * Synchronous. The list is the caller's, unless it is frozen because it is the same for all requests.
 *
 * @param random returns numbers from 0 to less than 1
 * @returns an empty list if no target is suitable; `whyNone` says why
 */
export function choose(route: Route, facts: RequestFacts, view: TargetView, random: () => number): readonly Target[] {
	const { fixed, sole, stages, knowledge } = compiledRoutes.get(route) ?? prepareRoute(route);
	if (sole !== undefined) return areAdmitted(sole.path, facts) ? sole.order : none;
	const doAllFit = knowledge.weigh(facts, view);
	const home = sticks(route) ? view.homeOf?.(route, facts) : undefined;
	if (fixed !== undefined && home === undefined && doAllFit && areAvailable(fixed, facts, view)) return fixed;
	const occasion: Occasion = {
		facts,
		view,
		random,
		isFirst: true,
		...(home === undefined ? {} : { home, patienceMs: patienceMs(route, facts) }),
	};
	const lists: Lists = { order: [], overlong: [], later: [], unfit: [] };
	for (const stage of stages) {
		if (assess(stage, occasion) !== standings.leftOut) placeStage(stage, occasion, lists);
	}
	const { order, overlong, later, unfit } = lists;
	for (const target of overlong) order.push(target);
	for (const target of later) order.push(target);
	return order.length > 0 ? order : unfit;
}

/** Whether conversations may be at home at the target: a fallback is left as soon as the route's own targets are back. */
export function mayBeHome(route: Route, target: Target): boolean {
	return (compiledRoutes.get(route) ?? prepareRoute(route)).homes.has(target.name);
}

interface Lists {
	readonly order: Target[];
	readonly overlong: Target[];
	readonly later: Target[];
	readonly unfit: Target[];
}

const none: readonly Target[] = Object.freeze([]);

/** A single target has no order, available or not. */
function areAvailable(targets: readonly Target[], facts: RequestFacts, view: TargetView): boolean {
	if (targets.length < 2) return true;
	for (const target of targets) if (view.isAvailable(target, facts) === "later") return false;
	return true;
}

function areAdmitted(path: readonly Member[], facts: RequestFacts): boolean {
	for (const member of path) if (!isAdmitted(member, facts)) return false;
	return true;
}

/** Whether the member itself, apart from its members, is suitable for the request. */
function isAdmitted(member: Member, facts: RequestFacts): boolean {
	return meetsConditions(member, facts) && (member.kind === "group" || isAble(member, facts));
}

function meetsConditions({ holds, canary, hash }: Member, facts: RequestFacts): boolean {
	return (holds === undefined || holds(facts)) && (canary === undefined || isInShare(canary, hash, facts));
}

function isAble({ lacks }: Leaf, facts: RequestFacts): boolean {
	for (const lack of lacks) if (facts[lack]) return false;
	return true;
}

/** Sets the standing of a member and of everything in it; a group's is its members' best. */
function assess(member: Member, occasion: Occasion): number {
	if (!isAdmitted(member, occasion.facts)) member.standing = standings.leftOut;
	else member.standing = member.kind === "target" ? standingOf(member, occasion) : assessMembers(member, occasion);
	return member.standing;
}

function standingOf({ target, fit }: Leaf, occasion: Occasion): number {
	if (fit === "unfit") return standings.unfit;
	const fits = fit === "fits";
	const { facts, view } = occasion;
	if (view.isAvailable(target, facts) === "later" && !isWorthWaiting(target, occasion))
		return fits ? standings.later : standings.laterAndTight;
	return fits ? standings.ready : standings[fit];
}

/** It has asked to be left alone, but no longer than the prompt would take elsewhere, where no cache holds it. */
function isWorthWaiting(target: Target, { home, patienceMs = 0, facts, view }: Occasion): boolean {
	if (home?.target !== target.name) return false;
	const restMs = view.restMs?.(target, facts);
	return restMs !== undefined && restMs <= patienceMs;
}

function assessMembers(group: Branch, occasion: Occasion): number {
	let best: number = standings.leftOut;
	group.present = 0;
	for (const member of group.members) {
		const standing = assess(member, occasion);
		if (standing < best) best = standing;
		group.present |= 1 << standing;
	}
	return best;
}

function placeStage(stage: Branch, occasion: Occasion, lists: Lists): void {
	const leaves: Leaf[] = [];
	occasion.isFirst = lists.order.length === 0;
	placeMembers(stage, occasion, leaves);
	if (occasion.home !== undefined && lists.order.length === 0) putHomeFirst(leaves, occasion.home);
	for (let standing: number = standings.ready; standing < standings.leftOut; standing += 1) {
		const list = listFor(standing, lists);
		for (const leaf of leaves) if (leaf.standing === standing) list.push(leaf.target);
	}
}

function listFor(standing: number, { order, overlong, later, unfit }: Lists): Target[] {
	if (standing === standings.unfit) return unfit;
	return standing < standings.overlong ? order : standing === standings.overlong ? overlong : later;
}

/** Arranges members of the same standing among themselves, so that no turn or draw goes to one that is down. */
function placeMembers(group: Branch, occasion: Occasion, leaves: Leaf[]): void {
	const { bench, members, arrange } = group;
	for (let standing: number = standings.ready; standing < standings.leftOut; standing += 1) {
		if ((group.present & (1 << standing)) === 0) continue;
		let count = 0;
		let arranged = 0;
		for (const member of members) {
			if (member.standing !== standing) continue;
			if (member.canary !== undefined) {
				place(member, occasion, leaves);
				continue;
			}
			bench[count++] = member;
			if (member.weight > 0) arranged = count;
		}
		if (arranged > 1) arrange?.(bench, arranged, occasion);
		for (let at = 0; at < count; at += 1) place(bench[at] as Member, occasion, leaves);
	}
}

function place(member: Member, occasion: Occasion, leaves: Leaf[]): void {
	if (member.kind === "group") {
		placeMembers(member, occasion, leaves);
		return;
	}
	leaves.push(member);
	occasion.isFirst = false;
}

const namesOfNeeds = { needsVision: "images", needsTools: "tools", needsJsonSchema: "JSON schemas" } as const;

/** @returns why `choose` returned no target, as a sentence: `No target of route "chat" takes images.` */
export function whyNone(route: Route, facts: RequestFacts): string {
	const { stages } = compiledRoutes.get(route) ?? prepareRoute(route);
	const all = stages.flatMap(leavesOf);
	const candidates = stages.flatMap((stage) => leavesMeetingConditions(stage, facts));
	const which = `target of route ${JSON.stringify(route.name)}`;
	if (all.length === 0) return `There is no ${which}.`;
	if (candidates.length === 0) return `No ${which} is meant for such a request, by their conditions (when, canary).`;
	const missing = new Set(candidates.flatMap(({ lacks }) => lacks.filter((lack) => facts[lack])));
	const needs = [...missing].map((lack) => namesOfNeeds[lack]).join(" and ");
	const whose = candidates.length < all.length ? `${which} whose conditions the request meets` : which;
	return needs === "" ? `No ${which} was chosen.` : `No ${whose} takes ${needs}.`;
}

function leavesMeetingConditions(member: Member, facts: RequestFacts): Leaf[] {
	if (!meetsConditions(member, facts)) return [];
	return member.kind === "target" ? [member] : member.members.flatMap((inner) => leavesMeetingConditions(inner, facts));
}
