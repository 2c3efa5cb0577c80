/** Holds a request against the contract, and fills in the contract's defaults. */
import { type DefaultFill, fillDefaults, isMissing, type JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import type { RefusedDefaults } from "../contract/refusedDefaults.js";
import type { Route } from "../contract/routes.js";
import { definePlugin } from "../plugin.js";
import { targetsOf } from "../reservation/tokenNeed.js";

export const validate = definePlugin({
	name: "validate",
	stage: "validated",
	middleware: (_options, { contract, upstreams }) => {
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body } = exchange;
			if (operation && body) {
				operation.validateBody(body.json);
				exchange.body = filled(operation, body, contract.refusedDefaults, (model) => upstreams.routes.find(model));
			}
			return next();
		};
	},
});

/** Some models refuse some defaults: those of the request's model, or of the targets that its route leads to. */
function filled(
	{ defaults, upstreamPath }: Operation,
	body: JsonBody,
	refused: RefusedDefaults,
	routeOf: (model: string | undefined) => Route | undefined,
): JsonBody {
	if (upstreamPath === undefined || defaults.length === 0) return fillDefaults(body, defaults);
	const model = modelOf(body, defaults);
	const route = routeOf(model);
	if (route === undefined) return fillDefaults(body, defaults);
	const targets = targetsOf(route);
	if (!targets.some((target) => refused.of(target.model ?? model))) return fillDefaults(body, defaults);
	const refusals = targets.map((target) => refused.of(target.model ?? model));
	const isRefused = ({ property }: DefaultFill) => refusals.some((properties) => properties?.has(property));
	const isRefusedByAll = ({ property }: DefaultFill) => refusals.every((properties) => properties?.has(property));
	const late = defaults.filter((fill) => isRefused(fill) && !isRefusedByAll(fill) && isMissing(body.json, fill));
	const early = fillDefaults(
		body,
		defaults.filter((fill) => !isRefused(fill)),
	);
	if (late.length === 0) return early;
	return {
		...early,
		late: { of: (asked) => late.filter(({ property }) => !refused.of(String(asked))?.has(property)) },
	};
}

/** Of the request, or the one that will be filled in. */
function modelOf({ json }: JsonBody, defaults: readonly DefaultFill[]): string | undefined {
	const model = Object.hasOwn(json, "model")
		? json.model
		: defaults.find(({ property }) => property === "model")?.value;
	return typeof model === "string" ? model : undefined;
}
