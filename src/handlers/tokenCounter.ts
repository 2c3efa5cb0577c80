/** Tokens of a prompt for whoever asks how many there are: counted by an upstream that has an operation for it, and else here. */
import { createTokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import type { Dialect } from "../dialects/dialect.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { dialectsFor } from "../providers/provider.js";
import { sentModel } from "../settings/sentModel.js";

export interface TokenCounter {
	/** Whether an upstream of the request's route speaks such a dialect; true for a request without a route. */
	someSpeak(ctx: GatewayContext, fits: (dialect: Dialect) => boolean): boolean;
	/** Input tokens of a request that has a route. */
	count(ctx: GatewayContext): Promise<number>;
}

export function createTokenCounter({ upstreams, settings }: GatewayServices): TokenCounter {
	const needs = createTokenNeeds(settings.routing);
	return {
		someSpeak({ state: { exchange } }, fits) {
			const { route, facts } = exchange;
			if (route === undefined) return true;
			return targetsOf(route).some((target) =>
				dialectsFor(upstreams.of(target).provider, sentModel(target, facts?.model)).some(fits),
			);
		},
		async count({ state: { exchange } }) {
			if (exchange.route === undefined) throw new Error("tokens are counted of requests that have a route");
			return (await needs.of(exchange, exchange.route)).input;
		},
	};
}
