/** Leaves a usage record of each request that AI hosts are asked for, when it is over. */

import { usageOf } from "../accounting/exchangeUsage.js";
import { leavesRecord, usageRecord } from "../accounting/usageRecord.js";
import { defineLink } from "./link.js";

export const usage = defineLink({
	name: "usage",
	stage: "edge",
	middleware: ({ usage: recorder, prices, settings }) => {
		const { usageTags } = settings;
		return (ctx, next) => {
			const { exchange } = ctx.state;
			exchange.onOver((ending) => {
				if (leavesRecord(exchange, ending))
					recorder?.add(usageRecord(exchange, ending, usageOf(exchange, prices), usageTags));
			});
			return next();
		};
	},
});
