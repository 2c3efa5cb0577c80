/** Rows of batches, and what they say. */
import type { Insertable, Selectable } from "kysely";
import type { BatchKind, BatchRecord, BatchStatus, NewBatch, NotedBatch, SeenBatch, TakenBatch } from "./batchTypes.js";
import { searchable } from "./completionPage.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["batch"]>;

export function newRow(batch: NewBatch): Insertable<Tables["batch"]> {
	const { id, owner, kind, endpoint, task, holder } = batch;
	return {
		...{ id, owner, kind, endpoint, task, holder, lease_until: batch.leaseUntil, ended_at: null },
		...{ status: "validating", is_cancelling: 0, model: null, moments: "{}", faults: "[]" },
		...{ upstream: null, snapshot: null, input_file: batch.inputFile ?? null, output_file: null, error_file: null },
		...{ completion_window: batch.window, created_at: batch.createdAt, expires_at: batch.expiresAt },
		...{ metadata: jsonOf(batch.metadata), key_name: jsonOf(batch.keyName), team: jsonOf(batch.team) },
		...{ key_id: null, organisation: null, is_accounted: 0 },
		...{ total: 0, completed: 0, failed: 0 },
		...{ input_tokens: 0, cached_tokens: 0, output_tokens: 0, reasoning_tokens: 0 },
	};
}

export function recordOf(row: Row): BatchRecord {
	return {
		...{ sequence: Number(row.sequence), id: row.id, owner: row.owner, endpoint: row.endpoint },
		...{ kind: row.kind as BatchKind, status: row.status as BatchStatus, isCancelling: row.is_cancelling === 1 },
		...{ metadata: read(row.metadata), keyName: read(row.key_name), team: read(row.team), model: read(row.model) },
		upstream: row.upstream ?? undefined,
		snapshot: row.snapshot ?? undefined,
		...{ keyId: row.key_id ?? undefined, organisation: read(row.organisation), isAccounted: row.is_accounted === 1 },
		inputFile: row.input_file ?? undefined,
		outputFile: row.output_file ?? undefined,
		errorFile: row.error_file ?? undefined,
		window: row.completion_window,
		createdAt: Number(row.created_at),
		expiresAt: Number(row.expires_at),
		moments: JSON.parse(row.moments),
		faults: JSON.parse(row.faults),
		...{ total: Number(row.total), completed: Number(row.completed), failed: Number(row.failed) },
		tokens: {
			input: Number(row.input_tokens),
			cached: Number(row.cached_tokens),
			output: Number(row.output_tokens),
			reasoning: Number(row.reasoning_tokens),
		},
	};
}

/** What changes whenever its upstream is asked. */
export function seenRow(seen: SeenBatch) {
	const { status, isCancelling, endpoint, window, model, moments, faults, tokens } = seen;
	return {
		...{
			status,
			is_cancelling: Number(isCancelling),
			endpoint: searchable(endpoint),
			completion_window: searchable(window),
			model: jsonOf(model),
		},
		...{ moments: JSON.stringify(moments), faults: JSON.stringify(faults), expires_at: seen.expiresAt },
		input_file: nameOf(seen.inputFile),
		output_file: nameOf(seen.outputFile),
		error_file: nameOf(seen.errorFile),
		...{ total: seen.total, completed: seen.completed, failed: seen.failed },
		...{ input_tokens: tokens.input, cached_tokens: tokens.cached },
		...{ output_tokens: tokens.output, reasoning_tokens: tokens.reasoning },
	};
}

export function takenOf(row: Row): TakenBatch {
	return { ...recordOf(row), task: row.task };
}

export function notedRow({ id, owner, kind, createdAt, upstream, snapshot, seen, ...by }: NotedBatch) {
	const nobodys = { task: "", holder: "", leaseUntil: 0, metadata: undefined };
	const { endpoint, window, inputFile, expiresAt } = seen;
	const { keyName, team } = by;
	const row = newRow({ id, owner, kind, createdAt, endpoint, window, inputFile, expiresAt, keyName, team, ...nobodys });
	return {
		...row,
		...seenRow(seen),
		...{ upstream, snapshot, lease_until: null, key_id: by.keyId ?? null, organisation: jsonOf(by.organisation) },
	};
}

function nameOf(id: string | undefined): string | null {
	return id === undefined ? null : searchable(id);
}

function jsonOf(value: unknown): string | null {
	return value === undefined ? null : JSON.stringify(value);
}

function read<Value>(text: string | null): Value | undefined {
	return text === null ? undefined : (JSON.parse(text) as Value);
}
