/** OpenAI's responses: forwarded; and their tokens, counted by an upstream that can, and else here. */
import { resolveExchange } from "../admission/resolution.js";
import type { Dialect } from "../dialects/dialect.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { bringsCredential } from "../responses/upstreamMemory.js";
import { cancelBackground, notInBackground, refuseItems, retrieveBackground } from "./backgroundResponses.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import { isKept, keptResponse, noSuchResponse } from "./keptResponses.js";
import { targetsOf } from "./modelSources.js";
import {
	askHome,
	deleted,
	deleteRecord,
	findRecord,
	giveRecord,
	idOf,
	listInput,
	listKept,
	listTurns,
} from "./responseRecords.js";
import type { TokenCounter } from "./tokenCounter.js";

type ResponseHandlers = Pick<
	Handlers,
	| "createResponse"
	| "listKeptResponses"
	| "retrieveResponse"
	| "deleteResponse"
	| "listResponseItems"
	| "listResponseTurns"
	| "cancelResponse"
	| "countResponseTokens"
	| "compactResponse"
>;

export function responseHandlers(gateway: GatewayServices, counter: TokenCounter): ResponseHandlers {
	/** One that only an upstream may have. */
	const theirs = (ctx: GatewayContext, id: string) => {
		const { exchange } = ctx.state;
		if (gateway.upstreams.routes.find(undefined) === undefined) throw noSuchResponse(id);
		resolveExchange(exchange, undefined, gateway.upstreams.routes);
		const { route, caller } = exchange;
		const isTheirs =
			route !== undefined && (caller === undefined || bringsCredential(targetsOf(route), gateway.upstreams));
		if (isTheirs && counter.someSpeak(ctx, isResponses)) return forward(gateway, ctx, { isServedBy: isResponses });
		throw noSuchResponse(id);
	};
	return {
		createResponse: (ctx) => forward(gateway, ctx),
		listKeptResponses: (ctx) => listKept(gateway, ctx),
		async retrieveResponse(ctx) {
			const ofBackground = await retrieveBackground(gateway, ctx);
			if (ofBackground !== undefined) return ofBackground as never;
			const { exchange } = ctx.state;
			const id = idOf(ctx);
			const record = await findRecord(gateway, ctx);
			if (record === "removed") throw noSuchResponse(id);
			if (record?.home !== undefined) return askHome(gateway, ctx, record);
			// One that is under way, and the events that were sent, are there alone.
			const isFinished = record !== undefined && exchange.query.stream !== true;
			const kept = isFinished ? undefined : await keptResponse(gateway, exchange, id);
			if (kept !== undefined) return kept as never;
			return record === undefined ? theirs(ctx, id) : (giveRecord(ctx, record) as never);
		},
		async deleteResponse(ctx) {
			const record = await findRecord(gateway, ctx);
			const isBackgrounds =
				gateway.background.isOne(idOf(ctx)) && (await gateway.background.remove(ownerOf(ctx), idOf(ctx)));
			if (record === "removed") throw noSuchResponse(idOf(ctx));
			if (record !== undefined) return deleteRecord(gateway, ctx, record);
			return isBackgrounds ? deleted(idOf(ctx)) : theirs(ctx, idOf(ctx));
		},
		async listResponseItems(ctx) {
			const record = await findRecord(gateway, ctx);
			if (record === "removed") throw noSuchResponse(idOf(ctx));
			if (record === undefined) {
				await refuseItems(gateway, ctx);
				return theirs(ctx, idOf(ctx));
			}
			if (record.home !== undefined) return askHome(gateway, ctx, record);
			return (await listInput(gateway, ctx, record)) as never;
		},
		async listResponseTurns(ctx) {
			const record = await findRecord(gateway, ctx);
			if (record === undefined) await refuseItems(gateway, ctx);
			if (record === undefined || record === "removed") throw noSuchResponse(idOf(ctx));
			return (await listTurns(gateway, ctx, record)) as never;
		},
		async cancelResponse(ctx) {
			const id = idOf(ctx);
			const cancelled = await cancelBackground(gateway, ctx);
			if (cancelled !== undefined) return cancelled as never;
			const record = await findRecord(gateway, ctx);
			if (record === "removed") throw noSuchResponse(id);
			if (record?.home !== undefined) return askHome(gateway, ctx, record);
			if (record !== undefined || (await isKept(gateway, ctx.state.exchange, id))) throw notInBackground();
			return theirs(ctx, id);
		},
		async countResponseTokens(ctx) {
			if (counter.someSpeak(ctx, isResponses)) return forward(gateway, ctx, { isServedBy: isResponses });
			// What the gateway doesn't have it can't count.
			openaiResponses.translation?.refuseForOthers?.(ctx.state.exchange.body?.json ?? {});
			return { object: "response.input_tokens", input_tokens: await counter.count(ctx) };
		},
		// Elsewhere the link `input-context` has made it a request for a summary.
		compactResponse: (ctx) => forward(gateway, ctx, { isServedBy: isResponses }),
	};
}

function isResponses(dialect: Dialect): boolean {
	return dialect === openaiResponses;
}
