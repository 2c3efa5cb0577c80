/** Which page of a list a request asks for. */
import type { GatewayContext } from "../middleware/link.js";
import type { Page } from "../store/page.js";

const defaultPageSize = 20;

/** The contract has validated it. The newest come first unless it says otherwise. */
export function pageAsked(ctx: GatewayContext): Page {
	const { limit = defaultPageSize, order = "desc", after } = ctx.state.exchange.query as Partial<Page>;
	return { limit, order, after };
}
