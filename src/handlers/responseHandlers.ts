/** OpenAI's responses: forwarded; and their tokens, counted by an upstream that can, and else here. */
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { GatewayServices } from "../middleware/link.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import type { TokenCounter } from "./tokenCounter.js";

type ResponseHandlers = Pick<Handlers, "createResponse" | "countResponseTokens" | "compactResponse">;

export function responseHandlers(gateway: GatewayServices, counter: TokenCounter): ResponseHandlers {
	return {
		createResponse: (ctx) => forward(gateway, ctx),
		async countResponseTokens(ctx) {
			if (counter.someSpeak(ctx, (dialect) => dialect === openaiResponses)) return forward(gateway, ctx);
			// What the gateway doesn't have it can't count.
			openaiResponses.translation?.refuseForOthers?.(ctx.state.exchange.body?.json ?? {});
			return { object: "response.input_tokens", input_tokens: await counter.count(ctx) };
		},
		async compactResponse(ctx) {
			// Servers that follow OpenAI's API may know the operation without speaking Responses as far as is known.
			if (!counter.someSpeak(ctx, ({ vendor }) => vendor === "openai")) {
				const message = "No upstream of this model can compact a conversation: ask for a response that sums it up.";
				throw new GatewayError(400, message, { code: "unsupported_by_upstream" });
			}
			return forward(gateway, ctx);
		},
	};
}
