/** Kept responses: each owner reads, lists and deletes its own; one that an upstream keeps is asked for there. */
import { keptAnswer } from "../cache/keptAnswer.js";
import { notFound } from "../contract/operation.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { components, operations } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { inputOf, itemPage } from "../responses/responseItems.js";
import { wholeResponse } from "../responses/responseObject.js";
import type { ResponseHead, ResponseRecord } from "../store/responseTypes.js";
import { unfinished } from "../store/responseTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { askUpstream } from "./askUpstream.js";
import { noSuchResponse } from "./keptResponses.js";
import { listOf } from "./list.js";

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
	const { model, status, thread, after, limit = 20, order = "desc" } = query;
	if (!mayHave(gateway)) return listOf([], false);
	const page = { limit, order, after, model, status, thread };
	const { data, hasMore } = await gateway.store.responses.list(ownerOf(ctx), page);
	return listOf(data.map(resourceOf), hasMore);
}

function resourceOf({ id, createdAt, status, model, previous, thread, home, ...counts }: ResponseHead): KeptResponse {
	const { inputTokens, outputTokens = 0 } = counts;
	return {
		...{ id, object: "response", created_at: createdAt, status, model, thread },
		previous_response_id: previous ?? null,
		kept_by: home ?? null,
		usage: inputTokens === undefined ? null : { input_tokens: inputTokens, output_tokens: outputTokens },
	};
}

/** A page of what the model was given. @throws GatewayError 404 if there is no item `after` */
export async function listInput(gateway: GatewayServices, ctx: GatewayContext, record: ResponseRecord): Promise<void> {
	const { after, limit, order } = ctx.state.exchange.query as { after?: string; limit: number; order: "asc" | "desc" };
	const items = inputOf(await gateway.threads.turns(record.owner, record.id));
	if (order === "desc") items.reverse();
	const last = after === undefined ? -1 : items.findIndex(({ id }) => id === after);
	if (after !== undefined && last === -1)
		throw notFound(`There is no item "${after}" to begin after.`, "not_found", "after");
	const end = last + 1 + limit;
	ctx.type = "application/json";
	ctx.body = itemPage(items.slice(last + 1, end), end < items.length);
}

export function idOf(ctx: GatewayContext): string {
	return ctx.params.response_id ?? "";
}

function eventsNotKept(): GatewayError {
	const message =
		"The events of this response are not kept any more: retrieve it whole, or all events anew without `starting_after`.";
	return new GatewayError(400, message, { code: "response_events_not_kept", param: "stream" });
}
