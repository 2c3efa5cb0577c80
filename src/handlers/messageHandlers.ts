/** Anthropic's Messages: forwarded; and their tokens, counted by an upstream that can, and else here. */
import { createTokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import { anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Route } from "../settings/routes.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

export function messageHandlers(gateway: GatewayServices): Pick<Handlers, "createMessage" | "countMessageTokens"> {
	const { upstreams, settings } = gateway;
	const needs = createTokenNeeds(settings.routing);
	const isCountedThere = (route: Route) =>
		targetsOf(route).some((target) => upstreams.of(target).provider.dialects.includes(anthropicTokenCounts));
	return {
		createMessage: (ctx) => forward(gateway, ctx),
		async countMessageTokens(ctx) {
			const { exchange } = ctx.state;
			const { route } = exchange;
			if (route === undefined || isCountedThere(route)) return forward(gateway, ctx);
			const { input } = await needs.of(exchange, route);
			return { input_tokens: input };
		},
	};
}
