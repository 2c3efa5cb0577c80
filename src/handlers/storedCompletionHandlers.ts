/** Stored chat completions: each caller can list, read, annotate and delete its own. */
import { readMetadata } from "../completions/metadata.js";
import { storedCompletion, storedMessages } from "../completions/storedCompletion.js";
import { notFound } from "../errors/notFound.js";
import type { operations } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { CompletionRecord } from "../store/store.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";

type StoredCompletionOperation =
	| "listStoredCompletions"
	| "retrieveStoredCompletion"
	| "updateStoredCompletion"
	| "deleteStoredCompletion"
	| "listStoredCompletionMessages";

type Query<Id extends keyof operations> = NonNullable<operations[Id]["parameters"]["query"]>;

export function storedCompletionHandlers({ store }: GatewayServices): Pick<Handlers, StoredCompletionOperation> {
	async function find(ctx: GatewayContext): Promise<CompletionRecord> {
		const record = await store.completions.get(ownerOf(ctx), idOf(ctx));
		if (!record) throw missing(ctx);
		return record;
	}

	return {
		async listStoredCompletions(ctx) {
			const query = ctx.state.exchange.query as Query<"listStoredCompletions">;
			const { model, metadata, status, include, after, limit = 20, order = "asc" } = query;
			const page = { limit, order, after, model, metadata, status };
			const { data, hasMore } = await store.completions.list(ownerOf(ctx), page);
			return listOf(
				data.map((record) => storedCompletion(record, include === "request")),
				hasMore,
			);
		},

		retrieveStoredCompletion: async (ctx) => storedCompletion(await find(ctx)),

		async updateStoredCompletion(ctx) {
			const metadata = readMetadata(ctx.state.exchange.body?.json.metadata);
			return storedCompletion(await store.completions.update(ownerOf(ctx), idOf(ctx), metadata));
		},

		async deleteStoredCompletion(ctx) {
			const id = idOf(ctx);
			if (!(await store.completions.remove(ownerOf(ctx), id))) throw missing(ctx);
			return { object: "chat.completion.deleted", id, deleted: true };
		},

		async listStoredCompletionMessages(ctx) {
			const query = ctx.state.exchange.query as Query<"listStoredCompletionMessages">;
			const { after, limit = 20, order = "asc" } = query;
			const messages = storedMessages(await find(ctx));
			if (order === "desc") messages.reverse();
			const last = after === undefined ? -1 : messages.findIndex(({ id }) => id === after);
			if (after !== undefined && last === -1)
				throw notFound(`There is no message "${after}" to begin after.`, "not_found", "after");
			return listOf(messages.slice(last + 1, last + 1 + limit), last + 1 + limit < messages.length);
		},
	};
}

function idOf(ctx: GatewayContext): string {
	return ctx.params.completion_id ?? "";
}

function missing(ctx: GatewayContext) {
	return notFound(`There is no stored chat completion "${idOf(ctx)}".`, "not_found", "completion_id");
}
