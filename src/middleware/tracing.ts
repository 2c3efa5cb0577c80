/** Has each request traced, with its attempts, where a collector is named (`OTEL_EXPORTER_OTLP_ENDPOINT`). */

import { contentOf, followContent } from "../tracing/tracedContent.js";
import { defineLink } from "./link.js";

export const tracing = defineLink({
	name: "tracing",
	stage: "edge",
	middleware: ({ tracing }) => {
		return async (ctx, next) => {
			if (tracing === undefined) return next();
			const { exchange } = ctx.state;
			const trace = tracing.begin(exchange, ctx.req.headers);
			exchange.trace = trace;
			let output: (() => string | undefined) | undefined;
			exchange.onOver((ending) => {
				const content = tracing.wantsContent ? contentOf(exchange, output?.()) : undefined;
				trace.end(ending, ctx.method, content);
			});
			await next();
			if (tracing.wantsContent && exchange.answer) output = followContent(exchange.answer, exchange.operation?.dialect);
		};
	},
});
