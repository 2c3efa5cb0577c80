/** Tokens of a prompt for whoever asks how many there are: counted by an upstream that has an operation for it, and else here. */
import { decodeTokens, encodeText } from "../admission/tokenizer.js";
import { createTokenNeeds, encodingOfRoute, targetsOf } from "../admission/tokenNeed.js";
import type { Dialect } from "../dialects/dialect.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { dialectsFor } from "../providers/provider.js";
import { sentModel } from "../settings/sentModel.js";

export interface TokenCounter {
	/** Whether an upstream of the request's route speaks such a dialect; true for a request without a route. */
	someSpeak(ctx: GatewayContext, fits: (dialect: Dialect) => boolean): boolean;
	/** Input tokens of a request that has a route. An estimate is marked as one in the answer's headers. */
	count(ctx: GatewayContext): Promise<number>;
	/** @returns undefined where the gateway has no tokenizer of the model */
	tokenize(ctx: GatewayContext, text: string): Promise<number[] | undefined>;
	/** As `tokenize`. @throws GatewayError 400 for tokens that the model has not */
	detokenize(ctx: GatewayContext, tokens: readonly number[]): Promise<string | undefined>;
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
		async count(ctx) {
			const { exchange } = ctx.state;
			if (exchange.route === undefined) throw new Error("tokens are counted of requests that have a route");
			const { input, estimated } = await needs.of(exchange, exchange.route);
			if (estimated !== undefined) ctx.set("x-llmgw-estimated", "true");
			return input;
		},
		async tokenize({ state: { exchange } }, text) {
			const encoding = encodingOfRoute(exchange.model, exchange.route);
			return encoding && encodeText(text, encoding);
		},
		async detokenize({ state: { exchange } }, tokens) {
			const encoding = encodingOfRoute(exchange.model, exchange.route);
			return encoding && decodeTokens(tokens, encoding);
		},
	};
}
