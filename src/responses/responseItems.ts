/** The input of a kept response as a list of items, each with an id. */
import { spliceMembers } from "../json/spliceMembers.js";
import type { ResponseHead, TurnItems } from "../store/responseTypes.js";
import { idOf, joinItems, splitItems } from "./inputItems.js";
import { inputItemId } from "./itemIds.js";

export interface ListedItem {
	readonly id: string;
	readonly bytes: Buffer;
}

/**
 * All that the model was given: what the turns before have brought, and the response's own input.
 *
 * @param turns oldest first; the last is the response itself
 */
export function inputOf(
	turns: readonly { readonly head: Pick<ResponseHead, "id">; readonly items: TurnItems<Buffer> }[],
): ListedItem[] {
	return turns.flatMap(({ head, items }, place) => [
		...splitItems(items.input).map((item, index) => withId(item, head.id, index)),
		...(place === turns.length - 1 ? [] : splitItems(items.output).map((item, index) => withId(item, head.id, index))),
	]);
}

/** One that came without an id gets one that says where it is. */
function withId(item: Buffer, response: string, index: number): ListedItem {
	const id = idOf(item);
	if (id !== undefined) return { id, bytes: item };
	const made = inputItemId.of(response, index);
	const bytes = Buffer.concat(spliceMembers(item, new Map([["id", [Buffer.from(JSON.stringify(made))]]])));
	return { id: made, bytes };
}

/** The same of turns, each with the items that it brought. */
export function turnPage(
	turns: readonly { readonly resource: { readonly id: string }; readonly items: TurnItems<Buffer> }[],
	hasMore: boolean,
): Buffer {
	const listed = turns.map(({ resource, items: { input, output } }) => ({
		id: resource.id,
		bytes: Buffer.concat([
			Buffer.from(`${JSON.stringify(resource).slice(0, -1)},"input":[`),
			input,
			Buffer.from('],"output":['),
			output,
			Buffer.from("]}"),
		]),
	}));
	return itemPage(listed, hasMore);
}

/** A page in the form of OpenAI's lists, its items as they were kept. */
export function itemPage(items: readonly ListedItem[], hasMore: boolean): Buffer {
	const [first, last] = [items[0]?.id ?? null, items.at(-1)?.id ?? null];
	const rest = JSON.stringify({ first_id: first, last_id: last, has_more: hasMore }).slice(1);
	const data = joinItems(items.map(({ bytes }) => bytes));
	return Buffer.concat([Buffer.from('{"object":"list","data":['), data, Buffer.from(`],${rest}`)]);
}
