/** Stored usage: a record of each request, kept for some time, and sums, kept for good. */
import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Unit, UnitCounts } from "../chat/usedUnits.js";
import type { Listed, Metadata, Page } from "./page.js";

export interface UsageStore {
	/** Adds records and their sums, all or nothing. If two have the same id, only the first counts. */
	add(records: readonly UsageRecord[]): Promise<void>;
	/** The same for records as the journal has them. */
	addEntries(entries: readonly UsageEntry[]): Promise<void>;
	/** @throws StoreError `not_found` if there is no record `after` */
	list(page: Page & UsageFilter): Promise<Listed<UsageRecord>>;
	/** @returns sums in order of time */
	sums(query: UsageQuery): Promise<UsageSums[]>;
	/** Removes older records, sums by the minute, and sums and sessions of agents. @returns how many records */
	retain(maxAgeMs: number): Promise<number>;
}

/** `refused`: the gateway found the request invalid or not allowed. `failed`: any other request without a complete answer. */
export type UsageOutcome = "completed" | "failed" | "cancelled" | "refused";

export type UsageTokens = Readonly<TokenCounts>;

/** One request to an upstream. */
export interface UsageAttempt {
	readonly upstream: string;
	/** The model that was requested there, and the one named in the answer. */
	readonly model: string | null;
	readonly responseModel: string | null;
	readonly kind: "first" | "retry" | "failover" | "hedge" | "rescue";
	/** `ok`, `cancelled`, or the kind of fault. */
	readonly outcome: string;
	readonly status: number | null;
	readonly durationMs: number;
	readonly tokens: UsageTokens | null;
	/** What is billed by other units than tokens. */
	readonly units: UnitCounts | null;
	readonly isEstimated: boolean;
	/** Billionths of a dollar. */
	readonly cost: number | null;
	/** The upstream's own usage object. */
	readonly usage: Readonly<Record<string, unknown>> | null;
	/** The tier that has served the answer, where the upstream says it. */
	readonly tier: string | null;
	/** Whose price `cost` is: `configuration`, `upstream`, or an entry of a price list. */
	readonly costSource: string | null;
}

/** An answer that was made for an equal request, or one that means the same. */
export interface CachedUse {
	/** `collapsed`: it was under way. */
	readonly kind: "exact" | "semantic" | "collapsed";
	/** What it would have cost, in billionths of a dollar; null if that is not known. */
	readonly saved: number | null;
	/** Of the two questions, for `semantic`. */
	readonly similarity: number | null;
}

/** A session: its id distinguishes those of different keys that their agents call the same. */
export interface UsageSession {
	/** `session_` and 24 letters and digits. */
	readonly id: string;
	/** As the agent names it. */
	readonly name: string;
}

/** Plain data, without the texts of request and answer and without credentials. */
export interface UsageRecord {
	/** `usage_` and 24 letters and digits, which sort by time. */
	readonly id: string;
	/** When the request came, in seconds since the epoch. */
	readonly createdAt: number;
	readonly requestId: string;
	readonly operation: string;
	readonly keyId: string | null;
	readonly keyName: string | null;
	readonly team: string | null;
	readonly organisation: string | null;
	readonly route: string | null;
	/** The session of an agent; null if the request names none. */
	readonly session: UsageSession | null;
	/** The agent's program, with or without a session, and the sub-agent within the session. */
	readonly agent: string | null;
	readonly subagent: string | null;
	/** As the client requested it. */
	readonly model: string | null;
	readonly responseModel: string | null;
	/** The upstream that the answer came from, else the last one that was tried. */
	readonly upstream: string | null;
	readonly isStream: boolean;
	readonly status: number;
	readonly outcome: UsageOutcome;
	readonly errorCode: string | null;
	readonly tokens: UsageTokens | null;
	readonly units: UnitCounts | null;
	/** Those of `units` that are no attempt's; null for requests to models, which have none. */
	readonly ownUnits: UnitCounts | null;
	readonly isEstimated: boolean;
	/** Billionths of a dollar. */
	readonly cost: number | null;
	readonly durationMs: number;
	readonly firstTokenMs: number | null;
	readonly attempts: readonly UsageAttempt[];
	/** Its answer is the cache's; null if it was made for the request. */
	readonly cached: CachedUse | null;
	readonly tags: Metadata;
	/** The tags by which sums are kept. */
	readonly summedTags: Metadata;
}

