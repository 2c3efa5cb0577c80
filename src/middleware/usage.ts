/** Writes a usage record of each request that upstreams are asked for, when it is over. */

import { usageOf, usageSoFar } from "../accounting/exchangeUsage.js";
import { leavesRecord, usageIdOf, usageRecord } from "../accounting/usageRecord.js";
import type { Ending } from "../exchange/outcome.js";
import { defineLink } from "./link.js";

export const usage = defineLink({
	name: "usage",
	stage: "edge",
	middleware: ({ usage: recorder, prices, settings }) => {
		const { usageTags } = settings;
		return (ctx, next) => {
			const { exchange } = ctx.state;
			exchange.keepUsage = () => {
				if (exchange.isClosed) return;
				recorder?.keep(usageIdOf(exchange), () =>
					usageRecord(exchange, killed(ctx.res.statusCode), usageSoFar(exchange, prices), usageTags),
				);
			};
			exchange.onOver((ending) => {
				if (leavesRecord(exchange, ending))
					recorder?.add(usageRecord(exchange, ending, usageOf(exchange, prices), usageTags));
			});
			return next();
		};
	},
});

/** The ending of a session that nobody will tell of. */
function killed(status: number): Ending {
	return { status, isBroken: true, code: "worker_killed", atMs: performance.now() };
}
