/** Responses in the background, as their owner looks them up, follows their events and cancels them. */
import { itemsNotKept } from "../background/answered.js";
import { parse } from "../background/background.js";
import { followedStream } from "../background/followed.js";
import { firstEvents } from "../background/response.js";
import { GatewayError } from "../errors/gatewayError.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { type BackgroundRecord, isUnfinished } from "../store/backgroundTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { noSuchResponse } from "./keptResponses.js";

type Json = Record<string, unknown>;

/** @returns undefined if the id isn't one of theirs. @throws GatewayError 404 if there is none, or it is another's */
async function find({ background }: GatewayServices, ctx: GatewayContext): Promise<BackgroundRecord | undefined> {
	const { response_id: id = "" } = ctx.params;
	if (!background.isOne(id)) return undefined;
	const record = await background.find(ownerOf(ctx), id);
	if (record === undefined) throw noSuchResponse(id);
	return record;
}

export async function retrieveBackground(
	gateway: GatewayServices,
	ctx: GatewayContext,
): Promise<Json | ResponseStream | undefined> {
	const record = await find(gateway, ctx);
	if (record === undefined) return undefined;
	const { stream, starting_after: after } = ctx.state.exchange.query;
	const response = parse(record.response);
	if (stream !== true) return response;
	if (isUnfinished(record)) await gateway.background.follow(record);
	const { id, owner } = record;
	const first = firstEvents({ ...response, status: "queued", output: [], usage: null, error: null });
	const answer = followedStream(gateway.background, {
		...{ id, owner, first },
		after: typeof after === "number" ? after : -1,
	});
	answer.dialect = ctx.state.exchange.operation?.dialect;
	return answer.started;
}

/** For one that is not among those that are kept. @throws GatewayError that says what became of it, if it is one of these */
export async function refuseItems(gateway: GatewayServices, ctx: GatewayContext): Promise<void> {
	const record = await find(gateway, ctx);
	if (record !== undefined) throw itemsNotKept(record);
}

export async function cancelBackground(gateway: GatewayServices, ctx: GatewayContext): Promise<Json | undefined> {
	const record = await find(gateway, ctx);
	return record && gateway.background.cancel(record);
}

/** Only what is generated without a client can be cancelled: whoever waits for anything else just leaves. */
export function notInBackground(): GatewayError {
	return new GatewayError(400, "Only a response that was created with background=true can be cancelled.", {
		code: "response_not_in_background",
		param: "response_id",
	});
}
