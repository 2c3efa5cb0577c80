/** Batches that upstreams run: the gateway knows whose they are, and passes on what is asked of them. */

import { batchOutput } from "../batches/resultFiles.js";
import { seenBatch } from "../batches/seenBatch.js";
import { pathSegment } from "../dialects/pathSegment.js";
import { GatewayError } from "../errors/gatewayError.js";
import { fileAt } from "../files/fileObjects.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { BatchKind, BatchRecord } from "../store/batchTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { accountSaid } from "./batchAccounting.js";
import { noteBatch } from "./batchNote.js";
import { askKeeper, isGood, readAnswer } from "./fileKeeper.js";

type Json = Record<string, unknown>;

const paths = { openai: "/batches", messages: "/messages/batches" } as const;

/** @returns what the upstream says of its new batch, or its refusal as it is */
export function createAt(
	gateway: GatewayServices,
	ctx: GatewayContext,
	upstream: string,
	kind: BatchKind,
): Promise<Json | ResponseStream> {
	return noted(gateway, ctx, { upstream, kind }, "", "batch.created");
}

/** @param within what is asked of it: nothing, or `/cancel` @returns what the upstream says of it, or its refusal as it is */
export function askAt(
	gateway: GatewayServices,
	ctx: GatewayContext,
	record: BatchRecord & { upstream: string },
	within = "",
): Promise<Json | ResponseStream> {
	return noted(gateway, ctx, record, `/${pathSegment(record.id)}${within}`);
}

/** @returns the upstream's answer as it is */
export function passOn(
	gateway: GatewayServices,
	ctx: GatewayContext,
	{ upstream, kind, id }: BatchRecord & { upstream: string },
	within = "",
): Promise<ResponseStream> {
	return askKeeper(gateway, ctx, upstream, `${paths[kind]}/${pathSegment(id)}${within}`);
}

export function isElsewhere(record: BatchRecord): record is BatchRecord & { upstream: string } {
	return record.upstream !== undefined;
}

/** What its upstream has last said of it. */
export function lastSaid({ snapshot = "{}" }: BatchRecord): Json {
	return JSON.parse(snapshot) as Json;
}

/** @param batch its owner and its key, once they are known */
async function noted(
	gateway: GatewayServices,
	ctx: GatewayContext,
	batch: { upstream: string; kind: BatchKind } & Partial<BatchRecord>,
	within: string,
	action?: "batch.created",
): Promise<Json | ResponseStream> {
	const { upstream, kind } = batch;
	const answer = await askKeeper(gateway, ctx, upstream, paths[kind] + within);
	if (!isGood(answer)) return answer;
	const said = await readAnswer(ctx, answer, upstream);
	const { id } = said;
	if (typeof id !== "string") throw unreadable(upstream);
	const { caller } = ctx.state.exchange;
	const { owner = ownerOf(ctx) } = batch;
	const createdAt = Math.floor(Date.now() / 1000);
	const seen = seenBatch(kind, said, createdAt);
	const { keyId, keyName, team, organisation } = caller ?? {};
	const by = { keyId, keyName, team, organisation };
	const { store } = gateway;
	await store.batches.note({ id, owner, kind, createdAt, ...by, upstream, snapshot: JSON.stringify(said), seen });
	await noteFiles(gateway, owner, upstream, said);
	const record = await store.batches.get(owner, id);
	if (record === undefined || !isElsewhere(record)) return said;
	if (action !== undefined) await noteBatch(gateway, ctx.state.exchange, action, record);
	await accountSaid(gateway, ctx, record, said);
	return said;
}

/** The files that it has written are its owner's. */
async function noteFiles({ files }: GatewayServices, owner: string, upstream: string, said: Json): Promise<void> {
	for (const id of [said.output_file_id, said.error_file_id]) {
		if (typeof id !== "string" || (await files.get(owner, id)) !== undefined) continue;
		const file = fileAt(upstream, { id, filename: `${id}.jsonl`, purpose: batchOutput });
		if (file !== undefined) await files.note(owner, file);
	}
}

function unreadable(upstream: string): GatewayError {
	const message = `The upstream ${upstream} has answered with no batch.`;
	return new GatewayError(502, message, { code: "upstream_invalid" });
}
