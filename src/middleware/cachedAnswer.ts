/** Gives an answer of the cache in place of an upstream's, once limits have let the request pass. */
import { dollarsOf } from "../accounting/price.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import { defineLink } from "./link.js";

export const cachedAnswer = defineLink({
	name: "cached-answer",
	stage: "upstream",
	middleware: ({ metrics }) => {
		const recorder = metrics?.recorder ?? idleRecorder;
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			const { cached, route } = exchange;
			if (cached === undefined) return next();
			cached.isGiven = true;
			exchange.answer = cached.answer;
			if (cached.saved !== undefined) recorder.add("cacheSaved", [route?.name ?? ""], dollarsOf(cached.saved));
		};
	},
});
