/** The members of a compiled route: its targets, and the groups that contain them. */
import type { AffinityKey, Target } from "../../settings/routes.js";
import type { Holds } from "./condition.js";
import type { RequestFacts } from "./facts.js";
import type { HomeView, TargetView } from "./targetView.js";

/** How suitable a member is for a request; the lowest comes first. */
export const standings = {
	ready: 0,
	/** The prompt and its answer seem too long for its context. */
	tight: 1,
	/** The prompt alone probably is. */
	overlong: 2,
	/** Not available now. */
	later: 3,
	laterAndTight: 4,
	/** Its model is known not to take the request. */
	unfit: 5,
	leftOut: 6,
} as const;

export interface Canary {
	readonly share: number;
	readonly key: AffinityKey;
}

export type Lack = "needsVision" | "needsTools" | "needsJsonSchema";

/** How well a request fits the model of a target, by what is known of it. */
export type Fit = "fits" | "tight" | "overlong" | "unfit";

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
	/** It, or a group around it, has the weight 0: it is to be drained. */
	readonly isReserve: boolean;
	/** Capabilities that it lacks, as the configuration says. */
	readonly lacks: readonly Lack[];
	/** Written by each choice, like `standing`. */
	fit: Fit;
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
	/** Where the conversation is at home; undefined where conversations don't stick, or this one is new. */
	readonly home?: HomeView | undefined;
	/** How long the request may wait for that. */
	readonly patienceMs?: number;
	/** The order is still empty: the next target placed gets the first attempt. */
	isFirst: boolean;
}

/** Sorts the first `count` members, all of which have a weight, by a strategy. */
export type Arrange = (members: Member[], count: number, occasion: Occasion) => void;

export function leavesOf(member: Member): Leaf[] {
	return member.kind === "target" ? [member] : member.members.flatMap(leavesOf);
}
