/** Holds a request against the contract, and fills in the contract's defaults. */

import { targetsOf } from "../admission/tokenNeed.js";
import {
	type DefaultFill,
	defaultModelOf,
	fillDefaults,
	isMissing,
	type JsonBody,
	withDefaultModel,
} from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import type { RefusedDefaults } from "../contract/refusedDefaults.js";
import { withFiles } from "../forms/formJson.js";
import { largeBytes, ownTurn } from "../json/turns.js";
import { sentModel } from "../settings/sentModel.js";
import type { DefaultModel } from "../upstream/listedModels/defaultModel.js";
import type { RouteTable } from "../upstream/routing/routeTable.js";
import { defineLink } from "./link.js";

export const validate = defineLink({
	name: "validate",
	stage: "validated",
	middleware: ({ contract, defaultModel, upstreams }) => {
		const modelDefaults = new Map(contract.operations.map((operation) => [operation, defaultModelOf(operation)]));
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body, form } = exchange;
			if (!operation || !body) return next();
			operation.validateBody(form === undefined ? body.json : withFiles(body.json, form), body.outline);
			const byDefault = body.json.model === undefined ? modelDefaults.get(operation) : undefined;
			const defaults =
				byDefault === undefined ? operation.defaults : defaultsInForce(operation, defaultModel, byDefault);
			const goOn = (all: readonly DefaultFill[]) => {
				const isForwarded = operation.upstreamPath !== undefined && all.length > 0;
				exchange.body = isForwarded
					? filled(body, all, contract.refusedDefaults, upstreams.routes)
					: fillDefaults(body, all);
				// Counting its tokens and sending it take time too.
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

/** Some models refuse some defaults: none of them is given one, by whatever name the client asks for it. */
function filled(
	body: JsonBody,
	defaults: readonly DefaultFill[],
	refused: RefusedDefaults,
	routes: RouteTable,
): JsonBody {
	const model = modelOf(body, defaults);
	const route = routes.find(model);
	const targets = route === undefined ? [] : targetsOf(route);
	const refusedBy = (target: (typeof targets)[number]) => refused.of(sentModel(target, model));
	if (!targets.some(refusedBy)) return fillDefaults(body, defaults);
	const refusals = targets.map(refusedBy);
	const isRefused = ({ property }: DefaultFill) => refusals.some((properties) => properties?.has(property));
	const isRefusedByAll = ({ property }: DefaultFill) => refusals.every((properties) => properties?.has(property));
	const late = defaults.filter((fill) => isRefused(fill) && !isRefusedByAll(fill) && isMissing(body.json, fill));
	const certain = defaults.filter((fill) => !isRefused(fill));
	const early = fillDefaults(body, certain);
	if (late.length === 0) return early;
	const taken = (asked: unknown) => late.filter(({ property }) => !refused.of(String(asked))?.has(property));
	return { ...early, late: { of: taken } };
}

/** The request's value, or the default that will be filled in. */
function modelOf({ json }: JsonBody, defaults: readonly DefaultFill[]): string | undefined {
	const isGiven = Object.hasOwn(json, "model");
	const model = isGiven ? json.model : defaults.find(({ property }) => property === "model")?.value;
	return typeof model === "string" ? model : undefined;
}
