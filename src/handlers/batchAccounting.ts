/** Records what batches that upstreams run have used, once that is seen: exactly once, whoever sees it and however often. */
import { batchUsageRecord } from "../accounting/batchUsage.js";
import { dollarsOf, millionthsOf } from "../accounting/price.js";
import { chargeLater } from "../admission/laterCharge.js";
import { createLimitTable } from "../admission/limitTable.js";
import { targetsOf } from "../admission/tokenNeed.js";
import { LineUsage, type ModelUsage } from "../batches/lineUsage.js";
import { isEnding } from "../batches/seenBatch.js";
import { sumOfTokens } from "../chat/tokenCounts.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { messageOf } from "../errors/problem.js";
import { isObject } from "../json/isObject.js";
import { callerOf } from "../keys/caller.js";
import { clientKey } from "../limits/clientKey.js";
import { countTokens } from "../metrics/countTokens.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { BatchRecord } from "../store/batchTypes.js";
import type { UsageRecord } from "../store/usageTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";

type Elsewhere = BatchRecord & { upstream: string };

/** Records the `usage` of a batch that is over, if its upstream says it. Never throws. */
export async function accountSaid(
	gateway: GatewayServices,
	ctx: GatewayContext,
	batch: Elsewhere,
	said: Readonly<Record<string, unknown>>,
): Promise<void> {
	const tokens = isObject(said.usage) ? tokensOf(said.usage) : undefined;
	if (!isEnding(batch.status) || tokens === undefined) return;
	await account(gateway, ctx, batch, [{ model: batch.model, tokens }]);
}

/** Records what the lines of its results have used when all of them have passed. @returns the same answer */
export function accountLines(
	gateway: GatewayServices,
	ctx: GatewayContext,
	batch: Elsewhere,
	answer: ResponseStream,
): ResponseStream {
	if (batch.isAccounted || answer.status !== 200) return answer;
	const lines = new LineUsage();
	answer.observers.push({
		chunk: ({ bytes }) => lines.push(bytes),
		end(failure) {
			if (failure === undefined) void account(gateway, ctx, batch, inOne(batch, lines.end()));
		},
	});
	return answer;
}

/** A file's lines are all for one model, whatever its answers call it: its record is that of the batch's own `usage`. */
function inOne({ kind, model }: Elsewhere, used: readonly ModelUsage[]): readonly ModelUsage[] {
	if (kind === "messages" || used.length === 0) return used;
	const tokens = sumOfTokens(used);
	return tokens === undefined ? [] : [{ model: model ?? used[0]?.model, tokens }];
}

async function account(
	gateway: GatewayServices,
	ctx: GatewayContext,
	batch: Elsewhere,
	used: readonly ModelUsage[],
): Promise<void> {
	const { usage, prices, store, settings, complain } = gateway;
	if (usage === undefined || batch.isAccounted || used.length === 0) return;
	try {
		const records = used.map((one, index) => {
			const facts = { operation: operationOf(gateway, batch), ...placeOf(gateway, batch, one.model) };
			const seen = { requestId: ctx.state.exchange.id, seenAt: Math.floor(Date.now() / 1000) };
			return batchUsageRecord({ batch, index, ...one, ...facts, ...seen, usageTags: settings.usageTags }, prices);
		});
		// Records first: if this process dies in between, they are added again, and count once by their ids.
		await store.usage.add(records);
		if (!(await store.batches.account(batch.sequence))) return;
		for (const record of records) await charge(gateway, ctx, batch, record);
	} catch (error) {
		complain(`the usage of batch ${batch.id} can't be recorded: ${messageOf(error)}`);
	}
}

/** The operation that each of its lines would be. */
function operationOf({ contract }: GatewayServices, { endpoint }: BatchRecord): string {
	return contract.operations.find(({ method, path }) => method === "POST" && path === endpoint)?.id ?? "";
}

/** Where its lines would have gone. */
function placeOf({ upstreams }: GatewayServices, { upstream }: Elsewhere, model: string | undefined) {
	const route = upstreams.routes.find(model);
	const target = route && targetsOf(route).find((one) => one.upstream === upstream);
	return { target, route: target && route.name };
}

/** Metrics, and the limits of the key that has made it. */
async function charge(
	{ metrics, settings, ledger, keys }: GatewayServices,
	{ state: { exchange } }: GatewayContext,
	{ keyId, upstream }: Elsewhere,
	{ model, tokens, cost, route }: UsageRecord,
): Promise<void> {
	if (tokens === null) return;
	if (metrics !== undefined) {
		countTokens(metrics.recorder, tokens, route ?? "none", upstream);
		if (cost !== null) metrics.recorder.add("cost", [route ?? "none", upstream], dollarsOf(cost));
	}
	const record = keyId === undefined ? undefined : keys.table.record(keyId);
	const limits = createLimitTable(settings.limits).of({
		caller: record === undefined ? exchange.caller : callerOf(record),
		client: () => clientKey(exchange.clientAddress),
		...{ operation: { limits: undefined }, model: model ?? undefined, facts: undefined },
	});
	await chargeLater(ledger, limits, { tokens: tokens.input + tokens.output, cost: millionthsOf(cost ?? 0) });
}
