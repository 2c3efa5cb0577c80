/** Holds a request against the contract, and fills in the contract's defaults. */
import { type DefaultFill, defaultModelOf, fillDefaults, withDefaultModel } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import { largeBytes, ownTurn } from "../contract/turns.js";
import { definePlugin } from "../plugin.js";
import type { DefaultModel } from "../upstream/hostModels/defaultModel.js";

export const validate = definePlugin({
	name: "validate",
	stage: "validated",
	middleware: (_options, { contract, defaultModel }) => {
		const modelDefaults = new Map(contract.operations.map((operation) => [operation, defaultModelOf(operation)]));
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body } = exchange;
			if (!operation || !body) return next();
			operation.validateBody(body.json);
			const byDefault = body.json.model === undefined ? modelDefaults.get(operation) : undefined;
			const defaults =
				byDefault === undefined ? operation.defaults : defaultsInForce(operation, defaultModel, byDefault);
			const goOn = (all: readonly DefaultFill[]) => {
				exchange.body = fillDefaults(body, all);
				// What counts its tokens, and what sends it, take their time too.
				return body.bytes.length >= largeBytes ? ownTurn().then(next) : next();
			};
			return defaults instanceof Promise ? defaults.then(goOn) : goOn(defaults);
		};
	},
});

/** With the model that is asked for in place of the contract's, where an upstream is known not to have that. */
function defaultsInForce(
	{ defaults }: Operation,
	models: DefaultModel,
	byDefault: string,
): readonly DefaultFill[] | Promise<readonly DefaultFill[]> {
	const chosen = models.insteadOf(byDefault);
	const filled = (model: string | undefined) => (model === undefined ? defaults : withDefaultModel(defaults, model));
	return chosen instanceof Promise ? chosen.then(filled) : filled(chosen);
}
