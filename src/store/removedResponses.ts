/** Which responses were removed one by one. A process asks the database again only once that has changed. */
import { compiledByCount } from "./compiledByCount.js";
import type { Database } from "./database.js";

/** Ids in one statement, which is compiled once for each power of two. */
const mostIds = 512;
/** Ids that are known not to be removed. */
const mostKnown = 8192;

export interface RemovedResponses {
	/** @returns those of these that were removed */
	among(ids: readonly string[]): Promise<Set<string>>;
	/** This process has removed some. */
	haveChanged(): void;
}

export function removedResponses({ db, changes }: Pick<Database, "db" | "changes">): RemovedResponses {
	/** Not removed in the state of the database that `changesSeen` stands for. */
	let known = new Set<string>();
	let changesSeen: number | undefined;
	const queryOf = compiledByCount((count) =>
		db
			.selectFrom("response_removed")
			.select("id")
			.where(
				"id",
				"in",
				Array.from({ length: count }, () => ""),
			)
			.compile(),
	);

	/** @returns what is known of the database as it is now */
	function knownNow(): Set<string> {
		const seen = changes();
		if (seen === undefined || seen !== changesSeen || known.size > mostKnown) known = new Set();
		changesSeen = seen;
		return known;
	}

	async function find(ids: readonly string[]): Promise<Set<string>> {
		const removed = new Set<string>();
		for (let at = 0; at < ids.length; at += mostIds) {
			const some = ids.slice(at, at + mostIds);
			const query = queryOf(2 ** Math.ceil(Math.log2(some.length)));
			// What it is compiled with stands for what is not asked.
			const parameters = [...some, ...query.parameters.slice(some.length)];
			const { rows } = await db.executeQuery({ ...query, parameters });
			for (const { id } of rows as { id: string }[]) removed.add(id);
		}
		return removed;
	}

	return {
		async among(ids) {
			// If anything changes while it is asked, another set takes its place.
			const unremoved = knownNow();
			const removed = await find(ids.filter((id) => !unremoved.has(id)));
			for (const id of ids) if (!removed.has(id)) unremoved.add(id);
			return removed;
		},
		haveChanged() {
			known = new Set();
		},
	};
}
