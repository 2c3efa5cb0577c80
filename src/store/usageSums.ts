/** Adds up usage records by bucket, for the table of sums. */
import { searchable } from "./completionPage.js";
import type { UsageNumbers } from "./usageNumbers.js";
import { type UsageKeys, usageKeys } from "./usageTables.js";
import { bucketWidths, type UsageRecord, type UsageTokens } from "./usageTypes.js";

export type SumRow = UsageKeys & UsageNumbers & { key_name: string };

const widths = Object.values(bucketWidths);

/** Clients can make up any number of model names: this many that no upstream has answered to are kept, the rest are one. */
const maxUnanswered = 500;
const othersName = "(others)";

export interface ModelNames {
	/** @returns the model's name in the sums: empty if the request names none */
	of(record: UsageRecord): string;
}

export function createModelNames(): ModelNames {
	const unanswered = new Set<string>();
	return {
		of(record) {
			const { model } = record;
			if (model === null || model === "" || isAnswered(record) || unanswered.has(model)) return model ?? "";
			if (unanswered.size >= maxUnanswered) return othersName;
			unanswered.add(model);
			return model;
		},
	};
}

/** @returns the rows to add to the table, one for each combination of keys */
export function sumRows(records: readonly UsageRecord[], names: ModelNames): SumRow[] {
	const rows = new Map<string, SumRow>();
	for (const record of records) {
		const model = names.of(record);
		for (const part of partsOf(record))
			for (const [tag, value] of [["", ""], ...Object.entries(record.summedTags)] as [string, string][])
				for (const width of widths) {
					const keys = keysOf({ ...record, model }, part.upstream, width, searchable(tag), searchable(value));
					addTo(rows, keys, part.numbers, searchable(record.keyName ?? ""));
				}
	}
	return [...rows.values()];
}

function addTo(rows: Map<string, SumRow>, keys: UsageKeys, numbers: UsageNumbers, keyName: string): void {
	const name = usageKeys.map((key) => keys[key]).join("\n");
	const row = rows.get(name);
	if (row === undefined) {
		rows.set(name, { ...keys, ...numbers, key_name: keyName });
		return;
	}
	for (const number of Object.keys(numbers) as (keyof UsageNumbers)[]) row[number] += numbers[number];
	row.key_name = keyName;
}

function keysOf(record: UsageRecord, upstream: string, width: number, tag: string, tagValue: string): UsageKeys {
	const { createdAt, keyId, team, organisation, model, route, operation } = record;
	return {
		width,
		starts_at: createdAt - (createdAt % width),
		tag,
		tag_value: tagValue,
		key_id: searchable(keyId ?? ""),
		team: searchable(team ?? ""),
		organisation: searchable(organisation ?? ""),
		model: searchable(model ?? ""),
		route: searchable(route ?? ""),
		upstream: searchable(upstream),
		operation: searchable(operation),
	};
}

function isAnswered({ attempts }: UsageRecord): boolean {
	return attempts.some(({ status }) => status !== null && status < 400);
}

/** A request counts for the upstream whose answer it got; each attempt's tokens and cost count for the attempt's upstream. */
function partsOf(record: UsageRecord): { upstream: string; numbers: UsageNumbers }[] {
	const { upstream, outcome, isEstimated, durationMs, attempts } = record;
	const own: UsageNumbers = {
		...numbersOf(null, null),
		requests: 1,
		failed: outcome === "failed" ? 1 : 0,
		cancelled: outcome === "cancelled" ? 1 : 0,
		refused: outcome === "refused" ? 1 : 0,
		estimated: isEstimated ? 1 : 0,
		duration_ms: Math.round(durationMs),
	};
	return [
		{ upstream: upstream ?? "", numbers: own },
		...attempts.map(({ upstream, tokens, cost }) => ({
			upstream,
			numbers: { ...numbersOf(tokens, cost), attempts: 1 },
		})),
	];
}

function numbersOf(tokens: UsageTokens | null, cost: number | null): UsageNumbers {
	return {
		requests: 0,
		failed: 0,
		cancelled: 0,
		refused: 0,
		attempts: 0,
		estimated: 0,
		input_tokens: tokens?.input ?? 0,
		cached_tokens: tokens?.cached ?? 0,
		audio_input_tokens: tokens?.audioInput ?? 0,
		output_tokens: tokens?.output ?? 0,
		reasoning_tokens: tokens?.reasoning ?? 0,
		audio_output_tokens: tokens?.audioOutput ?? 0,
		cost: cost ?? 0,
		priced: cost === null ? 0 : 1,
		duration_ms: 0,
	};
}
