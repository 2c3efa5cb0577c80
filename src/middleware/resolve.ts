/**
 * Resolves a request: which model it asks for, which route takes it, and whether the caller may use both. Whatever follows
 * (plugins, stored completions, limits, the handler) reads `exchange.model` and `exchange.route`, and never sees a request
 * that is refused here.
 */
import { resolveExchange } from "../admission/resolution.js";
import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import type { Exchange } from "../exchange/exchange.js";
import { defineLink, type GatewayMiddleware } from "./link.js";

export const resolve = defineLink({
	name: "resolve",
	stage: "validated",
	middleware: ({ upstreams: { routes } }): GatewayMiddleware => {
		const resolver = (exchange: Exchange, body: JsonBody | undefined) => resolveExchange(exchange, body, routes);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			if (isForOneRoute(exchange.operation)) exchange.resolveWith(resolver);
			return next();
		};
	},
});

/** Their handlers read the lists of several upstreams, and leave out what the caller may not use. */
const modelLists: ReadonlySet<string> = new Set([
	"listModels",
	"retrieveModel",
	"listGeminiModels",
	"retrieveGeminiModel",
]);

function isForOneRoute(operation: Operation | undefined): boolean {
	return operation?.upstreamPath !== undefined && !modelLists.has(operation.id);
}
