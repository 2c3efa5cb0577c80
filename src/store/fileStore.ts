/** Files and uploads in the database. */
import type { Selectable } from "kysely";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { insertFile } from "./fileInsert.js";
import type { FileRecord, FileStore } from "./fileTypes.js";
import type { Page } from "./page.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";
import { uploadStore } from "./uploadStore.js";

type Row = Selectable<Tables["file"]>;

/** An upload under way has no record before its end. */
const chunkGraceSeconds = 3_600;

/** @param now milliseconds since the epoch */
export function fileStore(database: Database, now: () => number): FileStore {
	const { db } = database;
	const seconds = () => Math.floor(now() / 1000);

	function ofOwner(owner: string) {
		return db
			.selectFrom("file")
			.selectAll()
			.where("owner", "=", owner)
			.where(({ eb, or }) => or([eb("expires_at", "is", null), eb("expires_at", ">", seconds())]));
	}

	async function find(owner: string, id: string): Promise<Row | undefined> {
		return ofOwner(owner).where("id", "=", searchable(id)).executeTakeFirst();
	}

	async function page(owner: string, { limit, order, after, purpose }: Page & { purpose?: string | undefined }) {
		let query = ofOwner(owner);
		if (purpose !== undefined) query = query.where("purpose", "=", searchable(purpose));
		if (after !== undefined) {
			const cursor = await find(owner, after);
			if (cursor === undefined) throw new StoreError("not_found", `There is no file "${after}" to begin after.`);
			query = query.where("sequence", order === "desc" ? "<" : ">", cursor.sequence);
		}
		const rows = await query
			.orderBy("sequence", order)
			.limit(limit + 1)
			.execute();
		return { data: rows.slice(0, limit).map(fileOf), hasMore: rows.length > limit };
	}

	async function isUsed(content: string): Promise<boolean> {
		for (const table of ["file", "upload_part"] as const) {
			const row = await db.selectFrom(table).select("content").where("content", "=", content).executeTakeFirst();
			if (row !== undefined) return true;
		}
		return false;
	}

	return {
		add: (owner, file) => insertFile(db, owner, file),
		async get(owner, id) {
			const row = await find(owner, id);
			return row && fileOf(row);
		},
		list: page,
		async remove(owner, id) {
			const { numDeletedRows } = await db
				.deleteFrom("file")
				.where("owner", "=", owner)
				.where("id", "=", searchable(id))
				.executeTakeFirstOrThrow();
			return Number(numDeletedRows) > 0;
		},
		async usedBytes(owner) {
			const ofFiles = await db
				.selectFrom("file")
				.select(({ fn }) => fn.sum<number | string | null>("bytes").as("bytes"))
				.where("owner", "=", owner)
				.where("upstream", "is", null)
				.executeTakeFirstOrThrow();
			const ofParts = await db
				.selectFrom("upload_part")
				.innerJoin("upload", "upload.id", "upload_part.upload")
				.select(({ fn }) => fn.sum<number | string | null>("upload_part.bytes").as("bytes"))
				.where("upload.owner", "=", owner)
				.where("upload.upstream", "is", null)
				.executeTakeFirstOrThrow();
			return Number(ofFiles.bytes ?? 0) + Number(ofParts.bytes ?? 0);
		},

		...uploadStore(database, now),

		async addChunk(content, number, data) {
			await db.insertInto("file_chunk").values({ content, number, data, created_at: seconds() }).execute();
		},
		async chunk(content, number) {
			const row = await db
				.selectFrom("file_chunk")
				.select("data")
				.where("content", "=", content)
				.where("number", "=", number)
				.executeTakeFirst();
			return row?.data;
		},
		async removeChunks(content) {
			await db.deleteFrom("file_chunk").where("content", "=", content).execute();
		},

		async retain({ maxAgeMs }) {
			const expired = await db
				.deleteFrom("file")
				.where(({ eb, or }) =>
					or([
						eb("expires_at", "<=", seconds()),
						...(maxAgeMs === undefined ? [] : [eb("created_at", "<", Math.floor((now() - maxAgeMs) / 1000))]),
					]),
				)
				.executeTakeFirstOrThrow();
			const ended = db.selectFrom("upload").select("id").where("expires_at", "<=", seconds());
			await db.deleteFrom("upload_part").where("upload", "in", ended).execute();
			await db.deleteFrom("upload").where("expires_at", "<=", seconds()).execute();
			return Number(expired.numDeletedRows);
		},
		async unused(contents) {
			const found: string[] = [];
			for (const content of contents) if (!(await isUsed(content))) found.push(content);
			return found;
		},
		async unusedChunks() {
			const old = await db
				.selectFrom("file_chunk")
				.select("content")
				.where("number", "=", 0)
				.where("created_at", "<", seconds() - chunkGraceSeconds)
				.where(
					"content",
					"not in",
					db.selectFrom("file").select("content").where("content", "is not", null).$castTo<{ content: string }>(),
				)
				.where(
					"content",
					"not in",
					db
						.selectFrom("upload_part")
						.select("content")
						.where("content", "is not", null)
						.$castTo<{ content: string }>(),
				)
				.execute();
			return old.map(({ content }) => content);
		},
	};
}

function fileOf(row: Row): FileRecord {
	return {
		id: row.id,
		upstream: row.upstream ?? undefined,
		filename: JSON.parse(row.filename),
		mediaType: JSON.parse(row.media_type),
		purpose: row.purpose,
		bytes: Number(row.bytes),
		content: row.content ?? undefined,
		sha256: row.sha256 ?? undefined,
		createdAt: Number(row.created_at),
		expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
	};
}
