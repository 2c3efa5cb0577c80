/** Keeps chat completions: those whose request says `store: true`, and with `--store-all` every one, whatever dialect the client speaks. */

import { type CapturedAnswer, captureAnswer, maxKeptBytes } from "../completions/capture.js";
import { captureAsChat, requestAsChat } from "../completions/captureAsChat.js";
import { readMetadata } from "../completions/metadata.js";
import type { JsonBody } from "../contract/defaults.js";
import type { Dialect } from "../dialects/dialect.js";
import { usageOnce } from "../dialects/openai/splice/combinedUsage.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { asGatewayError, internalFailure } from "../errors/gatewayError.js";
import { wholeBytes } from "../json/bodyBytes.js";
import { ownerOf } from "../keys/owner.js";
import type { Metadata } from "../store/page.js";
import { type CompletionStatus, StoreError } from "../store/store.js";
import { withStatus } from "../store/storeFailure.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "../upstream/attempt.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const storeCompletions = defineLink({
	name: "store-completions",
	stage: "upstream",
	middleware: (gateway) => {
		const { storeAll } = gateway.settings;
		const keepAnswer = async (ctx: GatewayContext, dialect: Dialect, next: () => Promise<unknown>) => {
			await next();
			const { answer, body } = ctx.state.exchange;
			if (!answer || !body || ctx.body !== undefined) return;
			// A body with an error status is no completion.
			if (answer.status < 200 || answer.status >= 300) return;
			if (dialect === openaiChat) keep(ctx, gateway, answer, body);
			else keepAsChat(ctx, gateway, answer, dialect);
		};
		return (ctx, next) => {
			const { operation, body } = ctx.state.exchange;
			const dialect = operation?.dialect;
			// In the Responses API `store` means something else: responses that can be gone on from.
			const isAsked = dialect === openaiChat && body?.json.store === true;
			return dialect?.translation !== undefined && (storeAll || isAsked) ? keepAnswer(ctx, dialect, next) : next();
		};
	},
});

function keep(ctx: GatewayContext, gateway: GatewayServices, answer: ResponseStream, body: JsonBody): void {
	const { exchange } = ctx.state;
	const isAsked = body.json.store === true;
	const { add, complain, tooLong } = writerFor(ctx, gateway);
	captureAnswer(answer, {
		model: String(body.json.model ?? ""),
		terminator: openaiChat.stream?.terminator,
		complain,
		tooLong,
		usage: () => knownUsage(exchange.attempts),
		write: (status, captured) =>
			add(status, captured, wholeBytes(body), readMetadata(body.json.metadata)).catch((error: unknown) => {
				if (isAsked) throw withStatus(error);
				complain(error);
			}),
	});
}

/** A record of what the client has already been sent: nobody waits for it. */
function keepAsChat(ctx: GatewayContext, gateway: GatewayServices, answer: ResponseStream, dialect: Dialect): void {
	const { exchange } = ctx.state;
	const { add, complain, tooLong } = writerFor(ctx, gateway);
	const request = requestAsChat(dialect, exchange.body?.json ?? {});
	if (request === undefined) return;
	captureAsChat(answer, {
		dialect,
		model: exchange.model ?? "",
		requestId: exchange.id,
		tooLong,
		usage: () => knownUsage(exchange.attempts),
		write: (status, captured) => void add(status, captured, request.bytes, request.metadata).catch(complain),
	});
}

function writerFor(ctx: GatewayContext, { store, complain: tell }: GatewayServices) {
	const { exchange } = ctx.state;
	const { json = {} } = exchange.body ?? {};
	const owner = ownerOf(ctx);
	return {
		/** The record is durable when this resolves. @throws StoreError */
		add(
			status: CompletionStatus,
			{ id, response, usage }: CapturedAnswer,
			request: Buffer,
			metadata: Metadata,
		): Promise<void> {
			const tokens = tokensOf((usage ?? {}) as Record<string, unknown>);
			return store.completions.add(owner, {
				id,
				model: String(json.model ?? exchange.model ?? ""),
				status,
				metadata,
				createdAt: Math.floor(exchange.receivedAt / 1000),
				request,
				response,
				promptTokens: tokens?.input,
				completionTokens: tokens?.output,
				durationMs: Math.round(performance.now() - exchange.receivedMs),
			});
		},
		complain(error: unknown): void {
			// The store itself complains of what is wrong with it.
			if (!(error instanceof StoreError)) tell(internalFailure(exchange.id, asGatewayError(error)));
		},
		tooLong(): void {
			tell(`request ${exchange.id}: its answer is too long to be stored whole (${maxKeptBytes >> 20} MB)`);
		},
	};
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
