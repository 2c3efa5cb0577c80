/** The administrator whose request it is. */
import type { GatewayContext } from "../middleware/link.js";
import type { Actor } from "../store/keyTypes.js";

/** `authenticate` lets nobody else through to these operations. */
export function actorOf(ctx: GatewayContext): Actor {
	const { actor } = ctx.state.exchange;
	if (actor === undefined) throw new Error("an operation of administrators was reached without one");
	return actor;
}
