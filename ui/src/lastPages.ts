/** The end of a list that grows at its end, from its newest pages on. */
import { askJson, queryOf } from "./api.js";

interface ListPage<Item> {
	data: Item[];
	has_more: boolean;
	last_id: string | null;
}

export interface ListEnd<Item> {
	/** Oldest first. */
	items: Item[];
	/** Whether there are earlier ones. */
	hasMore: boolean;
}

/** @param pages how many, of so many items each */
export async function lastPages<Item>(
	path: string,
	{ pages, limit }: { pages: number; limit: number },
	signal: AbortSignal,
): Promise<ListEnd<Item>> {
	const items: Item[] = [];
	let after: string | undefined;
	for (let page = 0; page < pages; page += 1) {
		const query = queryOf({ limit, order: "desc", after });
		const found = await askJson<ListPage<Item>>("key", `${path}?${query}`, { signal });
		items.push(...found.data);
		after = found.has_more ? (found.last_id ?? undefined) : undefined;
		if (after === undefined) break;
	}
	return { items: items.reverse(), hasMore: after !== undefined };
}
