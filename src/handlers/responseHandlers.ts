/** OpenAI's responses: forwarded; and their tokens, counted by an upstream that can, and else here. */
import { createTokenNeeds, targetsOf } from "../admission/tokenNeed.js";
import type { Dialect } from "../dialects/dialect.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { GatewayServices } from "../middleware/link.js";
import type { Route } from "../settings/routes.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type ResponseHandlers = Pick<Handlers, "createResponse" | "countResponseTokens" | "compactResponse">;

export function responseHandlers(gateway: GatewayServices): ResponseHandlers {
	const { upstreams, settings } = gateway;
	const needs = createTokenNeeds(settings.routing);
	const someSpeak = (route: Route, fits: (dialect: Dialect) => boolean) =>
		targetsOf(route).some((target) => upstreams.of(target).provider.dialects.some(fits));
	return {
		createResponse: (ctx) => forward(gateway, ctx),
		async countResponseTokens(ctx) {
			const { exchange } = ctx.state;
			const { route, body } = exchange;
			if (route === undefined || someSpeak(route, (dialect) => dialect === openaiResponses))
				return forward(gateway, ctx);
			// What the gateway doesn't have it can't count.
			openaiResponses.translation?.refuseForOthers?.(body?.json ?? {});
			const { input } = await needs.of(exchange, route);
			return { object: "response.input_tokens", input_tokens: input };
		},
		async compactResponse(ctx) {
			const { route } = ctx.state.exchange;
			// Servers that follow OpenAI's API may know the operation without speaking Responses as far as is known.
			if (route !== undefined && !someSpeak(route, ({ vendor }) => vendor === "openai")) {
				const message = "No upstream of this model can compact a conversation: ask for a response that sums it up.";
				throw new GatewayError(400, message, { code: "unsupported_by_upstream" });
			}
			return forward(gateway, ctx);
		},
	};
}
