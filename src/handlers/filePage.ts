/** Lists of files, as OpenAI's and Anthropic's clients page through them. */

import { fileFormFor, fileObject } from "../files/fileObjects.js";
import type { LocalFiles } from "../files/localFiles.js";
import type { operations } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { FileRecord } from "../store/fileTypes.js";
import type { Listed } from "../store/page.js";
import { listOf } from "./list.js";

type Query = NonNullable<operations["listFiles"]["parameters"]["query"]>;

/** Anthropic's own bounds; OpenAI's is the contract's. */
const usualOfAnthropic = 20;
const mostOfAnthropic = 1_000;
const usual = 10_000;

/** Only what the gateway has a note of. @throws StoreError `not_found` if there is no file to begin after */
export async function filePage(gateway: GatewayServices, ctx: GatewayContext): Promise<object> {
	const form = fileFormFor(ctx.req.headers);
	const isAnthropic = form === "anthropic";
	const { data, hasMore } = await (isAnthropic ? anthropicPage : openaiPage)(gateway, ctx);
	const { object, ...page } = listOf(
		data.map((file) => fileObject(file, form)),
		hasMore,
	);
	return isAnthropic ? { ...page, next_page: hasMore ? page.last_id : null } : { object, ...page };
}

function openaiPage({ files, store }: GatewayServices, ctx: GatewayContext): Promise<Listed<FileRecord>> {
	const { limit = usual, order = "desc", after, purpose } = queryOf(ctx);
	if (!files.canKeep) return nothing;
	return store.files.list(ownerOf(ctx), { limit, order, after, purpose });
}

/** Those before a file are read from it on, towards the newest. */
async function anthropicPage({ files, store }: GatewayServices, ctx: GatewayContext): Promise<Listed<FileRecord>> {
	const { limit: asked = usualOfAnthropic, page, after_id: after = page, before_id: before, ids } = queryOf(ctx);
	const limit = Math.min(asked, mostOfAnthropic);
	if (!files.canKeep) return nothing;
	if (ids !== undefined) return { data: await filesWith(new Set(ids), files, ownerOf(ctx)), hasMore: false };
	if (before === undefined || after !== undefined)
		return store.files.list(ownerOf(ctx), { limit, order: "desc", after });
	const { data, hasMore } = await store.files.list(ownerOf(ctx), { limit, order: "asc", after: before });
	return { data: data.reverse(), hasMore };
}

/** Of ids that mean none nothing is said. */
async function filesWith(ids: ReadonlySet<string>, files: LocalFiles, owner: string): Promise<FileRecord[]> {
	const found = await Promise.all([...ids].map((id) => files.get(owner, id)));
	return found.filter((file) => file !== undefined);
}

const nothing: Promise<Listed<FileRecord>> = Promise.resolve({ data: [], hasMore: false });

function queryOf(ctx: GatewayContext): Query {
	return ctx.state.exchange.query as Query;
}
