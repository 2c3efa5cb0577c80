/**
 * Resolves a request: which model it asks for, which route takes it, and whether the caller may use both. Whatever follows
 * (plugins, stored completions, limits, the handler) reads `exchange.model` and `exchange.route`, and never sees a request
 * that is refused here.
 */
import { withoutTag } from "../admission/latestTag.js";
import { resolveExchange } from "../admission/resolution.js";
import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import type { Exchange } from "../exchange/exchange.js";
import { defineLink, type GatewayMiddleware } from "./link.js";

export const resolve = defineLink({
	name: "resolve",
	stage: "validated",
	middleware: ({ upstreams, settings: { sessionHeaders } }): GatewayMiddleware => {
		const { routes } = upstreams;
		const resolver = (exchange: Exchange, body: JsonBody | undefined) =>
			resolveExchange(exchange, body, routes, sessionHeaders);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body } = exchange;
			if (!isForOneRoute(operation)) return next();
			// Where the model stands in the path, nobody adds a tag to it.
			if (body !== undefined && operation?.dialect?.path === undefined) {
				const named = withoutTag(body, upstreams);
				if (named !== body) exchange.body = named;
			}
			exchange.resolveWith(resolver);
			return next();
		};
	},
});

/**
 * The handlers of models read the lists of several upstreams, and leave out what the caller may not use. A response that is kept
 * needs no route.
 */
const resolvedLater: ReadonlySet<string> = new Set([
	"retrieveResponse",
	"deleteResponse",
	"listResponseItems",
	"cancelResponse",
	"listModels",
	"retrieveModel",
	"listGeminiModels",
	"retrieveGeminiModel",
	"listOllamaModels",
	"listRunningOllamaModels",
	"showOllamaModel",
]);

function isForOneRoute(operation: Operation | undefined): boolean {
	return operation?.upstreamPath !== undefined && !resolvedLater.has(operation.id);
}
