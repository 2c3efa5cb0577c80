/** The members of a compiled route: its targets, and the groups that they stand in. */
import type { AffinityKey, Target } from "../../settings/routes.js";
import type { Holds } from "./condition.js";
import type { RequestFacts } from "./facts.js";
import type { TargetView } from "./targetView.js";

/** How near a member is to being asked; the lower the sooner. */
export const standings = {
	ready: 0,
	/** The prompt seems too long for its context. */
	tight: 1,
	/** Not available now. */
	later: 2,
	laterAndTight: 3,
	leftOut: 4,
} as const;

export interface Canary {
	readonly share: number;
	readonly key: AffinityKey;
}

export type Lack = "needsVision" | "needsTools" | "needsJsonSchema";

interface Place {
	readonly weight: number;
	readonly holds: Holds | undefined;
	readonly canary: Canary | undefined;
	/** The name's: the same in all workers, and after a reload. */
	readonly hash: number;
	/** Written by each choice anew. A choice is made in one go, so none sees what another has written. */
	standing: number;
	/** What its group's strategy makes of it: the lowest comes first. Written by each choice, as `standing` is. */
	score: number;
}

export interface Leaf extends Place {
	readonly kind: "target";
	readonly target: Target;
	/** What it is known not to be able to do. */
	readonly lacks: readonly Lack[];
	/** Tokens; `undefined` where it makes no difference within the stage. */
	readonly context: number | undefined;
}

export interface Branch extends Place {
	readonly kind: "group";
	/** Those with weight 0, the last resort of their group, stand last. */
	readonly members: readonly Member[];
	/** `undefined` where the members' own order is the one. */
	readonly arrange: Arrange | undefined;
	/** Where members are arranged, so that no list has to be made for it. */
	readonly bench: Member[];
	/** A bit for each standing that a member has. */
	present: number;
}

export type Member = Leaf | Branch;

/** One choice: what it is made by. */
export interface Occasion {
	readonly facts: RequestFacts;
	readonly view: TargetView;
	/** Gives numbers from 0 to less than 1. */
	readonly random: () => number;
	/** Nothing stands in the order yet: what is placed now is what will be asked. */
	isFirst: boolean;
}

/** Puts the first `count` of the members, all of them with a weight, in the order of a strategy. */
export type Arrange = (members: Member[], count: number, occasion: Occasion) => void;

export function leavesOf(member: Member): Leaf[] {
	return member.kind === "target" ? [member] : member.members.flatMap(leavesOf);
}