/** What a record has that others hardly ever have the same. */
type OwnMember = "id" | "createdAt" | "requestId" | "durationMs" | "firstTokenMs" | "attempts";

/** What many records have the same. */
export type UsageFacts = Omit<UsageRecord, OwnMember | "tokens" | "units" | "cost">;

/** A record as the journal has it: without the totals of its attempts. */
export interface UsageEntry extends Pick<UsageRecord, OwnMember> {
	/** The attempts in JSON, as the table keeps them. */
	readonly attemptRows: string;
	/** The same object for records that have the same, where they were read together. */
	readonly facts: UsageFacts;
}

/** Undefined members match everything. `key` and `session` are ids or names. */
export interface UsageFilter {
	readonly key?: string | undefined;
	readonly team?: string | undefined;
	readonly organisation?: string | undefined;
	readonly model?: string | undefined;
	readonly route?: string | undefined;
	readonly upstream?: string | undefined;
	readonly operation?: string | undefined;
	readonly session?: string | undefined;
	readonly agent?: string | undefined;
	readonly subagent?: string | undefined;
	readonly outcome?: UsageOutcome | undefined;
	readonly requestId?: string | undefined;
	/** Seconds since the epoch, exclusive. */
	readonly createdBefore?: number | undefined;
	readonly createdAfter?: number | undefined;
}

/** The dimensions by which sums can be grouped. */
export const usageDimensions = [
	"key",
	"team",
	"organisation",
	"model",
	"route",
	"upstream",
	"operation",
	"session",
	"agent",
	"subagent",
] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** Sums by these are kept apart, of agents' requests only, and only as long as records. */
export const agentDimensions = ["session", "agent", "subagent"] as const satisfies UsageDimension[];

/** Whether these sums are of agents' requests only. */
export function isOfAgents(by: readonly UsageDimension[], filter: UsageQuery["filter"]): boolean {
	return agentDimensions.some((dimension) => by.includes(dimension) || filter[dimension] !== undefined);
}

/** In seconds: sums are kept by the minute, the hour and the day (UTC). */
export const bucketWidths = { "1m": 60, "1h": 3600, "1d": 86_400 } as const;

export interface UsageQuery {
	readonly width: 60 | 3600 | 86_400;
	/** Seconds since the epoch, multiples of the width; `to` is exclusive. */
	readonly from: number;
	readonly to: number;
	readonly by: readonly UsageDimension[];
	/** Name of a tag: only requests that have it, grouped by its value. */
	readonly tag?: string | undefined;
	readonly filter: Pick<UsageFilter, UsageDimension>;
}

export interface UsageSums {
	/** Start of the bucket, in seconds since the epoch. */
	readonly startsAt: number;
	/** Undefined if the requests have no such value. */
	readonly dimensions: Readonly<Partial<Record<UsageDimension, string | undefined>>>;
	readonly keyName: string | undefined;
	readonly sessionName: string | undefined;
	readonly tagValue: string | undefined;
	readonly requests: number;
	readonly failed: number;
	readonly cancelled: number;
	readonly refused: number;
	/** Requests to upstreams. */
	readonly attempts: number;
	/** Requests whose tokens were at least in part estimated by the gateway. */
	readonly estimated: number;
	readonly tokens: UsageTokens;
	readonly units: Readonly<Record<Unit, number>>;
	/** Billionths of a dollar; undefined if no price was known. */
	readonly cost: number | undefined;
	/** Requests with an answer of the cache, and what those would have cost, as far as that is known. */
	readonly cachedRequests: number;
	readonly saved: number;
	/** Sum over all requests. */
	readonly durationMs: number;
}
