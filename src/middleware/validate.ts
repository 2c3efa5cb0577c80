/** Holds a request against the contract, and fills in the contract's defaults. */
import { fillDefaults } from "../contract/defaults.js";
import { largeBytes, ownTurn } from "../contract/turns.js";
import { definePlugin } from "../plugin.js";

export const validate = definePlugin({
	name: "validate",
	stage: "validated",
	middleware: () => (ctx, next) => {
		const { exchange } = ctx.state;
		const { operation, body } = exchange;
		if (operation && body) {
			operation.validateBody(body.json);
			exchange.body = fillDefaults(body, operation.defaults);
			// What counts its tokens, and what sends it, take their time too.
			if (body.bytes.length >= largeBytes) return ownTurn().then(next);
		}
		return next();
	},
});
