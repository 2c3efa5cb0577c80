/** Usage: sums of their own for callers, records of requests for administrators. */

import { tableVersion } from "../accounting/priceTable.js";
import { requestsCsv, usageCsv } from "../accounting/usageCsv.js";
import { requestResource, resultResource } from "../accounting/usageResource.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { components } from "../generated/contract.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import {
	bucketWidths,
	isOfAgents,
	type UsageDimension,
	type UsageFilter,
	type UsageOutcome,
	type UsageQuery,
	usageDimensions,
} from "../store/usageTypes.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Bucket = components["schemas"]["UsageBucket"];
type Width = keyof typeof bucketWidths;

const defaultBuckets: Readonly<Record<Width, number>> = { "1m": 60, "1h": 24, "1d": 7 };

export function usageHandlers({ store }: GatewayServices): Pick<Handlers, "getUsage" | "listRequests"> {
	return {
		async listRequests(ctx) {
			const { outcome, request_id, created_after, created_before } = ctx.query;
			const filter: UsageFilter = {
				...dimensionsOf(ctx),
				outcome: outcome as UsageOutcome | undefined,
				requestId: request_id as string | undefined,
				createdAfter: numberOf(created_after),
				createdBefore: numberOf(created_before),
			};
			const { data, hasMore } = await store.usage.list({ ...pageRequest(ctx), ...filter });
			const requests = data.map(requestResource);
			if (wantsCsv(ctx)) return answerCsv(ctx, requestsCsv(requests));
			return listOf(requests, hasMore);
		},

		async getUsage(ctx) {
			const { query, by, hasMore } = readQuery(ctx, Date.now());
			const sums = await store.usage.sums(query);
			const buckets = bucketsOf(query);
			const byStart = new Map(buckets.map((bucket) => [bucket.start_time, bucket.results]));
			for (const sum of sums) byStart.get(sum.startsAt)?.push(resultResource(sum, query.by, query.tag));
			if (wantsCsv(ctx)) return answerCsv(ctx, usageCsv(buckets, by));
			const next_page = hasMore ? `page_${query.to}` : null;
			return { object: "page", data: buckets, has_more: hasMore, next_page, prices: { ...tableVersion } };
		},
	};
}

/** @param now milliseconds since the epoch */
function readQuery(ctx: GatewayContext, now: number): { query: UsageQuery; by: readonly string[]; hasMore: boolean } {
	const { start_time, end_time, group_by, limit, page } = ctx.state.exchange.query;
	const name = (ctx.state.exchange.query.bucket_width ?? "1d") as Width;
	const width = bucketWidths[name];
	const maxBuckets = numberOf(limit) ?? defaultBuckets[name];
	const end = Math.ceil((numberOf(end_time) ?? Math.floor(now / 1000) + 1) / width) * width;
	const startTime = page === undefined ? numberOf(start_time) : Number(String(page).slice("page_".length));
	const from = startTime === undefined ? Math.max(0, end - maxBuckets * width) : startTime - (startTime % width);
	if (from >= end)
		throw new GatewayError(400, "start_time must be before end_time.", { code: "invalid_value", param: "start_time" });
	const to = Math.min(end, from + maxBuckets * width);
	const by = (group_by ?? []) as readonly string[];
	const tags = by.filter((dimension) => dimension.startsWith("tag:"));
	if (tags.length > 1)
		throw new GatewayError(400, "group_by can have one tag.", { code: "invalid_value", param: "group_by" });
	const dimensions = usageDimensions.filter((dimension) => by.includes(dimension));
	if (tags.length > 0 && isOfAgents(dimensions, dimensionsOf(ctx))) {
		const message = "Sums by session, agent and sub-agent know no tags: leave out tag:NAME.";
		throw new GatewayError(400, message, { code: "invalid_value", param: "group_by" });
	}
	const { caller } = ctx.state.exchange;
	const own = caller === undefined ? {} : { key: caller.keyId };
	return {
		query: {
			width,
			from,
			to,
			by: dimensions,
			tag: tags[0]?.slice("tag:".length),
			filter: { ...dimensionsOf(ctx), ...own },
		},
		by,
		hasMore: to < end,
	};
}

function dimensionsOf(ctx: GatewayContext): Pick<UsageFilter, UsageDimension> {
	const { query } = ctx.state.exchange;
	return Object.fromEntries(usageDimensions.map((dimension) => [dimension, query[dimension] as string | undefined]));
}

/** @returns all buckets, including empty ones */
function bucketsOf({ from, to, width }: UsageQuery): Bucket[] {
	const buckets: Bucket[] = [];
	for (let start = from; start < to; start += width)
		buckets.push({ object: "bucket", start_time: start, end_time: start + width, results: [] });
	return buckets;
}

function wantsCsv(ctx: GatewayContext): boolean {
	const { format } = ctx.state.exchange.query;
	if (format !== undefined) return format === "csv";
	return ctx.accepts(["application/json", "text/csv"]) === "text/csv";
}

function answerCsv(ctx: GatewayContext, text: string): undefined {
	ctx.type = "text/csv; charset=utf-8; header=present";
	ctx.set("content-disposition", `attachment; filename="usage.csv"`);
	ctx.body = text;
	return undefined;
}

function numberOf(value: unknown): number | undefined {
	return value === undefined ? undefined : Number(value);
}
