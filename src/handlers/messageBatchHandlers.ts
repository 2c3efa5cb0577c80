/** Batches of Anthropic's Messages API: each caller can make, read, cancel and delete its own. */
import { Readable } from "node:stream";
import { targetsOf } from "../admission/tokenNeed.js";
import { linesOfRequests, messageBatch, resultsOf } from "../batches/messageBatch.js";
import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import { filesNamedIn } from "../files/references.js";
import type { components } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { sentModel } from "../settings/sentModel.js";
import type { BatchRecord } from "../store/batchTypes.js";
import { accountLines } from "./batchAccounting.js";
import { askAt, createAt, isElsewhere, lastSaid, passOn } from "./batchesElsewhere.js";
import { somebodysCredential } from "./batchHandlers.js";
import { noteBatch } from "./batchNote.js";
import { isGood, tellsOwners } from "./fileKeeper.js";
import type { Handlers } from "./handlerTypes.js";

type MessageBatchOperation =
	| "createMessageBatch"
	| "listMessageBatches"
	| "retrieveMessageBatch"
	| "deleteMessageBatch"
	| "cancelMessageBatch"
	| "listMessageBatchResults";

/** As Anthropic's. */
const windowSeconds = 24 * 3600;

export function messageBatchHandlers(gateway: GatewayServices): Pick<Handlers, MessageBatchOperation> {
	const { store, batches, upstreams } = gateway;

	async function found(ctx: GatewayContext): Promise<BatchRecord> {
		const record = await store.batches.get(ownerOf(ctx), idIn(ctx));
		if (record?.kind !== "messages") throw missing(ctx);
		return record;
	}

	return {
		async createMessageBatch(ctx) {
			const { exchange } = ctx.state;
			const { requests } = (exchange.body?.json ?? {}) as components["schemas"]["CreateMessageBatchRequest"];
			const input = linesOfRequests(requests, (model) => exchange.caller?.checkModel(upstreams.routes.nameOf(model)));
			const keeper = keeperOf(gateway, ctx, requests);
			if (keeper !== undefined && (await keepsFilesOf(gateway, ctx, keeper, requests)))
				return withOwnUrl(ctx, await createAt(gateway, ctx, keeper, "messages"));
			const record = await batches.take({
				...{ exchange, owner: ownerOf(ctx), kind: "messages", endpoint: "/v1/messages", input },
				...{ window: "24h", windowSeconds, needsCredentials: somebodysCredential(gateway) },
			});
			await noteBatch(gateway, exchange, "batch.created", record);
			return messageBatch(record, originOf(ctx));
		},

		async listMessageBatches(ctx) {
			const { limit, after_id, before_id } = ctx.state.exchange.query as {
				limit: number;
				after_id?: string;
				before_id?: string;
			};
			const isBackwards = after_id === undefined && before_id !== undefined;
			const { data, hasMore } = await store.batches.list({
				...{ owner: ownerOf(ctx), kind: "messages", limit },
				...{ order: isBackwards ? "asc" : "desc", after: after_id ?? before_id },
			});
			const shown = (isBackwards ? data.reverse() : data).map((record) =>
				isElsewhere(record) ? withOwnUrl(ctx, lastSaid(record)) : messageBatch(record, originOf(ctx)),
			);
			return { data: shown, has_more: hasMore, first_id: shown[0]?.id ?? null, last_id: shown.at(-1)?.id ?? null };
		},

		async retrieveMessageBatch(ctx) {
			const record = await found(ctx);
			if (isElsewhere(record)) return withOwnUrl(ctx, await askAt(gateway, ctx, record));
			return messageBatch(record, originOf(ctx));
		},

		async cancelMessageBatch(ctx) {
			const before = await found(ctx);
			if (isElsewhere(before)) return withOwnUrl(ctx, await askAt(gateway, ctx, before, "/cancel"));
			const record = await batches.cancel(before.owner, before.id);
			if (record === undefined) throw missing(ctx);
			return messageBatch(record, originOf(ctx));
		},

		async deleteMessageBatch(ctx) {
			const record = await found(ctx);
			if (isElsewhere(record)) {
				const answer = await passOn(gateway, ctx, record);
				if (isGood(answer) || answer.status === 404) await store.batches.remove(record.owner, record.id);
				return answer;
			}
			if (messageBatch(record, "").processing_status !== "ended")
				throw new GatewayError(400, "The batch is under way: cancel it first.", { code: "batch_in_progress" });
			await store.batches.remove(record.owner, record.id);
			return { id: record.id, type: "message_batch_deleted" as const };
		},

		async listMessageBatchResults(ctx) {
			const record = await found(ctx);
			if (isElsewhere(record)) {
				const answer = await passOn(gateway, ctx, record, "/results");
				return accountLines(gateway, ctx, record, answer) as never;
			}
			if (messageBatch(record, "").processing_status !== "ended")
				throw new GatewayError(400, "The batch has not ended yet.", { code: "batch_in_progress" });
			ctx.type = "application/x-jsonl";
			ctx.body = Readable.from(resultsOf(store.batches, record));
			return undefined;
		},
	};
}

/**
 * The upstream that runs batches itself, where all requests go there under the names that their models have there.
 *
 * @returns undefined if the gateway is to run them: also for a key with limits, which an upstream doesn't know
 */
function keeperOf(
	{ upstreams, settings }: GatewayServices,
	ctx: GatewayContext,
	requests: readonly { params: { model?: unknown } }[],
): string | undefined {
	if (settings.files === "local" || ctx.state.exchange.caller?.limits !== undefined) return undefined;
	const models = new Set(requests.map(({ params }) => params.model as string));
	const targets = [...models].flatMap((model) => {
		const route = upstreams.routes.find(model);
		return route === undefined ? [] : targetsOf(route).map((target) => ({ target, model }));
	});
	const [first] = targets;
	if (first === undefined || upstreams.of(first.target).provider.keepsBatches !== true) return undefined;
	const { upstream } = first.target;
	const isTheirs = targets.every(
		({ target, model }) => target.upstream === upstream && sentModel(target, model) === model,
	);
	return isTheirs ? upstream : undefined;
}

/** Whether the files that the requests name may all be read there. Else the gateway runs them, and says which of its lines is wrong. */
async function keepsFilesOf(
	gateway: GatewayServices,
	ctx: GatewayContext,
	upstream: string,
	requests: readonly { params: Record<string, unknown> }[],
): Promise<boolean> {
	const ids = new Set(requests.flatMap(({ params }) => [...filesNamedIn(params)]));
	for (const id of ids) {
		const file = await gateway.files.get(ownerOf(ctx), id);
		if (file === undefined ? !tellsOwners(gateway, ctx, upstream) : file.upstream !== upstream) return false;
	}
	return true;
}

/** Results are had by way of the gateway. */
function withOwnUrl(ctx: GatewayContext, said: object): never {
	if (!("results_url" in said) || typeof said.results_url !== "string" || !("id" in said)) return said as never;
	return { ...said, results_url: `${originOf(ctx)}/v1/messages/batches/${said.id}/results` } as never;
}

function idIn(ctx: GatewayContext): string {
	return ctx.params.message_batch_id ?? "";
}

function missing(ctx: GatewayContext) {
	return notFound(`There is no batch '${idIn(ctx)}'.`, "batch_not_found", "message_batch_id");
}

/** Of the gateway, as the client sees it. */
function originOf({ protocol, host }: GatewayContext): string {
	return `${protocol}://${host}`;
}
