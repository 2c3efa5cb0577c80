/** Anthropic's Messages: forwarded; and their tokens, counted by an upstream that can, and else here. */
import { anthropicTokenCounts } from "../dialects/anthropicMessages/index.js";
import type { GatewayServices } from "../middleware/link.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import type { TokenCounter } from "./tokenCounter.js";

export function messageHandlers(
	gateway: GatewayServices,
	counter: TokenCounter,
): Pick<Handlers, "createMessage" | "countMessageTokens"> {
	return {
		createMessage: (ctx) => forward(gateway, ctx),
		async countMessageTokens(ctx) {
			if (counter.someSpeak(ctx, (dialect) => dialect === anthropicTokenCounts)) return forward(gateway, ctx);
			return { input_tokens: await counter.count(ctx) };
		},
	};
}
