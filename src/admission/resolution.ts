/** Finds the model and the route of a request, and refuses what its caller may not use. */
import type { IncomingHttpHeaders } from "node:http";
import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import { notFound } from "../errors/notFound.js";
import type { Exchange } from "../exchange/exchange.js";
import { lengthOf } from "../json/bodyBytes.js";
import type { Route } from "../settings/routes.js";
import type { SessionHeaders } from "../settings/sessionHeaders.js";
import { withoutCredentials } from "../upstream/headers.js";
import { readFacts } from "../upstream/routing/facts.js";
import type { RouteTable } from "../upstream/routing/routeTable.js";
import { otherModels } from "./otherModels.js";

/**
 * Sets `facts`, `model` and `route` of the exchange. If it throws, it sets none of them.
 *
 * @param body what is to be sent upstream; undefined if the request has no body
 * @throws GatewayError 404 if no route takes the model; 403 if the caller may not use it, another model that the body
 * names (`models`, `fallbacks`), or the route
 * @throws Error if another model has been admitted already
 */
export function resolveExchange(
	exchange: Exchange,
	body: JsonBody | undefined,
	routes: RouteTable,
	sessionHeaders?: SessionHeaders,
): void {
	const { operation, tags, caller } = exchange;
	const headers = headersForUpstreams(exchange);
	const who = caller?.keyId ?? headers.authorization ?? exchange.clientAddress;
	const facts = readFacts({
		json: body?.json,
		outline: body?.outline,
		headers,
		tags,
		caller: who,
		bytes: body && lengthOf(body),
		sessionHeaders,
	});
	const route = routeFor(operation, facts.model, routes);
	const model = facts.model === undefined ? undefined : routes.nameOf(facts.model);
	if (caller !== undefined) {
		if (operation?.takesBody && operation.upstreamPath !== undefined) caller.checkModel(model);
		if (body && caller.isForSomeModels) for (const other of otherModels(body.json)) caller.checkModel(other);
		caller.checkRoute(route.name);
	}
	if (exchange.isAdmitted && model !== exchange.model)
		throw new Error("the model can be changed in the stage `validated` only: limits have admitted another one");
	exchange.facts = facts;
	exchange.model = model;
	exchange.route = route;
}

/** The client's headers without its key, if the key is one of the gateway's. */
export function headersForUpstreams({ requestHeaders, caller }: Exchange): IncomingHttpHeaders {
	return caller === undefined ? requestHeaders : withoutCredentials(requestHeaders);
}

/** Where several routes let a path pass, the model says which; a request that names none goes to the first. */
function routeFor(operation: Operation | undefined, model: string | undefined, routes: RouteTable): Route {
	const { passedTo } = operation ?? {};
	const found = routes.find(model);
	if (passedTo === undefined) return found ?? noRoute(model);
	const [first, ...others] = passedTo as [Route, ...Route[]];
	if (others.length === 0 || model === undefined) return first;
	return passedTo.find(({ name }) => name === found?.name) ?? noRoute(model);
}

function noRoute(model: string | undefined): never {
	throw model === undefined
		? notFound("Name a model: no route takes requests like this one that name none.", "model_not_found", "model")
		: notFound(`The model '${model}' does not exist.`, "model_not_found", "model");
}
