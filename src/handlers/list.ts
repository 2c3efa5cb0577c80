/** @returns one page of a list, in the form of OpenAI's API */
export function listOf<Item extends { id: string }>(data: Item[], hasMore: boolean) {
	const [first, last] = [data[0], data.at(-1)];
	return { object: "list" as const, data, first_id: first?.id ?? null, last_id: last?.id ?? null, has_more: hasMore };
}
