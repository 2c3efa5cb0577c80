/** Texts as tokens, and tokens as texts: by an upstream that can, else by the model's tokenizer where the gateway has it. */
import { vllmDetokenize, vllmTokenize } from "../dialects/vllmTokens/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { GatewayServices } from "../middleware/link.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import type { TokenCounter } from "./tokenCounter.js";

export function tokenHandlers(
	gateway: GatewayServices,
	counter: TokenCounter,
): Pick<Handlers, "tokenize" | "detokenize"> {
	return {
		async tokenize(ctx) {
			const isServedBy = (dialect: unknown) => dialect === vllmTokenize;
			if (counter.someSpeak(ctx, isServedBy)) return forward(gateway, ctx, { isServedBy });
			const { prompt } = ctx.state.exchange.body?.json ?? {};
			const tokens = typeof prompt === "string" ? await counter.tokenize(ctx, prompt) : undefined;
			if (tokens !== undefined) return { count: tokens.length, max_model_len: null, tokens };
			// What stands around messages is the template's, whose tokens nobody here knows.
			return { count: await counter.count(ctx), max_model_len: null, tokens: null };
		},
		async detokenize(ctx) {
			const isServedBy = (dialect: unknown) => dialect === vllmDetokenize;
			if (counter.someSpeak(ctx, isServedBy)) return forward(gateway, ctx, { isServedBy });
			const { tokens } = ctx.state.exchange.body?.json ?? {};
			const prompt = await counter.detokenize(ctx, tokens as number[]);
			if (prompt !== undefined) return { prompt };
			const message =
				"Neither an upstream of the model's route nor the gateway has its tokenizer, without which tokens are no text.";
			throw new GatewayError(400, message, { code: "unsupported_by_upstream", param: "model" });
		},
	};
}
