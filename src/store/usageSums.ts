/** Adds up usage records by bucket, for the table of sums. */
import { searchable } from "./completionPage.js";
import { storedNumbers, type UsageNumbers } from "./usageNumbers.js";
import { type UsageKeys, usageKeys } from "./usageTables.js";
import { bucketWidths, type UsageAttempt, type UsageRecord } from "./usageTypes.js";

export type SumRow = UsageKeys & UsageNumbers & { key_name: string };

const [narrowestWidth, ...widerWidths] = Object.values(bucketWidths) as [number, ...number[]];
/** No value has one: `searchable` replaces it. */
const separator = "\0";
const noNumbers = Object.fromEntries(storedNumbers.map((name) => [name, 0])) as UsageNumbers;

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

/** @returns the rows to add to the table, one for each combination of keys, always in the same order */
export function sumRows(records: readonly UsageRecord[], names: ModelNames): SumRow[] {
	const rows = new Map<string, SumRow>();
	for (const record of records) addRecord(rows, record, searchable(names.of(record)));
	// Wider buckets are whole numbers of the narrowest, which has fewer rows than there are records.
	const narrow = [...rows.values()];
	for (const width of widerWidths)
		for (const row of narrow) {
			const wide = { ...row, width, starts_at: row.starts_at - (row.starts_at % width) };
			addRow(rows, usageKeys.map((key) => wide[key]).join(separator), wide);
		}
	// Concurrent transactions that change them in the same order can't deadlock.
	return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function addRow(rows: Map<string, SumRow>, name: string, added: SumRow): void {
	const row = rows.get(name);
	if (row === undefined) {
		rows.set(name, added);
		return;
	}
	for (const number of storedNumbers) row[number] += added[number];
	row.key_name = added.key_name;
}

/** A request counts for the upstream whose answer it got; each attempt's tokens and cost count for the attempt's upstream. */
function addRecord(rows: Map<string, SumRow>, record: UsageRecord, model: string): void {
	addToTag(rows, record, model, "", "");
	for (const tag in record.summedTags) {
		const value = record.summedTags[tag] as string;
		addToTag(rows, record, model, searchable(tag), searchable(value));
	}
}

function addToTag(rows: Map<string, SumRow>, record: UsageRecord, model: string, tag: string, tagValue: string): void {
	const row = rowOf(rows, record, model, record.upstream, tag, tagValue);
	row.requests += 1;
	if (record.outcome !== "completed") row[record.outcome] += 1;
	if (record.isEstimated) row.estimated += 1;
	row.duration_ms += Math.round(record.durationMs);
	for (const attempt of record.attempts) {
		const isSame = attempt.upstream === record.upstream;
		addAttempt(isSame ? row : rowOf(rows, record, model, attempt.upstream, tag, tagValue), attempt);
	}
}

function addAttempt(row: SumRow, { tokens, cost }: UsageAttempt): void {
	row.attempts += 1;
	if (tokens !== null) {
		row.input_tokens += tokens.input;
		row.cached_tokens += tokens.cached;
		row.audio_input_tokens += tokens.audioInput;
		row.output_tokens += tokens.output;
		row.reasoning_tokens += tokens.reasoning;
		row.audio_output_tokens += tokens.audioOutput;
	}
	if (cost !== null) {
		row.cost += cost;
		row.priced += 1;
	}
}

/** @returns the row of the narrowest width, new if need be */
function rowOf(
	rows: Map<string, SumRow>,
	record: UsageRecord,
	model: string,
	upstreamName: string | null,
	tag: string,
	tagValue: string,
): SumRow {
	const startsAt = record.createdAt - (record.createdAt % narrowestWidth);
	const keyId = textOf(record.keyId);
	const team = textOf(record.team);
	const organisation = textOf(record.organisation);
	const route = textOf(record.route);
	const upstream = textOf(upstreamName);
	const operation = searchable(record.operation);
	const when = `${narrowestWidth}${separator}${tag}${separator}${startsAt}${separator}${tagValue}`;
	const whose = `${keyId}${separator}${team}${separator}${organisation}`;
	const name = `${when}${separator}${whose}${separator}${model}${separator}${route}${separator}${upstream}${separator}${operation}`;
	let row = rows.get(name);
	if (row === undefined) {
		row = {
			width: narrowestWidth,
			starts_at: startsAt,
			tag,
			tag_value: tagValue,
			key_id: keyId,
			team,
			organisation,
			model,
			route,
			upstream,
			operation,
			key_name: "",
			...noNumbers,
		};
		rows.set(name, row);
	}
	row.key_name = textOf(record.keyName);
	return row;
}

function textOf(value: string | null): string {
	return value === null ? "" : searchable(value);
}

function isAnswered({ attempts }: UsageRecord): boolean {
	return attempts.some(({ status }) => status !== null && status < 400);
}
