/** Prompts, their versions and their labels. */
import type { Kysely, Selectable, Transaction } from "kysely";
import type { Database } from "./database.js";
import { namer } from "./naming.js";
import { newId } from "./newId.js";
import type { Listed, Metadata } from "./page.js";
import {
	type NewPromptVersion,
	type PromptChange,
	type PromptRecord,
	type PromptStore,
	type PromptVersionRecord,
	StoreError,
} from "./store.js";
import type { Tables } from "./tables.js";

type Row = Selectable<Tables["prompt"]>;
type VersionRow = Selectable<Tables["prompt_version"]>;

/** @param now milliseconds since the epoch */
export function promptStore({ db, hasRowLocks, errorOf }: Database, now: () => number): PromptStore {
	const naming = namer(errorOf, "prompt");

	const seconds = () => Math.floor(now() / 1000);

	/** @returns the prompt's row, locked until the transaction ends. @throws StoreError `not_found`, also for another owner's */
	async function lock(transaction: Transaction<Tables>, owner: string, id: string): Promise<Row> {
		const query = transaction.selectFrom("prompt").selectAll().where("id", "=", id).where("owner", "=", owner);
		const row = await (hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
		if (!row) throw missing(id);
		return row;
	}

	/** Changes a prompt and increments its revision. @param options `deleted`: deleted prompts may be changed too */
	async function changeOf(
		owner: string,
		id: string,
		ifRevision: number | undefined,
		change: (transaction: Transaction<Tables>, row: Row) => Promise<Partial<Row> | undefined>,
		options: { deleted?: boolean } = {},
	): Promise<PromptRecord> {
		return db.transaction().execute(async (transaction) => {
			const row = await lock(transaction, owner, id);
			if (row.deleted_at !== null && !options.deleted) throw missing(id);
			if (ifRevision !== undefined && row.revision !== ifRevision)
				throw new StoreError("stale", `Prompt "${row.name}" has changed: it is at revision ${row.revision} now.`);
			const changed = await change(transaction, row);
			if (!changed) return recordOf(transaction, row);
			const update = { ...changed, revision: row.revision + 1, updated_at: seconds() };
			await naming(changed.name ?? row.name, () =>
				transaction.updateTable("prompt").set(update).where("sequence", "=", row.sequence).execute(),
			);
			return recordOf(transaction, { ...row, ...update });
		});
	}

	async function rowOf(owner: string, id: string): Promise<Row | undefined> {
		return db.selectFrom("prompt").selectAll().where("id", "=", id).where("owner", "=", owner).executeTakeFirst();
	}

	return {
		async create(owner, { name, description, metadata, version }) {
			const at = seconds();
			const row = {
				id: newId("prompt_", 24),
				owner,
				name,
				description: JSON.stringify(description),
				metadata: JSON.stringify(metadata),
				created_at: at,
				updated_at: at,
				deleted_at: null,
				revision: 1,
				latest_version: 1,
			};
			return db.transaction().execute(async (transaction) => {
				const { sequence } = await naming(name, () =>
					transaction.insertInto("prompt").values(row).returning("sequence").executeTakeFirstOrThrow(),
				);
				await transaction
					.insertInto("prompt_version")
					.values({ prompt: sequence, number: 1, ...versionColumns(version), created_at: at })
					.execute();
				return recordOf(transaction, { ...row, sequence });
			});
		},

		async find(owner, idOrName, { deleted = false } = {}) {
			const byId = await rowOf(owner, idOrName);
			if (byId && (deleted || byId.deleted_at === null)) return recordOf(db, byId);
			const named = db.selectFrom("prompt").selectAll().where("owner", "=", owner).where("name", "=", idOrName);
			const live = await named.where("deleted_at", "is", null).executeTakeFirst();
			if (live) return recordOf(db, live);
			const latest = deleted ? await named.orderBy("sequence", "desc").limit(1).executeTakeFirst() : undefined;
			return latest && recordOf(db, latest);
		},

		async list(owner, { limit, order, after, deleted = false }) {
			let query = db.selectFrom("prompt").selectAll().where("owner", "=", owner);
			if (!deleted) query = query.where("deleted_at", "is", null);
			if (after !== undefined) {
				const cursor = await rowOf(owner, after);
				if (!cursor) throw missing(after);
				query = query.where("sequence", order === "desc" ? "<" : ">", cursor.sequence);
			}
			const rows = await query
				.orderBy("sequence", order)
				.limit(limit + 1)
				.execute();
			const page = rows.slice(0, limit);
			const labels = await labelsOf(db, page);
			return {
				data: page.map((row) => toRecord(row, labels.get(row.sequence) ?? {})),
				hasMore: rows.length > limit,
			};
		},

		update: (owner, id, change, ifRevision) => changeOf(owner, id, ifRevision, async () => columnsOf(change)),

		remove: (owner, id, ifRevision) =>
			changeOf(
				owner,
				id,
				ifRevision,
				async (_transaction, row) => (row.deleted_at === null ? { deleted_at: seconds() } : undefined),
				{ deleted: true },
			),

		restore: (owner, id) =>
			changeOf(
				owner,
				id,
				undefined,
				async (_transaction, row) => (row.deleted_at === null ? undefined : { deleted_at: null }),
				{ deleted: true },
			),

		async addVersion(owner, id, version, ifRevision) {
			const columns = versionColumns(version);
			let added: VersionRow | undefined;
			await changeOf(owner, id, ifRevision, async (transaction, { sequence, latest_version }) => {
				added = { prompt: sequence, number: latest_version + 1, ...columns, created_at: seconds() };
				await transaction.insertInto("prompt_version").values(added).execute();
				return { latest_version: added.number };
			});
			return toVersion(id, added as VersionRow);
		},

		async version(owner, id, number) {
			const row = await db
				.selectFrom("prompt_version")
				.innerJoin("prompt", "prompt.sequence", "prompt_version.prompt")
				.selectAll("prompt_version")
				.where("prompt.id", "=", id)
				.where("prompt.owner", "=", owner)
				.where("prompt_version.number", "=", number)
				.executeTakeFirst();
			return row && toVersion(id, row);
		},

		async versions(owner, id, { limit, order, after }): Promise<Listed<PromptVersionRecord>> {
			const prompt = await rowOf(owner, id);
			if (!prompt) throw missing(id);
			let query = db.selectFrom("prompt_version").selectAll().where("prompt", "=", prompt.sequence);
			if (after !== undefined) {
				const number = Number(after);
				if (!Number.isSafeInteger(number)) throw new StoreError("not_found", `There is no version "${after}".`);
				query = query.where("number", order === "desc" ? "<" : ">", number);
			}
			const rows = await query
				.orderBy("number", order)
				.limit(limit + 1)
				.execute();
			return { data: rows.slice(0, limit).map((row) => toVersion(id, row)), hasMore: rows.length > limit };
		},

		setLabel: (owner, id, label, version, ifRevision) =>
			changeOf(owner, id, ifRevision, async (transaction, { sequence, name, latest_version }) => {
				if (!Number.isInteger(version) || version < 1 || version > latest_version)
					throw new StoreError(
						"not_found",
						`Prompt "${name}" has no version ${version}; its latest is ${latest_version}.`,
					);
				await transaction
					.insertInto("prompt_label")
					.values({ prompt: sequence, label, version })
					.onConflict((conflict) => conflict.columns(["prompt", "label"]).doUpdateSet({ version }))
					.execute();
				return {};
			}),

		removeLabel: (owner, id, label, ifRevision) =>
			changeOf(owner, id, ifRevision, async (transaction, { sequence, name }) => {
				const { numDeletedRows } = await transaction
					.deleteFrom("prompt_label")
					.where("prompt", "=", sequence)
					.where("label", "=", label)
					.executeTakeFirstOrThrow();
				if (numDeletedRows === 0n) throw new StoreError("not_found", `Prompt "${name}" has no label "${label}".`);
				return {};
			}),
	};
}

function missing(id: string): StoreError {
	return new StoreError("not_found", `There is no prompt "${id}".`);
}

function versionColumns({ content, comment }: NewPromptVersion): { content: string; comment: string } {
	return { content: JSON.stringify(content), comment: JSON.stringify(comment) };
}

function columnsOf({ name, description, metadata }: PromptChange): Partial<Row> {
	return {
		...(name !== undefined && { name }),
		...(description !== undefined && { description: JSON.stringify(description) }),
		...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
	};
}

async function recordOf(db: Kysely<Tables>, row: Row): Promise<PromptRecord> {
	const labels = await labelsOf(db, [row]);
	return toRecord(row, labels.get(row.sequence) ?? {});
}

/** @returns version numbers by label, by the prompt's sequence number */
async function labelsOf(db: Kysely<Tables>, prompts: readonly Row[]): Promise<Map<number, Record<string, number>>> {
	const byPrompt = new Map<number, [label: string, version: number][]>();
	if (prompts.length === 0) return new Map();
	const rows = await db
		.selectFrom("prompt_label")
		.selectAll()
		.where(
			"prompt",
			"in",
			prompts.map(({ sequence }) => sequence),
		)
		.orderBy("label")
		.execute();
	for (const { prompt, label, version } of rows)
		byPrompt.set(prompt, [...(byPrompt.get(prompt) ?? []), [label, version]]);
	// From entries, since a label may be called like a member that every object has.
	return new Map([...byPrompt].map(([prompt, labels]) => [prompt, Object.fromEntries(labels)]));
}

function toRecord(row: Row, labels: Record<string, number>): PromptRecord {
	return {
		id: row.id,
		name: row.name,
		description: JSON.parse(row.description) as string,
		metadata: JSON.parse(row.metadata) as Metadata,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		deletedAt: row.deleted_at ?? undefined,
		revision: row.revision,
		latestVersion: row.latest_version,
		labels,
	};
}

function toVersion(promptId: string, { number, content, comment, created_at }: VersionRow): PromptVersionRecord {
	return {
		promptId,
		number,
		content: JSON.parse(content) as unknown,
		comment: JSON.parse(comment) as string,
		createdAt: created_at,
	};
}
