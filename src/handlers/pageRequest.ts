/** Pages of lists: which one a request asks for, and what is in it. */
import { notFound } from "../errors/notFound.js";
import type { GatewayContext } from "../middleware/link.js";
import type { Listed, Page } from "../store/page.js";

const defaultPageSize = 20;

/** @returns the page; by default the 20 newest. The contract has validated the query */
export function pageRequest(ctx: GatewayContext): Page {
	const { limit = defaultPageSize, order = "desc", after } = ctx.state.exchange.query as Partial<Page>;
	return { limit, order, after };
}

/**
 * A page of a list that is at hand.
 *
 * @param all oldest first
 * @param what one of them is called
 * @throws GatewayError 404 if there is none with the id `after`
 */
export function pageOf<Item extends { readonly id: string }>(
	all: readonly Item[],
	{ limit, order, after }: Page,
	what: string,
): Listed<Item> {
	const items = order === "desc" ? all.toReversed() : all;
	const last = after === undefined ? -1 : items.findIndex(({ id }) => id === after);
	if (after !== undefined && last === -1)
		throw notFound(`There is no ${what} "${after}" to begin after.`, "not_found", "after");
	const end = last + 1 + limit;
	return { data: items.slice(last + 1, end), hasMore: end < items.length };
}
