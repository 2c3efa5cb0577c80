/** Adds the record of a file. */
import type { Kysely } from "kysely";
import { searchable } from "./completionPage.js";
import type { FileRecord } from "./fileTypes.js";
import type { Tables } from "./tables.js";

/** One that is there already is replaced. */
export async function insertFile(within: Kysely<Tables>, owner: string, file: FileRecord): Promise<void> {
	const row = {
		upstream: file.upstream ?? null,
		filename: JSON.stringify(file.filename),
		media_type: JSON.stringify(file.mediaType),
		purpose: searchable(file.purpose),
		bytes: file.bytes,
		content: file.content ?? null,
		sha256: file.sha256 ?? null,
		created_at: file.createdAt,
		expires_at: file.expiresAt ?? null,
	};
	await within
		.insertInto("file")
		.values({ owner, id: searchable(file.id), ...row })
		.onConflict((conflict) => conflict.columns(["owner", "id"]).doUpdateSet(row))
		.execute();
}
