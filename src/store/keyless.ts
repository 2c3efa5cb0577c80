/** Gives records stored without keys to one owner; earlier versions treated each credential as an owner. */
import type { Kysely } from "kysely";
import { anonymous } from "./anonymousOwner.js";
import type { Entry } from "./completionInsert.js";
import type { Tables } from "./tables.js";

/** Length of a credential's hash, by which earlier versions named owners. Owners with keys have a colon in their names. */
const hashLength = 64;
const isHash = (owner: string) => /^[0-9a-f]{64}$/.test(owner);

/** Gives records owned by credentials to `anonymous`, unless the store has or had a key. */
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

/** Two credentials may each have a prompt with the same name: the later one gets a number appended. */
async function freeNames(db: Kysely<Tables>): Promise<void> {
	const rows = await db
		.selectFrom("prompt")
		.select(["sequence", "owner", "name"])
		.where("deleted_at", "is", null)
		.orderBy("sequence")
		.execute();
	const keyless = rows.filter(({ owner }) => owner === anonymous || isHash(owner));
	const usedNames = new Set(keyless.map(({ name }) => name));
	const firstNames = new Set<string>();
	for (const { sequence, name } of keyless) {
		if (!firstNames.has(name)) {
			firstNames.add(name);
			continue;
		}
		let number = 2;
		while (usedNames.has(numbered(name, number))) number += 1;
		const free = numbered(name, number);
		usedNames.add(free);
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

/** @returns the entries with their owners replaced likewise; for records that an earlier version left in the journal */
export async function sharedKeyless(db: Kysely<Tables>, entries: readonly Entry[]): Promise<readonly Entry[]> {
	if (!entries.some(({ owner }) => isHash(owner)) || (await hasKeys(db))) return entries;
	return entries.map((entry) => (isHash(entry.owner) ? { ...entry, owner: anonymous } : entry));
}
