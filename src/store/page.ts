/** Lists of records, a page at a time. */

/** `desc` lists newest first; `after` is the id of the previous page's last record. */
export interface Page {
	limit: number;
	order: "asc" | "desc";
	after?: string | undefined;
}

export interface Listed<Item> {
	data: Item[];
	/** Whether there are more after the last one. */
	hasMore: boolean;
}

/** Up to 16 pairs of text, as in OpenAI's API. */
export type Metadata = Record<string, string>;
