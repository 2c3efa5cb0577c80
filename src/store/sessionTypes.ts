/** Sessions of agents in the store: what each has used, and which are stopped. */
import type { Actor } from "./keyTypes.js";
import type { Listed, Page } from "./page.js";
import type { SessionStop } from "./sessionStops.js";
import type { UsageSums } from "./usageTypes.js";

export interface SessionStore {
	/** The one that was heard of last comes first, or last. @throws StoreError `not_found` if there is no session `after` */
	list(page: Page & SessionFilter): Promise<Listed<SessionRecord>>;
	/** By id, or those of all keys whose agents call them so, at most ten. */
	find(idOrName: string): Promise<SessionRecord[]>;
	/** Those that there are of these. */
	some(ids: readonly string[]): Promise<SessionRecord[]>;
	/** What each of its agents and sub-agents has used, in the order of their first requests. */
	parts(id: string): Promise<SessionPart[]>;
	/** Refuses it from now on. @returns false if that is so already, and nothing was changed */
	stop(id: string, stop: Omit<SessionStop, "id">, by: Actor): Promise<boolean>;
	/** @returns false if it wasn't stopped */
	resume(id: string, by: Actor): Promise<boolean>;
}

/** Undefined members match everything. `key` is an id or a name. */
export interface SessionFilter {
	readonly key?: string | undefined;
	readonly agent?: string | undefined;
}

/** Times are in seconds since the epoch. */
export interface SessionTimes {
	/** When its first and its last request came. */
	readonly firstAt: number;
	readonly lastAt: number;
}

export interface SessionRecord extends SessionTimes {
	/** `session_` and 24 letters and digits. */
	readonly id: string;
	/** As its agent calls it. */
	readonly name: string;
	/** Undefined without keys. */
	readonly keyId: string | undefined;
	readonly keyName: string | undefined;
	readonly agent: string;
	readonly sums: UsageSums;
}

export interface SessionPart extends SessionTimes {
	readonly agent: string;
	/** Undefined for the session's own. */
	readonly subagent: string | undefined;
	readonly sums: UsageSums;
}
