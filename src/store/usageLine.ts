/**
 * A usage record as a line of the journal: three arrays in JSON, and tabs between them, which JSON never has in a text. They are what
 * the record has of its own, its attempts as the table keeps them, and its facts, which many records have the same: so the store
 * writer passes on the attempts as they are, and reads equal facts once.
 */
import { attemptOf, attemptRowOf } from "./usageAttempts.js";
import type { UsageEntry, UsageFacts, UsageRecord } from "./usageTypes.js";

type OwnRow = [
	id: UsageRecord["id"],
	createdAt: UsageRecord["createdAt"],
	requestId: UsageRecord["requestId"],
	durationMs: UsageRecord["durationMs"],
	firstTokenMs: UsageRecord["firstTokenMs"],
];

/** Most records have none of the later values, which are then left out. */
type FactsRow = [
	operation: UsageRecord["operation"],
	keyId: UsageRecord["keyId"],
	keyName: UsageRecord["keyName"],
	team: UsageRecord["team"],
	organisation: UsageRecord["organisation"],
	route: UsageRecord["route"],
	model: UsageRecord["model"],
	responseModel: UsageRecord["responseModel"],
	upstream: UsageRecord["upstream"],
	isStream: UsageRecord["isStream"],
	status: UsageRecord["status"],
	outcome: UsageRecord["outcome"],
	errorCode: UsageRecord["errorCode"],
	isEstimated: UsageRecord["isEstimated"],
	tags: UsageRecord["tags"],
	summedTags: UsageRecord["summedTags"],
	...later: Partial<LaterValues>,
];

type LaterValues = [
	session: UsageRecord["session"],
	agent: UsageRecord["agent"],
	subagent: UsageRecord["subagent"],
	cached: UsageRecord["cached"],
	ownUnits: UsageRecord["ownUnits"],
];

/** A longer record is written without the upstreams' own usage objects. In characters. */
const maxLength = 32 * 1024;

/** Keys whose facts are remembered. */
const maxKnown = 1_000;

/** Writes a record's line, without its line end. */
export type UsageLineWriter = (record: UsageRecord) => string;

/** @returns what writes several lines, and remembers the facts of each key's last one, which often are the next one's too */
export function usageLineWriter(): UsageLineWriter {
	const known = new Map<UsageRecord["keyId"], { row: FactsRow; text: string }>();

	function factsText(record: UsageRecord): string {
		const row = factsRowOf(record);
		const last = known.get(record.keyId);
		if (last !== undefined && areSame(last.row, row)) return last.text;
		const text = JSON.stringify(row);
		if (known.size >= maxKnown) known.clear();
		known.set(record.keyId, { row, text });
		return text;
	}

	function lineOf(record: UsageRecord): string {
		const { id, createdAt, requestId, durationMs, firstTokenMs, attempts } = record;
		const own: OwnRow = [id, createdAt, requestId, durationMs, firstTokenMs];
		return lineOfParts(own, attempts.map(attemptRowOf), factsText(record));
	}

	return (record) => {
		const line = lineOf(record);
		if (line.length < maxLength) return line;
		const attempts = record.attempts.map((attempt) => ({ ...attempt, usage: null }));
		return lineOf({ ...record, attempts });
	};
}

/** Objects of two requests are never the same. */
function areSame(one: FactsRow, other: FactsRow): boolean {
	return one.length === other.length && one.every((value, at) => value === other[at]);
}

/** @param facts their row in JSON */
export function lineOfParts(own: readonly unknown[], attempts: readonly unknown[][], facts: string): string {
	return `${JSON.stringify(own)}\t${JSON.stringify(attempts)}\t${facts}`;
}

function factsRowOf(record: UsageRecord): FactsRow {
	const row: FactsRow = [
		record.operation,
		record.keyId,
		record.keyName,
		record.team,
		record.organisation,
		record.route,
		record.model,
		record.responseModel,
		record.upstream,
		record.isStream,
		record.status,
		record.outcome,
		record.errorCode,
		record.isEstimated,
		record.tags,
		record.summedTags,
	];
	const { session, agent, subagent, cached, ownUnits } = record;
	if (session !== null || agent !== null || cached !== null || ownUnits !== null)
		row.push(session, agent, subagent, cached, ownUnits);
	return row;
}

/** Reads a line without its line end. @returns undefined if it is none */
export type UsageLineReader = (line: string) => UsageEntry | undefined;

/** @returns what reads several lines, whose records share their facts */
export function usageLineReader(): UsageLineReader {
	const known = new Map<string, UsageFacts>();

	function factsOf(text: string): UsageFacts {
		let facts = known.get(text);
		if (facts === undefined) {
			facts = factsOfRow(arrayIn<FactsRow>(text));
			known.set(text, facts);
		}
		return facts;
	}

	return (line) => {
		const ownEnd = line.indexOf("\t");
		const attemptsEnd = line.indexOf("\t", ownEnd + 1);
		if (attemptsEnd === -1) return undefined;
		const attemptRows = line.slice(ownEnd + 1, attemptsEnd);
		try {
			const [id, createdAt, requestId, durationMs, firstTokenMs] = arrayIn<OwnRow>(line.slice(0, ownEnd));
			const attempts = arrayIn<unknown[][]>(attemptRows).map((row) => attemptOf(row));
			const facts = factsOf(line.slice(attemptsEnd + 1));
			return { id, createdAt, requestId, durationMs, firstTokenMs, attempts, attemptRows, facts };
		} catch {
			return undefined;
		}
	};
}

/** @throws SyntaxError if it is none */
function arrayIn<Row>(text: string): Row {
	const row: unknown = JSON.parse(text);
	if (!Array.isArray(row)) throw new SyntaxError("no array");
	return row as Row;
}

function factsOfRow(row: FactsRow): UsageFacts {
	return {
		operation: row[0],
		keyId: row[1],
		keyName: row[2],
		team: row[3],
		organisation: row[4],
		route: row[5],
		model: row[6],
		responseModel: row[7],
		upstream: row[8],
		isStream: row[9],
		status: row[10],
		outcome: row[11],
		errorCode: row[12],
		isEstimated: row[13],
		tags: row[14],
		summedTags: row[15],
		session: row[16] ?? null,
		agent: row[17] ?? null,
		subagent: row[18] ?? null,
		cached: row[19] ?? null,
		ownUnits: row[20] ?? null,
	};
}

/** @returns records as they come out of the journal */
export function entriesOf(records: readonly UsageRecord[]): UsageEntry[] {
	const write = usageLineWriter();
	const read = usageLineReader();
	return records.map((record) => read(write(record)) as UsageEntry);
}
