/**
 * Keeps a response's input within its model's context where no upstream does: opens the gateway's compaction items, has the model
 * sum up what is to be compacted, and leaves out the oldest of an input that may be truncated.
 */

import { InputKeeper } from "../compaction/inputKeeper.js";
import { type JsonBody, mayHoldOutside } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import { ownerOf } from "../keys/owner.js";
import { defineLink } from "./link.js";

export const inputContext = defineLink({
	name: "input-context",
	stage: "upstream",
	middleware: (gateway) => {
		const response = gateway.contract.operations.find(({ id }) => id === "createResponse");
		const keeper = new InputKeeper(gateway, response);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body } = exchange;
			if (body === undefined || !hasInput(operation)) return next();
			if (operation?.id !== "compactResponse" && !asksForContext(body)) return next();
			return keeper.keep({ exchange, owner: ownerOf(ctx), message: ctx.req }, next);
		};
	},
});

const withInput: ReadonlySet<string | undefined> = new Set([
	"createResponse",
	"compactResponse",
	"countResponseTokens",
]);

function hasInput(operation: Operation | undefined): boolean {
	return withInput.has(operation?.id);
}

/** Of compaction items, and of what asks for one. */
const compactionType = Buffer.from('"compaction');

function asksForContext(body: JsonBody): boolean {
	const { context_management: management, truncation } = body.json;
	if (truncation === "auto" || (management ?? undefined) !== undefined) return true;
	return mayHoldOutside(body, (piece) => piece.includes(compactionType));
}
