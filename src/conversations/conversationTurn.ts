/** One response's turn in a conversation: nobody else has one until it is over. */
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { splitItems } from "../responses/inputItems.js";
import type { ConversationItem, ConversationName, ConversationStore } from "../store/conversationTypes.js";
import { newId } from "../store/newId.js";
import { withStatus } from "../store/storeFailure.js";
import { conversationLocked, conversationNotFound } from "./failures.js";
import { conversationItem } from "./newItems.js";

/** A worker that is no more holds up its conversation for so long. */
const lockMs = 60_000;
const renewMs = 20_000;

export interface ConversationTurn {
	readonly id: string;
	/** What was said before, in its order: JSON values. */
	readonly earlier: readonly Buffer[];
	/** Appends what the turn has brought, JSON values with commas between them, and ends it. Durable when it resolves. */
	append(input: Buffer, output: Buffer): Promise<void>;
	/** Ends it without a result, if it has none yet. */
	release(): Promise<void>;
}

/** A conversation of the gateway's that the request names; only what creates a response has a turn in it. */
export type RequestTurn = Pick<ConversationTurn, "id" | "earlier"> & Partial<ConversationTurn>;

/** The conversation that a request names; undefined if it names none. */
export function conversationIn({ conversation }: Readonly<Record<string, unknown>>): string | undefined {
	const id = isObject(conversation) ? conversation.id : conversation;
	return typeof id === "string" && id !== "" ? id : undefined;
}

/** @returns undefined if there is no such conversation */
export async function earlierItems(store: ConversationStore, name: ConversationName): Promise<Buffer[] | undefined> {
	const items = await store.items(name);
	if (items.length === 0 && (await store.get(name)) === undefined) return undefined;
	return items.map((item) => Buffer.from(item));
}

/**
 * @returns undefined if there is no such conversation
 * @throws GatewayError 400 if another response is under way in it
 */
export async function beginTurn(
	store: ConversationStore,
	name: ConversationName,
): Promise<ConversationTurn | undefined> {
	const token = newId("turn_", 24);
	const hold = () => store.lock(name, token, Date.now() + lockMs);
	const locked = await hold();
	if (locked === "missing") return undefined;
	if (locked === "busy") throw conversationLocked();
	let isOver = false;
	// One that fails may be made up for by the next.
	const renewing = setInterval(() => hold().catch(() => {}), renewMs).unref();
	const release = async () => {
		clearInterval(renewing);
		if (isOver) return;
		isOver = true;
		// What is not released ends by itself.
		await store.release(name, token).catch(() => {});
	};
	try {
		return {
			id: name.id,
			earlier: (await store.items(name)).map((item) => Buffer.from(item)),
			async append(input, output) {
				clearInterval(renewing);
				isOver = true;
				await appendItems(store, name, token, [...splitItems(input), ...splitItems(output)]).catch((error: unknown) => {
					throw withStatus(error);
				});
			},
			release,
		};
	} catch (error) {
		await release();
		throw error;
	}
}

async function appendItems(
	store: ConversationStore,
	name: ConversationName,
	token: string,
	bytes: readonly Buffer[],
): Promise<void> {
	const given = bytes.map((item) => parseObject(item.toString())).filter((item) => item !== undefined);
	const renamed = new Set<string>();
	for (;;) {
		const items = itemsWithIds(given, renamed);
		const change = await store.append(name, items, token);
		if (change === "done") return;
		if (change === "missing") throw conversationNotFound(name.id, "conversation");
		if (change === "busy") throw conversationLocked();
		// Some upstreams call all their items the same, and some clients send again what they got.
		renamed.add(change.duplicate);
	}
}

function itemsWithIds(given: readonly Record<string, unknown>[], renamed: ReadonlySet<string>): ConversationItem[] {
	return given.map((item) => conversationItem(item, typeof item.id === "string" && renamed.has(item.id)));
}
