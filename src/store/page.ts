/** Lists of records, a page at a time. */

/** Lists go from newest to oldest (`desc`) or the other way; `after` is the id of the last record of the page before. */
export interface Page {
	limit: number;
	order: "asc" | "desc";
	after?: string | undefined;
}

export interface Listed<Item> {
	data: Item[];
	/** There are more behind the last one. */
	hasMore: boolean;
}
/** Up to 16 pairs of text, as OpenAI's API has them. */
export type Metadata = Record<string, string>;
