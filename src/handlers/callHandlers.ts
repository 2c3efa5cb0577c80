/** Realtime calls, whose sound goes between client and upstream: how they begin, and what is done with those that go on. */
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { pathSegment } from "../dialects/pathSegment.js";
import { GatewayError } from "../errors/gatewayError.js";
import { clientOf } from "../exchange/clientOf.js";
import type { Exchange } from "../exchange/exchange.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route } from "../settings/routes.js";
import { noSuchCall, ownCall } from "../sockets/ownCall.js";
import type { CallRecord } from "../store/callTypes.js";
import { collect } from "../streaming/delivery.js";
import type { Attempt } from "../upstream/attempt.js";
import { pinnedTo } from "./askUpstream.js";
import { beginCall, endCall } from "./beginCall.js";
import { askKeeper, isGood } from "./fileKeeper.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type Ids =
	| "createRealtimeCall"
	| "acceptRealtimeCall"
	| "rejectRealtimeCall"
	| "referRealtimeCall"
	| "hangUpRealtimeCall";

const calls = "/realtime/calls";
/** An answer in SDP has some KB. */
const maxAnswerBytes = 1024 * 1024;

export function callHandlers(gateway: GatewayServices): Pick<Handlers, Ids> {
	const { store, sockets, upstreams } = gateway;

	/** @param word what is to be done with the call */
	async function ask(ctx: GatewayContext, upstream: string, word: string): Promise<undefined> {
		await askKeeper(gateway, ctx, upstream, pathOf(ctx, word));
		return undefined;
	}

	async function askOwn(ctx: GatewayContext, word: string): Promise<undefined> {
		const { upstream } = await ownCall(store.calls, ownerOf(ctx), idIn(ctx));
		return ask(ctx, upstream, word);
	}

	/** Until the call is over, or there is none. @throws GatewayError 429 or 503 */
	const takePlace = (exchange: Exchange) =>
		sockets.takePlaceUntil(clientOf(exchange), (release) => exchange.onClose(release));

	/** @returns undefined for a call that nobody has accepted. @throws GatewayError 404 for another's */
	async function knownCall(ctx: GatewayContext): Promise<CallRecord | undefined> {
		const known = await store.calls.find(idIn(ctx));
		if (known !== undefined && known.owner !== ownerOf(ctx)) throw noSuchCall(idIn(ctx));
		return known;
	}

	/** Ends calls that upstreams have begun, and whose answers could not be passed on. @param kept the attempt whose call goes on */
	async function endOthers(ctx: GatewayContext, kept: Attempt | undefined): Promise<void> {
		for (const attempt of ctx.state.exchange.attempts) {
			const id = attempt === kept || (attempt.head?.status ?? 0) >= 300 ? undefined : idAt(attempt.location);
			if (id !== undefined) await endCall(gateway, ctx, attempt, id);
		}
	}

	/** The client has left without an answer: its upstream may have accepted the call. */
	async function endUnheard(ctx: GatewayContext): Promise<void> {
		const attempt = ctx.state.exchange.attempts.at(-1);
		if (attempt?.isCancelled) await endCall(gateway, ctx, attempt, idIn(ctx));
	}

	/** The only upstream that may have calls that nobody has accepted yet. */
	function onlyUpstream(): string | undefined {
		const [first, ...others] = [...upstreams.all].filter(([, { provider }]) =>
			provider.dialects.includes(openaiRealtime),
		);
		return others.length === 0 ? first?.[0] : undefined;
	}

	return {
		async createRealtimeCall(ctx) {
			const { exchange } = ctx.state;
			await takePlace(exchange);
			let attempt: Attempt | undefined;
			let sdp: Buffer;
			try {
				const answer = await forward(gateway, ctx, { path: calls, search: "" });
				if (!isGood(answer)) return undefined;
				sdp = await collect(answer, maxAnswerBytes);
				attempt = chosen(ctx);
			} finally {
				void endOthers(ctx, attempt);
			}
			exchange.answer = undefined;
			const id = idAt(attempt.location);
			if (id === undefined) throw unnamed(attempt);
			await beginCall(gateway, ctx, attempt, id);
			ctx.status = 201;
			ctx.set("location", `/v1${calls}/${id}`);
			ctx.type = "application/sdp";
			ctx.body = sdp;
			return undefined;
		},

		async acceptRealtimeCall(ctx) {
			const known = await knownCall(ctx);
			const { exchange } = ctx.state;
			await takePlace(exchange);
			if (known !== undefined) exchange.pinned = pinnedTo(known, exchange.route as Route);
			const answer = await forward(gateway, ctx, { path: pathOf(ctx, "accept"), search: "" }).catch(async (error) => {
				if (known === undefined) await endUnheard(ctx);
				throw error;
			});
			if (isGood(answer) && known === undefined) await beginCall(gateway, ctx, chosen(ctx), idIn(ctx));
			return undefined;
		},

		async rejectRealtimeCall(ctx) {
			const upstream = (await knownCall(ctx))?.upstream ?? onlyUpstream();
			if (upstream === undefined) throw noSuchCall(idIn(ctx));
			return ask(ctx, upstream, "reject");
		},

		referRealtimeCall: (ctx) => askOwn(ctx, "refer"),
		hangUpRealtimeCall: (ctx) => askOwn(ctx, "hangup"),
	};
}

function idIn({ params }: GatewayContext): string {
	return params.call_id ?? "";
}

/** @returns undefined for what is no id, or one that no request can name */
function idAt(location = ""): string | undefined {
	const [, id] = /\/([\w.~-]{1,256})(?:[?#]|$)/.exec(location) ?? [];
	return id === "." || id === ".." ? undefined : id;
}

function pathOf(ctx: GatewayContext, word: string): string {
	return `${calls}/${pathSegment(idIn(ctx))}/${word}`;
}

function chosen({ state: { exchange } }: GatewayContext): Attempt {
	return exchange.attempts.findLast(({ isChosen }) => isChosen) as Attempt;
}

/** Nobody could count such a call, or end it. */
function unnamed({ target }: Attempt): GatewayError {
	const message = `The upstream '${target.upstream}' has begun a call without saying where it is.`;
	return new GatewayError(502, message, { code: "invalid_upstream_response" });
}
