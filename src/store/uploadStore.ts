/** Uploads in the database: files that come in parts. */
import type { Selectable } from "kysely";
import { searchable } from "./completionPage.js";
import type { Database } from "./database.js";
import { insertFile } from "./fileInsert.js";
import type { FileStore, UploadRecord, UploadStatus } from "./fileTypes.js";
import type { Tables } from "./tables.js";

type Uploads = Pick<FileStore, "addUpload" | "getUpload" | "addPart" | "parts" | "endUpload">;

/** @param now milliseconds since the epoch */
export function uploadStore({ db, hasRowLocks }: Database, now: () => number): Uploads {
	return {
		async addUpload(owner, upload) {
			await db
				.insertInto("upload")
				.values({
					id: searchable(upload.id),
					owner,
					upstream: upload.upstream ?? null,
					filename: JSON.stringify(upload.filename),
					media_type: JSON.stringify(upload.mediaType),
					purpose: searchable(upload.purpose),
					bytes: upload.bytes,
					expires_after: upload.expiresAfter ?? null,
					status: upload.status,
					file: upload.file ?? null,
					created_at: upload.createdAt,
					expires_at: upload.expiresAt,
				})
				.execute();
		},
		async getUpload(owner, id) {
			const row = await db
				.selectFrom("upload")
				.selectAll()
				.where("owner", "=", owner)
				.where("id", "=", searchable(id))
				.executeTakeFirst();
			return row && uploadOf(row, now());
		},
		async addPart(upload, { id, content, bytes, createdAt }) {
			const row = { id: searchable(id), upload, content: content ?? null, bytes, created_at: createdAt };
			await db.insertInto("upload_part").values(row).execute();
		},
		async parts(upload) {
			const rows = await db.selectFrom("upload_part").selectAll().where("upload", "=", upload).execute();
			return rows.map(({ id, content, bytes, created_at }) => ({
				id,
				content: content ?? undefined,
				bytes: Number(bytes),
				createdAt: Number(created_at),
			}));
		},
		endUpload: (owner, id, file) =>
			db.transaction().execute(async (transaction) => {
				const query = transaction
					.selectFrom("upload")
					.select("id")
					.where("owner", "=", owner)
					.where("id", "=", searchable(id))
					.where("status", "=", "pending");
				const pending = await (hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
				if (pending === undefined) return false;
				const ended = file === undefined ? { status: "cancelled" } : { status: "completed", file: file.id };
				await transaction.updateTable("upload").set(ended).where("id", "=", pending.id).execute();
				await transaction.deleteFrom("upload_part").where("upload", "=", pending.id).execute();
				if (file !== undefined) await insertFile(transaction, owner, file);
				return true;
			}),
	};
}

function uploadOf(row: Selectable<Tables["upload"]>, nowMs: number): UploadRecord {
	const isExpired = row.status === "pending" && Number(row.expires_at) * 1000 <= nowMs;
	return {
		id: row.id,
		upstream: row.upstream ?? undefined,
		filename: JSON.parse(row.filename),
		mediaType: JSON.parse(row.media_type),
		purpose: row.purpose,
		bytes: Number(row.bytes),
		expiresAfter: row.expires_after === null ? undefined : Number(row.expires_after),
		status: isExpired ? "expired" : (row.status as UploadStatus),
		file: row.file ?? undefined,
		createdAt: Number(row.created_at),
		expiresAt: Number(row.expires_at),
	};
}
