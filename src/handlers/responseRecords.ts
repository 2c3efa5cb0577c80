/** Kept responses: each owner reads, lists and deletes its own; one that an upstream keeps is asked for there. */
import { keptAnswer } from "../cache/keptAnswer.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { components, operations } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { inputOf, itemPage, turnPage } from "../responses/responseItems.js";
import { wholeResponse } from "../responses/responseObject.js";
import type { ResponseHead, ResponseRecord } from "../store/responseTypes.js";
import { unfinished } from "../store/responseTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { askUpstream } from "./askUpstream.js";
import { noSuchResponse } from "./keptResponses.js";
import { listOf } from "./list.js";
import { pageOf, pageRequest } from "./pageRequest.js";

type KeptResponseList = components["schemas"]["KeptResponseList"];
type KeptResponse = components["schemas"]["KeptResponse"];

/** What the store has of a response. */
export type Found = ResponseRecord | "removed" | undefined;

export async function findRecord(gateway: GatewayServices, ctx: GatewayContext): Promise<Found> {
	const { store } = gateway;
	if (!mayHave(gateway)) return undefined;
	const [owner, id] = [ownerOf(ctx), idOf(ctx)];
	const record = await store.responses.get(owner, id);
	if (record !== undefined) return record;
	return (await store.responses.chain(owner, id)).isRemoved ? "removed" : undefined;
}

function mayHave({ settings: { storeUrl, dataFolder } }: GatewayServices): boolean {
	return (storeUrl ?? dataFolder) !== undefined;
}

/** Asks the upstream that keeps the response. @throws GatewayError 404 if no route leads there any more */
export function askHome(
	gateway: GatewayServices,
	ctx: GatewayContext,
	{ id, home, model }: ResponseHead,
): Promise<ResponseStream> {
	const answer = home === undefined ? undefined : askUpstream(gateway, ctx, { upstream: home, model });
	if (answer === undefined) throw noSuchResponse(id);
	return answer;
}

/** The response as it is kept, or its events. */
export function giveRecord(ctx: GatewayContext, record: ResponseRecord): ResponseStream | undefined {
	const { stream, starting_after: after } = ctx.state.exchange.query;
	const whole = wholeResponse(record);
	if (stream !== true) {
		ctx.type = "application/json";
		ctx.body = whole;
		return undefined;
	}
	// Those that were sent had other numbers.
	if (after !== undefined || unfinished.includes(record.status)) throw eventsNotKept();
	const events = openaiResponses.stream?.wholeAsStream?.(whole);
	if (events === undefined) throw eventsNotKept();
	return keptAnswer(events, openaiResponses, { isStream: true }, {});
}

/** Deletes it, at the upstream first if that keeps it. */
export async function deleteRecord(
	gateway: GatewayServices,
	ctx: GatewayContext,
	record: ResponseRecord,
): Promise<ResponseStream | { id: string; object: "response"; deleted: true }> {
	const { responses } = gateway.store;
	const answer = record.home === undefined ? undefined : await askHome(gateway, ctx, record);
	if (answer !== undefined && answer.status >= 300 && answer.status !== 404) return answer;
	await responses.remove(record.owner, record.id);
	return answer ?? deleted(record.id);
}

export function deleted(id: string) {
	return { id, object: "response", deleted: true } as const;
}

/** A page of the owner's, without what they say. */
export async function listKept(gateway: GatewayServices, ctx: GatewayContext): Promise<KeptResponseList> {
	const query = ctx.state.exchange.query as NonNullable<operations["listKeptResponses"]["parameters"]["query"]>;
	const { model, status, thread, conversation, after, limit = 20, order = "desc" } = query;
	if (!mayHave(gateway)) return listOf([], false);
	const page = { limit, order, after, model, status, thread, conversation };
	const { data, hasMore } = await gateway.store.responses.list(ownerOf(ctx), page);
	return listOf(data.map(resourceOf), hasMore);
}

function resourceOf({ id, createdAt, status, model, thread, ...more }: ResponseHead): KeptResponse {
	const { previous, conversation, home, requestId, inputTokens, outputTokens = 0 } = more;
	return {
		...{ id, object: "response", created_at: createdAt, status, model, thread },
		previous_response_id: previous ?? null,
		conversation: conversation ?? null,
		kept_by: home ?? null,
		request_id: requestId ?? null,
		usage: inputTokens === undefined ? null : { input_tokens: inputTokens, output_tokens: outputTokens },
	};
}

/** A page of what the model was given. @throws GatewayError 404 if there is no item `after` */
export async function listInput(
	{ threads }: GatewayServices,
	ctx: GatewayContext,
	record: ResponseRecord,
): Promise<void> {
	const items = inputOf(await threads.turns(record.owner, await threads.chain(record.owner, record.id)));
	const { data, hasMore } = pageOf(items, pageRequest(ctx), "item");
	ctx.type = "application/json";
	ctx.body = itemPage(data, hasMore);
}

/** A page of the turns that lead to a response, each with its items. @throws GatewayError 404 if there is no turn `after` */
export async function listTurns(
	{ threads }: GatewayServices,
	ctx: GatewayContext,
	record: ResponseRecord,
): Promise<void> {
	const chain = await threads.chain(record.owner, record.id);
	const { data: heads, hasMore } = pageOf(chain, pageRequest(ctx), "response");
	const turns = await threads.turns(record.owner, heads);
	ctx.type = "application/json";
	ctx.body = turnPage(
		turns.map(({ head, items }) => ({ resource: resourceOf(head), items })),
		hasMore,
	);
}

export function idOf(ctx: GatewayContext): string {
	return ctx.params.response_id ?? "";
}

function eventsNotKept(): GatewayError {
	const message =
		"The events of this response are not kept any more: retrieve it whole, or all events anew without `starting_after`.";
	return new GatewayError(400, message, { code: "response_events_not_kept", param: "stream" });
}
