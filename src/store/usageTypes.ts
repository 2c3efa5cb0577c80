/** What requests have used, as the store keeps it: a record of each for some time, and sums for good. */
import type { Listed, Metadata, Page } from "./page.js";

export interface UsageStore {
	/** Adds these and puts them into the sums, all or nothing. Of two with the same id only the first one counts. */
	add(records: readonly UsageRecord[]): Promise<void>;
	/** @throws StoreError `not_found` when there is no record `after`. */
	list(page: Page & UsageFilter): Promise<Listed<UsageRecord>>;
	/** In the order of their time. */
	sums(query: UsageQuery): Promise<UsageSums[]>;
	/** Removes records, and sums by the minute, that are older. @returns how many records */
	retain(maxAgeMs: number): Promise<number>;
}

/** `refused`: by the gateway, which found the request itself wrong or not allowed. `failed`: all else that got no whole answer. */
export type UsageOutcome = "completed" | "failed" | "cancelled" | "refused";

/** Cached ones and recordings are among the input, reasoning and speech among the output. */
export interface UsageTokens {
	readonly input: number;
	readonly cached: number;
	readonly audioInput: number;
	readonly output: number;
	readonly reasoning: number;
	readonly audioOutput: number;
}

/** A request to an AI host. */
export interface UsageAttempt {
	readonly upstream: string;
	/** As it was asked there, and as it answered. */
	readonly model: string | null;
	readonly responseModel: string | null;
	readonly kind: "first" | "retry" | "failover" | "hedge" | "rescue";
	/** `ok`, `cancelled`, or the kind of fault. */
	readonly outcome: string;
	readonly status: number | null;
	readonly durationMs: number;
	readonly tokens: UsageTokens | null;
	readonly isEstimated: boolean;
	/** Billionths of a dollar. */
	readonly cost: number | null;
	/** The host's own object. */
	readonly usage: Readonly<Record<string, unknown>> | null;
}

/** Plain data. Nothing of what was asked and answered, and no credential. */
export interface UsageRecord {
	/** `usage_` and 24 letters and digits. */
	readonly id: string;
	/** Seconds since the epoch, when the request came. */
	readonly createdAt: number;
	readonly requestId: string;
	readonly operation: string;
	readonly keyId: string | null;
	readonly keyName: string | null;
	readonly team: string | null;
	readonly organisation: string | null;
	readonly route: string | null;
	/** As the client asked for it. */
	readonly model: string | null;
	readonly responseModel: string | null;
	/** Where the answer came from, else who was asked last. */
	readonly upstream: string | null;
	readonly isStream: boolean;
	readonly status: number;
	readonly outcome: UsageOutcome;
	readonly errorCode: string | null;
	readonly tokens: UsageTokens | null;
	readonly isEstimated: boolean;
	/** Billionths of a dollar. */
	readonly cost: number | null;
	readonly durationMs: number;
	readonly firstTokenMs: number | null;
	readonly attempts: readonly UsageAttempt[];
	readonly tags: Metadata;
	/** Those of the tags by which sums are kept. */
	readonly summedTags: Metadata;
}

/** What is not said is not looked at. A key may be meant by its id or its name. */
export interface UsageFilter {
	readonly key?: string | undefined;
	readonly team?: string | undefined;
	readonly organisation?: string | undefined;
	readonly model?: string | undefined;
	readonly route?: string | undefined;
	readonly upstream?: string | undefined;
	readonly operation?: string | undefined;
	readonly outcome?: UsageOutcome | undefined;
	/** Seconds since the epoch, exclusive. */
	readonly createdBefore?: number | undefined;
	readonly createdAfter?: number | undefined;
}

/** What sums may be told apart by. */
export const usageDimensions = ["key", "team", "organisation", "model", "route", "upstream", "operation"] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** Seconds: sums are kept by the minute, the hour and the day (UTC). */
export const bucketWidths = { "1m": 60, "1h": 3600, "1d": 86_400 } as const;

export interface UsageQuery {
	readonly width: 60 | 3600 | 86_400;
	/** Seconds since the epoch, a multiple of the width; to is exclusive. */
	readonly from: number;
	readonly to: number;
	readonly by: readonly UsageDimension[];
	/** Name of a tag: only requests that have it, told apart by its value. */
	readonly tag?: string | undefined;
	readonly filter: Pick<UsageFilter, UsageDimension>;
}

export interface UsageSums {
	/** When its bucket begins. */
	readonly startsAt: number;
	/** Nothing where requests have none. */
	readonly dimensions: Readonly<Partial<Record<UsageDimension, string | undefined>>>;
	readonly keyName: string | undefined;
	readonly tagValue: string | undefined;
	readonly requests: number;
	readonly failed: number;
	readonly cancelled: number;
	readonly refused: number;
	/** Requests to AI hosts. */
	readonly attempts: number;
	/** Requests whose tokens are not all the hosts' own word. */
	readonly estimated: number;
	readonly tokens: UsageTokens;
	/** Billionths of a dollar; undefined if no price was known. */
	readonly cost: number | undefined;
	/** Of all requests together. */
	readonly durationMs: number;
}
