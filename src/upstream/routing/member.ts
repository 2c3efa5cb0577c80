/** The members of a compiled route: its targets, and the groups that contain them. */
import type { AffinityKey, Target } from "../../settings/routes.js";
import type { Holds } from "./condition.js";
import type { RequestFacts } from "./facts.js";
import type { TargetView } from "./targetView.js";

/** How suitable a member is for a request; the lowest comes first. */
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
	/** Hash of the name: the same in all workers and after a reload. */
	readonly hash: number;
	/** Written by each choice. Choices are synchronous, so none sees another's values. */
	standing: number;
	/** Set by the group's strategy: the lowest comes first. Written by each choice, like `standing`. */
	score: number;
}

export interface Leaf extends Place {
	readonly kind: "target";
	readonly target: Target;
	/** Capabilities that it is known to lack. */
	readonly lacks: readonly Lack[];
	/** In tokens; undefined if it makes no difference within the stage. */
	readonly context: number | undefined;
}

export interface Branch extends Place {
	readonly kind: "group";
	/** Members with weight 0, the group's last resort, come last. */
	readonly members: readonly Member[];
	/** Undefined to keep the members' own order. */
	readonly arrange: Arrange | undefined;
	/** Reused buffer in which members are arranged. */
	readonly bench: Member[];
	/** A bit for each standing that any member has. */
	present: number;
}

export type Member = Leaf | Branch;

/** The inputs of one choice. */
export interface Occasion {
	readonly facts: RequestFacts;
	readonly view: TargetView;
	/** Returns numbers from 0 to less than 1. */
	readonly random: () => number;
	/** The order is still empty: the next target placed gets the first attempt. */
	isFirst: boolean;
}

/** Sorts the first `count` members, all of which have a weight, by a strategy. */
export type Arrange = (members: Member[], count: number, occasion: Occasion) => void;

export function leavesOf(member: Member): Leaf[] {
	return member.kind === "target" ? [member] : member.members.flatMap(leavesOf);
}
