/** Adds up usage records by bucket, for the table of sums. */
import { type Unit, type UnitCounts, unitNames } from "../chat/usedUnits.js";
import { searchable } from "./completionPage.js";
import { storedNumbers, type UsageNumbers } from "./usageNumbers.js";
import { type AgentKeys, agentKeys, type UsageKeys, usageKeys } from "./usageTables.js";
import { bucketWidths, type UsageAttempt, type UsageEntry, type UsageFacts } from "./usageTypes.js";

export type SumRow = UsageKeys & UsageNumbers & { key_name: string };
export type AgentSumRow = AgentKeys & UsageNumbers & { key_name: string; session_name: string };
type AnyRow = SumRow | AgentSumRow;

/** What rows of one kind have besides the keys that all have. `name` distinguishes those of different values. */
interface Slot {
	readonly name: string;
	readonly members:
		| Pick<UsageKeys, "tag" | "tag_value">
		| (Pick<AgentKeys, "session" | "agent" | "subagent"> & { session_name: string });
}

const [narrowestWidth, ...widerWidths] = Object.values(bucketWidths) as [number, ...number[]];
/** No value has one: `searchable` replaces it. */
const separator = "\0";
export const noNumbers = Object.fromEntries(storedNumbers.map((name) => [name, 0])) as UsageNumbers;

/** Clients can make up any number of model names: this many that no upstream has answered to are kept, the rest are one. */
const maxUnanswered = 500;
export const othersName = "(others)";

export interface ModelNames {
	/** @returns the model's name in the sums: empty if the request names none */
	of(entry: UsageEntry): string;
}

export function createModelNames(): ModelNames {
	const unanswered = new Set<string>();
	return {
		of(entry) {
			const { model } = entry.facts;
			if (model === null || model === "" || isAnswered(entry) || unanswered.has(model)) return model ?? "";
			if (unanswered.size >= maxUnanswered) return othersName;
			unanswered.add(model);
			return model;
		},
	};
}

/** Entries that are counted in the same rows. */
export interface AlikeEntries {
	readonly facts: UsageFacts;
	/** Start of their minute. */
	readonly startsAt: number;
	/** Its name in the sums. */
	readonly model: string;
	readonly entries: UsageEntry[];
}

export function alikeEntries(entries: readonly UsageEntry[], names: ModelNames): AlikeEntries[] {
	const known = new Map<UsageFacts, AlikeEntries[]>();
	for (const entry of entries) {
		const { facts, createdAt } = entry;
		const startsAt = createdAt - (createdAt % narrowestWidth);
		const model = names.of(entry);
		const sameFacts = known.get(facts) ?? [];
		if (sameFacts.length === 0) known.set(facts, sameFacts);
		const alike = sameFacts.find((one) => one.startsAt === startsAt && one.model === model);
		if (alike === undefined) sameFacts.push({ facts, startsAt, model, entries: [entry] });
		else alike.entries.push(entry);
	}
	return [...known.values()].flat();
}

/** @returns the rows to add to the table, one for each combination of keys, always in the same order */
export function sumRows(groups: readonly AlikeEntries[]): SumRow[] {
	const rows = new Map<string, AnyRow>();
	for (const alike of groups) {
		addToSlot(rows, alike, wholeSlot);
		for (const [name, value] of Object.entries(alike.facts.summedTags)) addToSlot(rows, alike, tagSlot(name, value));
	}
	return widened(rows, usageKeys) as SumRow[];
}

/** @returns the same for the table of agents' sums, which has none of requests without an agent */
export function agentSumRows(groups: readonly AlikeEntries[]): AgentSumRow[] {
	const rows = new Map<string, AnyRow>();
	for (const alike of groups) {
		const slot = agentSlot(alike.facts);
		if (slot !== undefined) addToSlot(rows, alike, slot);
	}
	return rows.size === 0 ? [] : (widened(rows, agentKeys) as AgentSumRow[]);
}

