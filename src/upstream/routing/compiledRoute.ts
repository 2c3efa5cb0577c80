/** A route's targets and groups, with everything that can be computed before a request comes. */
import type { Capabilities, Route, Target, TargetGroup } from "../../settings/routes.js";
import { compileCondition } from "./condition.js";
import { isSortedByCost, sortByCost } from "./cost.js";
import { hashText } from "./hash.js";
import { type Branch, type Lack, type Leaf, leavesOf, type Member, standings } from "./member.js";
import { RouteKnowledge } from "./routeKnowledge.js";
import { arrangementOf } from "./strategies.js";

export interface CompiledRoute {
	readonly stages: readonly Branch[];
	/** All targets. */
	readonly leaves: readonly Leaf[];
	/** What is known of their models. */
	readonly knowledge: RouteKnowledge;
	/** The names of the first stage's targets, at which conversations may be at home. */
	readonly homes: ReadonlySet<string>;
	/** The order if neither requests nor chance affect it, as long as all targets are available and may take the request. */
	readonly fixed: readonly Target[] | undefined;
	/** The only target, and the groups that contain it. */
	readonly sole: { readonly order: readonly Target[]; readonly path: readonly Member[] } | undefined;
}

export function compileRoute(route: Route): CompiledRoute {
	const stages = route.stages.map((stage) => compileGroup(stage, false));
	const leaves = stages.flatMap(leavesOf);
	const order = Object.freeze(leaves.map(({ target }) => target));
	return {
		stages,
		leaves,
		homes: new Set(
			stages
				.slice(0, 1)
				.flatMap(leavesOf)
				.map(({ target }) => target.name),
		),
		knowledge: new RouteKnowledge(leaves),
		fixed: stages.every(isFixed) ? order : undefined,
		sole: leaves.length === 1 ? { order, path: stages.flatMap(pathOf) } : undefined,
	};
}

function compileGroup(group: TargetGroup, isInReserve: boolean): Branch {
	const members = sortedTargets(group).map((member) => {
		const isReserve = isInReserve || member.weight <= 0;
		return member.kind === "target" ? compileTarget(member, isReserve) : compileGroup(member, isReserve);
	});
	return {
		kind: "group",
		...placeOf(
			group,
			targetsOf(group)
				.map(({ name }) => name)
				.join(" "),
		),
		members,
		arrange: arrangementOf(group),
		bench: [...members],
		present: 0,
	};
}

function sortedTargets(group: TargetGroup): (Target | TargetGroup)[] {
	const sorted = isSortedByCost(group) ? sortByCost(group.targets) : group.targets;
	return [...sorted.filter(({ weight }) => weight > 0), ...sorted.filter(({ weight }) => weight <= 0)];
}

function compileTarget(target: Target, isReserve: boolean): Leaf {
	return {
		kind: "target",
		...placeOf(target, target.name),
		target,
		isReserve,
		lacks: lacksOf(target.capabilities),
		fit: "fits",
	};
}

function placeOf(
	{ weight, when, canary }: Target | TargetGroup,
	name: string,
): Pick<Member, "weight" | "holds" | "canary" | "hash" | "standing" | "score"> {
	const holds = compileCondition(when);
	return { weight, holds, canary, hash: hashText(name), standing: standings.ready, score: 0 };
}

function lacksOf({ vision, tools, jsonSchema }: Capabilities): Lack[] {
	const lacks: Lack[] = [];
	if (tools === false) lacks.push("needsTools");
	if (jsonSchema === false) lacks.push("needsJsonSchema");
	if (vision === false) lacks.push("needsVision");
	return lacks;
}

function targetsOf(group: TargetGroup): Target[] {
	return group.targets.flatMap((member) => (member.kind === "target" ? [member] : targetsOf(member)));
}

function isFixed(member: Member): boolean {
	if (member.holds !== undefined || member.canary !== undefined) return false;
	if (member.kind === "target") return member.lacks.length === 0;
	const isArranged = member.arrange !== undefined && member.members.length > 1;
	return !isArranged && member.members.every(isFixed);
}

/** @returns the path to the target of a member that has only one */
function pathOf(member: Member): Member[] {
	if (leavesOf(member).length === 0) return [];
	return member.kind === "target" ? [member] : [member, ...member.members.flatMap(pathOf)];
}
