/** The usage record of a batch that an upstream has run: one for each of its models. */
import { createHash } from "node:crypto";
import type { TokenCounts } from "../chat/tokenCounts.js";
import type { Target } from "../settings/routes.js";
import type { BatchRecord } from "../store/batchTypes.js";
import type { UsageAttempt, UsageRecord } from "../store/usageTypes.js";
import { costOfUse } from "./price.js";
import type { Prices } from "./prices.js";

export interface BatchUse {
	readonly batch: BatchRecord & { readonly upstream: string };
	/** Which of its models, beginning with 0. */
	readonly index: number;
	readonly model: string | undefined;
	readonly tokens: TokenCounts;
	/** The operation of its lines, such as `createChatCompletion`. */
	readonly operation: string;
	/** The route of the model that leads to the upstream, and its target there. */
	readonly route: string | undefined;
	readonly target: Target | undefined;
	/** The request that has found it out. */
	readonly requestId: string;
	/** Seconds since the epoch. */
	readonly seenAt: number;
	/** By which sums are kept. */
	readonly usageTags: readonly string[];
}

/** What vendors call the price of batches. */
const tier = "batch";
const hashLetters = 24;

/** It has the same id whoever makes it, so that it counts once. */
export function batchUsageRecord(use: BatchUse, prices: Prices): UsageRecord {
	const { batch, index, model = null, tokens } = use;
	const price =
		(use.target && prices.priceOf(use.target, use.model)) ??
		(use.model === undefined ? undefined : prices.priceOfModel(batch.upstream, use.model));
	const cost = (price && costOfUse(price, { tokens, units: undefined }, tier)) ?? null;
	const tags = { batch: batch.id };
	const attempt: UsageAttempt = {
		...{ upstream: batch.upstream, model, responseModel: model, kind: "first", outcome: "ok", status: 200 },
		...{ durationMs: 0, tokens, units: null, isEstimated: false, cost, usage: null, tier },
		costSource: price?.source ?? null,
	};
	return {
		id: `usage_${createHash("sha256").update(`${batch.id}\n${index}`).digest("hex").slice(0, hashLetters)}`,
		...{ createdAt: use.seenAt, requestId: use.requestId, operation: use.operation },
		...{ keyId: batch.keyId ?? null, keyName: batch.keyName ?? null },
		...{ team: batch.team ?? null, organisation: batch.organisation ?? null },
		...{ route: use.route ?? null, session: null, agent: null, subagent: null },
		...{ model, responseModel: model, upstream: batch.upstream, isStream: false },
		...{ status: 200, outcome: "completed", errorCode: null },
		...{ tokens, units: null, ownUnits: null, isEstimated: false, cost },
		...{ durationMs: 0, firstTokenMs: null, attempts: [attempt], cached: null, tags },
		summedTags: use.usageTags.includes("batch") ? tags : {},
	};
}
