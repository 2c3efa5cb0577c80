/** Conversations that the gateway keeps: each caller can make, read, change and delete its own, and their items. */
import { readMetadata } from "../completions/metadata.js";
import { conversationLocked, conversationNotFound, duplicateItem } from "../conversations/failures.js";
import { newItemsIn } from "../conversations/newItems.js";
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { ConversationItem, ConversationName, ConversationRecord } from "../store/conversationTypes.js";
import { newId } from "../store/newId.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];

type ConversationOperation =
	| "createConversation"
	| "listKeptConversations"
	| "retrieveConversation"
	| "updateConversation"
	| "deleteConversation"
	| "listConversationItems"
	| "createConversationItems"
	| "retrieveConversationItem"
	| "deleteConversationItem";

export function conversationHandlers({ store }: GatewayServices): Pick<Handlers, ConversationOperation> {
	async function found(ctx: GatewayContext): Promise<ConversationRecord> {
		const record = await store.conversations.get(nameIn(ctx));
		if (record === undefined) throw missing(ctx);
		return record;
	}

	return {
		async createConversation(ctx) {
			const { items, metadata } = ctx.state.exchange.body?.json ?? {};
			const name = { owner: ownerOf(ctx), id: newId("conv_", 24) };
			const made = await store.conversations.create(name, readMetadata(metadata), newItemsIn(items));
			if ("duplicate" in made) throw duplicateItem(made.duplicate);
			return conversation(made);
		},

		async listKeptConversations(ctx) {
			const { data, hasMore } = await store.conversations.listOf(ownerOf(ctx), pageRequest(ctx));
			const kept = data.map((record) => ({ ...conversation(record), used_at: record.usedAt }));
			return listOf(kept, hasMore);
		},

		retrieveConversation: async (ctx) => conversation(await found(ctx)),

		async updateConversation(ctx) {
			const metadata = readMetadata(ctx.state.exchange.body?.json.metadata);
			const record = await store.conversations.update(nameIn(ctx), metadata);
			if (record === undefined) throw missing(ctx);
			return conversation(record);
		},

		async deleteConversation(ctx) {
			const name = nameIn(ctx);
			if (!(await store.conversations.remove(name))) throw missing(ctx);
			return { id: name.id, object: "conversation.deleted", deleted: true };
		},

		async listConversationItems(ctx) {
			await found(ctx);
			const { data, hasMore } = await store.conversations.list(nameIn(ctx), pageRequest(ctx));
			return listOf(data.map(shown), hasMore);
		},

		async createConversationItems(ctx) {
			const items = newItemsIn(ctx.state.exchange.body?.json.items);
			const change = await store.conversations.append(nameIn(ctx), items);
			if (change === "missing") throw missing(ctx);
			if (change === "busy") throw conversationLocked();
			if (typeof change === "object") throw duplicateItem(change.duplicate);
			return listOf(items.map(shown), false);
		},

		async retrieveConversationItem(ctx) {
			const item = await store.conversations.item(nameIn(ctx), itemIdIn(ctx));
			if (item === undefined) throw await missingItem(ctx);
			return shown(item);
		},

		async deleteConversationItem(ctx) {
			const record = await found(ctx);
			const change = await store.conversations.removeItem(nameIn(ctx), itemIdIn(ctx));
			if (change === "busy") throw conversationLocked();
			if (change === "missing") throw await missingItem(ctx);
			return conversation(record);
		},
	};

	/** What is not there: the item, or all of the conversation. */
	async function missingItem(ctx: GatewayContext) {
		await found(ctx);
		const message = `Item with id '${itemIdIn(ctx)}' not found in conversation '${nameIn(ctx).id}'.`;
		return notFound(message, "not_found", "item_id");
	}
}

function nameIn(ctx: GatewayContext): ConversationName {
	return { owner: ownerOf(ctx), id: ctx.params.conversation_id ?? "" };
}

function itemIdIn(ctx: GatewayContext): string {
	return ctx.params.item_id ?? "";
}

function missing(ctx: GatewayContext) {
	return conversationNotFound(nameIn(ctx).id, "conversation_id");
}

function conversation({ id, createdAt, metadata }: ConversationRecord): Schemas["Conversation"] {
	return { id, object: "conversation", created_at: createdAt, metadata };
}

function shown({ item }: ConversationItem): Schemas["ConversationItem"] {
	return JSON.parse(item) as Schemas["ConversationItem"];
}
