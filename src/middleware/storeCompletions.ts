/** Keeps chat completions: those whose request says `store: true`, and with `--store-all` every one. */

import { captureAnswer, maxKeptBytes } from "../completions/capture.js";
import { readMetadata } from "../completions/metadata.js";
import type { JsonBody } from "../contract/defaults.js";
import { usageOnce } from "../dialects/openai/splice/combinedUsage.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { asGatewayError, internalFailure } from "../errors/gatewayError.js";
import { ownerOf } from "../keys/owner.js";
import { StoreError } from "../store/store.js";
import { withStatus } from "../store/storeFailure.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "../upstream/attempt.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const storeCompletions = defineLink({
	name: "store-completions",
	stage: "upstream",
	middleware: (gateway) => {
		const { storeAll } = gateway.settings;
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			if (!storeAll && exchange.body?.json.store !== true) return next();
			await next();
			const { answer, body, operation } = exchange;
			if (operation?.dialect !== openaiChat || !answer || !body || ctx.body !== undefined) return;
			// What a host says with an error status is no completion.
			if (answer.status < 200 || answer.status >= 300) return;
			keep(ctx, gateway, answer, body);
		};
	},
});

function keep(
	ctx: GatewayContext,
	{ store, complain: tell }: GatewayServices,
	answer: ResponseStream,
	body: JsonBody,
): void {
	const { exchange } = ctx.state;
	const { json } = body;
	const isAsked = json.store === true;
	const owner = ownerOf(ctx);
	const model = String(json.model ?? "");
	const complain = (error: unknown) => {
		// The store itself complains of what is wrong with it.
		if (!(error instanceof StoreError)) tell(internalFailure(exchange.id, asGatewayError(error)));
	};
	captureAnswer(answer, {
		model,
		terminator: openaiChat.stream?.terminator,
		complain,
		tooLong: () => tell(`request ${exchange.id}: its answer is too long to be stored whole (${maxKeptBytes >> 20} MB)`),
		usage: () => knownUsage(exchange.attempts),
		write(status, { id, response, usage }) {
			const tokens = tokensOf((usage ?? {}) as Record<string, unknown>);
			const record = {
				id,
				model,
				status,
				metadata: readMetadata(json.metadata),
				createdAt: Math.floor(exchange.receivedAt / 1000),
				request: bytesOf(body),
				response,
				promptTokens: tokens?.input,
				completionTokens: tokens?.output,
				durationMs: Math.round(performance.now() - exchange.receivedMs),
			};
			const failed = (error: unknown) => {
				if (isAsked) throw withStatus(error);
				complain(error);
			};
			return store.completions.add(owner, record).catch(failed);
		},
	});
}

/** Counts of the whole answer: an attempt that goes on from another's text has counted that text as a part of its prompt. */
function knownUsage(attempts: readonly Attempt[]): unknown {
	const chosen = attempts.filter(({ isChosen }) => isChosen);
	const last = chosen.pop();
	if (!last?.isContinuation || last.usage === undefined) return last?.usage;
	const delivered = chosen.reduce((tokens, attempt) => tokens + deliveredTokens(attempt), 0);
	return usageOnce(last.usage, delivered, false);
}

function deliveredTokens({ usage, events }: Attempt): number {
	return tokensOf(usage)?.output ?? events?.pieces ?? 0;
}

function bytesOf({ bytes, rest }: JsonBody): Buffer {
	return rest === undefined ? bytes : Buffer.concat([bytes, rest]);
}