/** Wider buckets are whole numbers of the narrowest, which has fewer rows than there are records. */
function widened(rows: Map<string, AnyRow>, keys: readonly string[]): AnyRow[] {
	const narrow = [...rows.values()];
	for (const width of widerWidths)
		for (const row of narrow) {
			const wide = { ...row, width, starts_at: row.starts_at - (row.starts_at % width) };
			addRow(rows, keys.map((key) => wide[key as keyof typeof wide]).join(separator), wide);
		}
	// Concurrent transactions that change them in the same order can't deadlock.
	return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function addRow(rows: Map<string, AnyRow>, name: string, added: AnyRow): void {
	const row = rows.get(name);
	if (row === undefined) {
		rows.set(name, added);
		return;
	}
	for (const number of storedNumbers) row[number] += added[number];
	row.key_name = added.key_name;
}

const wholeSlot: Slot = { name: separator, members: { tag: "", tag_value: "" } };

function tagSlot(name: string, value: string): Slot {
	const members = { tag: searchable(name), tag_value: searchable(value) };
	return { name: `${members.tag}${separator}${members.tag_value}`, members };
}

function agentSlot({ session, agent, subagent }: UsageFacts): Slot | undefined {
	if (session === null && agent === null) return undefined;
	const members = {
		session: session?.id ?? "",
		session_name: textOf(session?.name ?? null),
		agent: textOf(agent),
		subagent: textOf(subagent),
	};
	return { name: [members.session, members.agent, members.subagent].join(separator), members };
}

/** A request counts for the upstream whose answer it got; each attempt's tokens and cost count for the attempt's upstream. */
function addToSlot(rows: Map<string, AnyRow>, alike: AlikeEntries, slot: Slot): void {
	const { upstream } = alike.facts;
	const row = rowOf(rows, alike, upstream, slot);
	for (const entry of alike.entries) {
		addRequest(row, entry);
		for (const attempt of entry.attempts)
			addAttempt(attempt.upstream === upstream ? row : rowOf(rows, alike, attempt.upstream, slot), attempt);
	}
}

/** Adds what is counted once for a request. */
export function addRequest(row: UsageNumbers, { facts, durationMs }: UsageEntry): void {
	const { outcome, isEstimated, cached, ownUnits } = facts;
	row.requests += 1;
	if (outcome !== "completed") row[outcome] += 1;
	if (isEstimated) row.estimated += 1;
	if (cached !== null) {
		row.cached_requests += 1;
		row.saved += cached.saved ?? 0;
		// It costs nothing, which is a price too.
		row.priced += 1;
	}
	if (ownUnits !== null) {
		addUnits(row, ownUnits);
		row.priced += 1;
	}
	row.duration_ms += Math.round(durationMs);
}

export function addAttempt(row: UsageNumbers, { tokens, units, cost }: UsageAttempt): void {
	row.attempts += 1;
	if (tokens !== null) {
		row.input_tokens += tokens.input;
		row.cached_tokens += tokens.cached;
		row.cache_write_tokens += tokens.written;
		row.cache_write_1h_tokens += tokens.writtenForHour;
		row.image_input_tokens += tokens.imageInput;
		row.audio_input_tokens += tokens.audioInput;
		row.output_tokens += tokens.output;
		row.reasoning_tokens += tokens.reasoning;
		row.audio_output_tokens += tokens.audioOutput;
		row.image_output_tokens += tokens.imageOutput;
	}
	if (units !== null) addUnits(row, units);
	if (cost !== null) {
		row.cost += cost;
		row.priced += 1;
	}
}

function addUnits(row: UsageNumbers, units: UnitCounts): void {
	for (const [unit, count] of Object.entries(units) as [Unit, number][])
		row[unit] += Math.round(count * storedPerUnit(unit));
}

/** Columns are whole numbers, and seconds of audio are none. */
function storedPerUnit(unit: Unit): number {
	return unit === "audio_seconds" ? 1000 : 1;
}

/** The sums of a row, as `addAttempt` has stored them. PostgreSQL returns sums as text. */
export function unitsOfRow(row: Readonly<Record<Unit, number | string>>): Record<Unit, number> {
	const units = unitNames.map((unit) => [unit, Number(row[unit]) / storedPerUnit(unit)]);
	return Object.fromEntries(units) as Record<Unit, number>;
}

/** @returns the row of the narrowest width, new if need be */
function rowOf(
	rows: Map<string, AnyRow>,
	{ facts, startsAt, model: givenModel }: AlikeEntries,
	upstreamName: string | null,
	slot: Slot,
): AnyRow {
	const keyId = textOf(facts.keyId);
	const team = textOf(facts.team);
	const organisation = textOf(facts.organisation);
	const model = searchable(givenModel);
	const route = textOf(facts.route);
	const upstream = textOf(upstreamName);
	const operation = searchable(facts.operation);
	const when = `${narrowestWidth}${separator}${slot.name}${separator}${startsAt}`;
	const whose = `${keyId}${separator}${team}${separator}${organisation}`;
	const name = `${when}${separator}${whose}${separator}${model}${separator}${route}${separator}${upstream}${separator}${operation}`;
	let row = rows.get(name);
	if (row === undefined) {
		row = {
			width: narrowestWidth,
			starts_at: startsAt,
			...slot.members,
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
	row.key_name = textOf(facts.keyName);
	return row;
}

export function textOf(value: string | null): string {
	return value === null ? "" : searchable(value);
}

function isAnswered({ attempts, facts }: UsageEntry): boolean {
	return facts.cached !== null || attempts.some(({ status }) => status !== null && status < 400);
}
