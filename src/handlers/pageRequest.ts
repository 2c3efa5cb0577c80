/** Reads which page of a list a request asks for. */
import type { GatewayContext } from "../middleware/link.js";
import type { Page } from "../store/page.js";

const defaultPageSize = 20;

/** @returns the page; by default the 20 newest. The contract has validated the query */
export function pageRequest(ctx: GatewayContext): Page {
	const { limit = defaultPageSize, order = "desc", after } = ctx.state.exchange.query as Partial<Page>;
	return { limit, order, after };
}
