/** Batches in the form of OpenAI's API: each caller can make, read and cancel its own, and administrators see all. */
import { openaiBatch } from "../batches/openaiBatch.js";
import { readMetadata } from "../completions/metadata.js";
import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import type { Caller } from "../keys/caller.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { seesCredential } from "../responses/upstreamMemory.js";
import { parseDurationMs } from "../settings/quantity.js";
import type { BatchRecord } from "../store/batchTypes.js";
import { ResponseStream } from "../streaming/responseStream.js";
import { askAt, createAt, isElsewhere, lastSaid } from "./batchesElsewhere.js";
import { noteBatch } from "./batchNote.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];
type BatchOperation =
	| "createBatch"
	| "listBatches"
	| "retrieveBatch"
	| "cancelBatch"
	| "listAllBatches"
	| "retrieveAnyBatch"
	| "cancelAnyBatch";

/** Operations whose requests a file may hold, as far as the contract has them. */
const endpoints = [
	...["/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions"],
	...["/v1/moderations", "/v1/rerank", "/v1/images/generations"],
];

export function batchHandlers(gateway: GatewayServices): Pick<Handlers, BatchOperation> {
	const { store, batches, contract, files } = gateway;
	const known = endpoints.filter((path) => contract.operations.some((one) => one.path === path));

	async function found(ctx: GatewayContext): Promise<BatchRecord> {
		const record = await store.batches.get(ownerOf(ctx), idIn(ctx));
		if (record?.kind !== "openai") throw missing(ctx);
		return record;
	}

	async function foundAny(ctx: GatewayContext): Promise<BatchRecord> {
		const record = await store.batches.get(undefined, idIn(ctx));
		if (record === undefined) throw missing(ctx);
		return record;
	}

	/** @returns the batch as its upstream has it now, or the upstream's refusal as it is */
	async function cancelAt(ctx: GatewayContext, record: BatchRecord & { upstream: string }) {
		if (seesCredential(record, gateway.upstreams)) throw notOurs(record.upstream);
		const answer = await askAt(gateway, ctx, record, "/cancel");
		return answer instanceof ResponseStream ? answer : gatewayBatch(await foundAny(ctx));
	}

	async function cancelled(ctx: GatewayContext, owner: string | undefined): Promise<BatchRecord> {
		const record = await batches.cancel(owner, idIn(ctx));
		if (record === undefined) throw missing(ctx);
		return record;
	}

	return {
		async createBatch(ctx) {
			const { exchange } = ctx.state;
			const json = (exchange.body?.json ?? {}) as Schemas["CreateBatchRequest"];
			const owner = ownerOf(ctx);
			const { purpose, upstream } = await files.find(owner, json.input_file_id, "input_file_id");
			if (upstream !== undefined) {
				requireUnlimited(exchange.caller);
				return (await createAt(gateway, ctx, upstream, "openai")) as never;
			}
			if (purpose !== "batch") throw wrongPurpose(purpose);
			if (!known.includes(json.endpoint)) throw unknownEndpoint(known);
			const record = await batches.take({
				...{ exchange, owner, kind: "openai", endpoint: json.endpoint },
				metadata: json.metadata == null ? undefined : readMetadata(json.metadata),
				input: { file: json.input_file_id },
				window: json.completion_window,
				windowSeconds: parseDurationMs(json.completion_window) / 1000,
				needsCredentials: somebodysCredential(gateway),
			});
			await noteBatch(gateway, exchange, "batch.created", record);
			return openaiBatch(record);
		},

		async listBatches(ctx) {
			const { data, hasMore } = await store.batches.list({ ...pageRequest(ctx), owner: ownerOf(ctx), kind: "openai" });
			return listOf(data.map(shown), hasMore);
		},

		async retrieveBatch(ctx) {
			const record = await found(ctx);
			return isElsewhere(record) ? ((await askAt(gateway, ctx, record)) as never) : openaiBatch(record);
		},

		async cancelBatch(ctx) {
			const record = await found(ctx);
			if (isElsewhere(record)) return (await askAt(gateway, ctx, record, "/cancel")) as never;
			return openaiBatch(await cancelled(ctx, record.owner));
		},

		async listAllBatches(ctx) {
			const { data, hasMore } = await store.batches.list({ ...pageRequest(ctx), owner: undefined });
			return listOf(data.map(gatewayBatch), hasMore);
		},

		async retrieveAnyBatch(ctx) {
			return gatewayBatch(await foundAny(ctx));
		},

		async cancelAnyBatch(ctx) {
			const record = await foundAny(ctx);
			const answer = isElsewhere(record) ? await cancelAt(ctx, record) : gatewayBatch(await cancelled(ctx, undefined));
			if (!(answer instanceof ResponseStream)) await noteBatch(gateway, ctx.state.exchange, "batch.cancelled", record);
			return answer as never;
		},
	};
}

function shown(record: BatchRecord): Schemas["Batch"] {
	return isElsewhere(record) ? (lastSaid(record) as never) : openaiBatch(record);
}

/** Some upstream is shown clients' credentials, so that lines need them. */
export function somebodysCredential({ settings }: GatewayServices): boolean {
	return [...settings.routing.upstreams].some(
		({ forwardsCredential, passthroughAuth }) => forwardsCredential || passthroughAuth === true,
	);
}

function gatewayBatch(record: BatchRecord): Schemas["GatewayBatch"] {
	const { keyName: key = null, team = null, upstream = null } = record;
	return { ...openaiBatch(record), object: "gateway.batch", key, team, upstream };
}

/** What an upstream runs itself, nobody holds to the models and the limits of a key. @throws GatewayError 403 */
function requireUnlimited(caller: Caller | undefined): void {
	if (caller === undefined || (!caller.isForSomeModels && caller.limits === undefined)) return;
	const message =
		"This key has limits, or is for certain models, and the batch's file is kept by an upstream that knows neither.";
	throw new GatewayError(403, message, {
		code: "batch_not_allowed",
		param: "input_file_id",
		hint: "With --files local the gateway keeps files, and runs their batches itself.",
	});
}

/** An administrator's credential is none of its business. */
function notOurs(upstream: string): GatewayError {
	const message = `The upstream '${upstream}' is shown clients' own credentials: only the batch's owner can cancel it.`;
	return new GatewayError(400, message, { code: "batch_elsewhere", param: "batch_id" });
}

function idIn(ctx: GatewayContext): string {
	return ctx.params.batch_id ?? "";
}

function missing(ctx: GatewayContext) {
	return notFound(`There is no batch '${idIn(ctx)}'.`, "batch_not_found", "batch_id");
}

function unknownEndpoint(known: readonly string[]): GatewayError {
	const message = `endpoint must be one of ${known.join(", ")}`;
	return new GatewayError(400, message, { code: "invalid_value", param: "endpoint" });
}

function wrongPurpose(purpose: string): GatewayError {
	const message = `The file's purpose is '${purpose}': send it with the purpose 'batch'.`;
	return new GatewayError(400, message, { code: "invalid_file_purpose", param: "input_file_id" });
}
