/** Usage records for tests of stores and of their readers. */

import { textTokens } from "../../src/chat/tokenCounts.js";
import type { Gateway } from "../../src/gateway/gateway.js";
import { newId } from "../../src/store/newId.js";
import type { UsageAttempt, UsageRecord, UsageTokens } from "../../src/store/usageTypes.js";
import type { TestGateway } from "./gateway.js";

export function tokens(input: number, output: number, more: Partial<UsageTokens> = {}): UsageTokens {
	return { ...textTokens(input, output), ...more };
}

export function attempt(more: Partial<UsageAttempt> = {}): UsageAttempt {
	return {
		upstream: "gpu",
		model: "llama",
		responseModel: "llama-3",
		kind: "first",
		outcome: "ok",
		status: 200,
		durationMs: 12.3,
		tokens: tokens(5, 7),
		units: null,
		isEstimated: false,
		cost: 1_200,
		usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
		tier: null,
		costSource: null,
		...more,
	};
}

/** @returns the record of a request, by default with one attempt; its tokens and cost are the attempts' sums */
export function usageRecord(more: Partial<UsageRecord> = {}): UsageRecord {
	const { attempts = [attempt()] } = more;
	const sum = (of: (tokens: UsageTokens) => number) =>
		attempts.reduce((all, one) => all + (one.tokens ? of(one.tokens) : 0), 0);
	return {
		id: newId("usage_", 24),
		createdAt: Math.floor(Date.now() / 1000),
		requestId: "req-1",
		operation: "createChatCompletion",
		keyId: null,
		keyName: null,
		team: null,
		organisation: null,
		route: "chat",
		session: null,
		agent: null,
		subagent: null,
		model: "fast",
		responseModel: "llama-3",
		ownUnits: null,
		upstream: attempts.at(-1)?.upstream ?? null,
		isStream: false,
		status: 200,
		outcome: "completed",
		errorCode: null,
		tokens:
			attempts.length === 0
				? null
				: tokens(
						sum(({ input }) => input),
						sum(({ output }) => output),
					),
		units: null,
		isEstimated: false,
		cost: attempts.reduce((all, { cost }) => all + (cost ?? 0), 0),
		durationMs: 13.4,
		firstTokenMs: null,
		attempts,
		cached: null,
		tags: {},
		summedTags: {},
		...more,
	};
}

/** The next usage record of a gateway in this process, which does not reach its store. */
export function nextRecord({ gateway }: { gateway: Pick<Gateway, "services"> }): Promise<UsageRecord> {
	const { usage } = gateway.services;
	return new Promise((resolve, reject) => {
		if (usage === undefined) reject(new Error("this gateway keeps no usage"));
		else usage.add = resolve;
	});
}

/** Usage records as requests end, in their order. */
export function recordsOf({ gateway }: TestGateway): UsageRecord[] {
	const records: UsageRecord[] = [];
	const { usage } = gateway.services;
	if (usage === undefined) throw new Error("usage is off");
	const { add } = usage;
	usage.add = (record) => {
		records.push(record);
		add(record);
	};
	return records;
}
