/** What was stored without keys: one owner's, where each credential used to be an owner of its own. */
import type { Kysely } from "kysely";
import { anonymous } from "./anonymousOwner.js";
import type { Entry } from "./completionInsert.js";
import type { Tables } from "./tables.js";

/** A credential's hash, as earlier versions told owners apart by. Owners with keys have a colon in their names. */
const hashLength = 64;
const isHash = (owner: string) => /^[0-9a-f]{64}$/.test(owner);

/** Makes what credentials own the one owner's without keys. Where there is or was a key, it stays as it is. */
export async function shareKeyless(db: Kysely<Tables>): Promise<void> {
	if (await hasKeys(db)) return;
	await freeNames(db);
	for (const table of ["prompt", "completion", "completion_metadata", "completion_removed"] as const)
		await db
			.updateTable(table)
			.set({ owner: anonymous })
			.where("owner", "!=", anonymous)
			.where(({ fn }) => fn<number>("length", ["owner"]), "=", hashLength)
			.execute();
}

/** Two credentials may each have a prompt of one name: the later one gets a name with a number. */
async function freeNames(db: Kysely<Tables>): Promise<void> {
	const rows = await db
		.selectFrom("prompt")
		.select(["sequence", "owner", "name"])
		.where("deleted_at", "is", null)
		.orderBy("sequence")
		.execute();
	const keyless = rows.filter(({ owner }) => owner === anonymous || isHash(owner));
	const taken = new Set(keyless.map(({ name }) => name));
	const seen = new Set<string>();
	for (const { sequence, name } of keyless) {
		if (!seen.has(name)) {
			seen.add(name);
			continue;
		}
		let number = 2;
		while (taken.has(numbered(name, number))) number += 1;
		const free = numbered(name, number);
		taken.add(free);
		await db.updateTable("prompt").set({ name: free }).where("sequence", "=", sequence).execute();
	}
}

const longestName = 128;

function numbered(name: string, number: number): string {
	const end = `-${number}`;
	return name.slice(0, longestName - end.length) + end;
}

async function hasKeys(db: Kysely<Tables>): Promise<boolean> {
	return (await db.selectFrom("api_key").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** The same for records that an earlier version has left in the journal. */
export async function sharedKeyless(db: Kysely<Tables>, entries: readonly Entry[]): Promise<readonly Entry[]> {
	if (!entries.some(({ owner }) => isHash(owner)) || (await hasKeys(db))) return entries;
	return entries.map((entry) => (isHash(entry.owner) ? { ...entry, owner: anonymous } : entry));
}
