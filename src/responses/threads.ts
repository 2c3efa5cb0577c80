/** The turns that a response goes on from: found in this worker's memory and in the store, and given as the items they brought. */
import type { NewResponse, ResponseChain, ResponseHead, ResponseStore, TurnItems } from "../store/responseTypes.js";
import { headOf, unfinished } from "../store/responseTypes.js";
import { noBytes } from "../streaming/piece.js";
import { earlierNotFound, itemNotFound, notFinished, previousNotFound } from "./failures.js";
import { type History, HistoryMemory } from "./historyMemory.js";
import { idOf, referenceIn, splitItems } from "./inputItems.js";
import { inputItemId } from "./itemIds.js";
import { TurnMemory } from "./turnMemory.js";

/** Of each worker: for turns one by one, and for threads that were gone on from. */
const turnBytes = 8 * 1024 * 1024;
const historyBytes = 8 * 1024 * 1024;
/** A record that is not in the tables so long after it was added is not on its way any more. */
const onItsWayMs = 60_000;
/** What has been known for longer may have been removed with its thread, for its age. */
const trustedMs = 600_000;

export interface ThreadTurn {
	readonly head: ResponseHead;
	readonly items: TurnItems<Buffer>;
}

/** With the moment since when all of it is known, in milliseconds since the epoch. */
interface KnownChain extends ResponseChain {
	readonly knownAt: number;
}

export interface Threads {
	/** Keeps a response; durable when it resolves. @throws StoreError */
	add(owner: string, response: NewResponse): Promise<void>;
	/** @returns the response and all that it goes on from, oldest first; none if it isn't there. @throws GatewayError 400 if the chain is broken */
	chain(owner: string, id: string): Promise<readonly ResponseHead[]>;
	/**
	 * @returns the response with the items of all that it goes on from, and its own; without items if an upstream keeps it; undefined
	 * if it isn't there
	 * @throws GatewayError 400 if the chain is broken, or the response isn't finished
	 */
	history(owner: string, id: string): Promise<History | undefined>;
	/** These turns with what each has brought. @throws GatewayError 400 if one has been removed meanwhile */
	turns(owner: string, heads: readonly ResponseHead[]): Promise<ThreadTurn[]>;
	/** The items in the place of references to them. @throws GatewayError 400 for one that isn't there */
	resolve(owner: string, items: readonly Buffer[], earlier: readonly Buffer[]): Promise<Buffer[]>;
}

export function createThreads(store: ResponseStore): Threads {
	const memory = new TurnMemory(turnBytes);
	const histories = new HistoryMemory(historyBytes);
	const isAnyRemoved = askedTogether((ids) => store.removedAmong(ids));

	/** This worker has added it a moment ago, so that it may not be in the tables yet. */
	function onItsWay(owner: string, { missing, isRemoved }: ResponseChain): ResponseHead | undefined {
		const turn = missing === undefined || isRemoved ? undefined : memory.get(owner, missing);
		return turn?.isOwn && turn.knownAt > Date.now() - onItsWayMs ? turn.head : undefined;
	}

	/** The whole chain, if this worker knows it of late. */
	function knownChain(owner: string, id: string): KnownChain | undefined {
		const heads: ResponseHead[] = [];
		let knownAt = Number.POSITIVE_INFINITY;
		for (let next: string | undefined = id; next !== undefined; ) {
			const turn = memory.get(owner, next);
			if (turn === undefined) return undefined;
			knownAt = Math.min(knownAt, turn.knownAt);
			heads.push(turn.head);
			next = turn.head.previous;
		}
		return isTrusted(knownAt) ? { heads: heads.reverse(), missing: undefined, isRemoved: false, knownAt } : undefined;
	}

	async function completeChain(owner: string, id: string): Promise<KnownChain> {
		const known = knownChain(owner, id);
		if (known !== undefined && !(await isAnyRemoved(known.heads.map((head) => head.id)))) return known;
		const knownAt = Date.now();
		return { knownAt, ...(await storedChain(owner, id)) };
	}

	async function storedChain(owner: string, id: string): Promise<ResponseChain> {
		let heads: readonly ResponseHead[] = [];
		let next: string | undefined = id;
		let isSettled = false;
		for (;;) {
			const found: ResponseChain = await store.chain(owner, next, isSettled);
			heads = [...found.heads, ...heads];
			if (found.missing === undefined || found.isRemoved) return { ...found, heads };
			const own = onItsWay(owner, found);
			if (own !== undefined) {
				heads = [own, ...heads];
				if (own.previous === undefined) return { heads, missing: undefined, isRemoved: false };
				next = own.previous;
			} else {
				// Another worker's may be on its way.
				if (isSettled) return { ...found, heads };
				isSettled = true;
				next = found.missing;
			}
		}
	}

	async function turnsOf(owner: string, heads: readonly ResponseHead[]): Promise<TurnItems<Buffer>[]> {
		const known = heads.map(({ id }) => memory.itemsOf(owner, id));
		const missing = heads.filter((_head, place) => known[place] === undefined);
		if (missing.length === 0) return known as TurnItems<Buffer>[];
		const read = await store.items(
			owner,
			missing.map(({ id }) => id),
		);
		return heads.map((head, place) => {
			const own = known[place];
			if (own !== undefined) return own;
			const items = read.get(head.id);
			if (items === undefined) throw previousNotFound(head.id);
			const turn = { input: Buffer.from(items.input), output: Buffer.from(items.output) };
			if (!unfinished.includes(head.status)) memory.put(owner, { head, knownAt: Date.now(), isOwn: false }, turn);
			return turn;
		});
	}

	/** All that goes before a request, if this worker knows it of late. */
	function knownHistory(owner: string, id: string): History | undefined {
		const known = histories.get(owner, id) ?? extendedHistory(owner, id);
		return known !== undefined && isTrusted(known.knownAt) ? known : undefined;
	}

	/** The thread was gone on from before, and this is the turn that came of it. */
	function extendedHistory(owner: string, id: string): History | undefined {
		const turn = memory.get(owner, id);
		if (turn?.head.previous === undefined || turn.head.home !== undefined) return undefined;
		const earlier = histories.get(owner, turn.head.previous);
		const items = memory.itemsOf(owner, id);
		if (earlier === undefined || items === undefined) return undefined;
		const knownAt = Math.min(earlier.knownAt, turn.knownAt);
		return histories.extend(owner, earlier, { last: turn.head, ids: [...earlier.ids, id], knownAt }, partsOf([items]));
	}

	async function readHistory(owner: string, id: string): Promise<History | undefined> {
		const { heads, knownAt } = await wholeChain(owner, id);
		const last = heads.at(-1);
		if (last === undefined) return undefined;
		const turns = { last, ids: heads.map((head) => head.id), knownAt };
		if (last.home !== undefined) return { ...turns, items: noBytes };
		if (unfinished.includes(last.status)) throw notFinished(last.id, last.status);
		return histories.put(owner, turns, partsOf(await turnsOf(owner, heads)));
	}

	async function wholeChain(owner: string, id: string): Promise<KnownChain> {
		const chain = await completeChain(owner, id);
		if (chain.missing !== undefined && chain.heads.length > 0) throw earlierNotFound(id, chain.missing);
		return chain;
	}

	async function referred(owner: string, ids: readonly string[], earlier: readonly Buffer[]) {
		const found = new Map<string, Buffer>();
		const wanted = new Set(ids);
		const look = (items: readonly Buffer[]) => {
			for (const item of items) {
				const id = idOf(item);
				if (id !== undefined && wanted.has(id)) found.set(id, item);
			}
		};
		for (const items of earlier) if (ids.some((id) => items.includes(id))) look(splitItems(items));
		const others = ids.filter((id) => !found.has(id));
		if (others.length === 0) return found;
		const places = await store.withItems(owner, others);
		const turns = await store.items(owner, [...new Set(places.values())]);
		for (const { output } of turns.values()) look(splitItems(Buffer.from(output)));
		for (const id of others) if (!found.has(id)) await lookForInput(owner, id, found);
		return found;
	}

	/** Items of an input that had no id are listed with one that says where they are. */
	async function lookForInput(owner: string, id: string, found: Map<string, Buffer>): Promise<void> {
		const place = inputItemId.read(id);
		if (place === undefined) return;
		const items = (await store.items(owner, [place.response])).get(place.response);
		const item = items && splitItems(Buffer.from(items.input))[place.index];
		if (item !== undefined) found.set(id, item);
	}

	return {
		chain: async (owner, id) => (await wholeChain(owner, id)).heads,

		async history(owner, id) {
			const known = knownHistory(owner, id);
			if (known !== undefined && !(await isAnyRemoved(known.ids))) return known;
			return readHistory(owner, id);
		},

		async turns(owner, heads) {
			const turns = await turnsOf(owner, heads);
			return heads.map((head, place) => ({ head, items: turns[place] as TurnItems<Buffer> }));
		},

		async add(owner, response) {
			await store.add(owner, response);
			if (unfinished.includes(response.status)) return;
			const items = { input: bytesOf(response.input), output: bytesOf(response.output) };
			memory.put(owner, { head: headOf(response), knownAt: Date.now(), isOwn: true }, items);
		},

		async resolve(owner, items, earlier) {
			const references = items.map(referenceIn);
			const ids = references.filter((id) => id !== undefined);
			if (ids.length === 0) return [...items];
			const found = await referred(owner, ids, earlier);
			return items.map((item, place) => {
				const id = references[place];
				if (id === undefined) return item;
				const whole = found.get(id);
				if (whole === undefined) throw itemNotFound(id);
				return whole;
			});
		},
	};
}

/** @returns whether any of the given ids is found; asks once for all who want to know in the same turn of the event loop */
function askedTogether(find: (ids: readonly string[]) => Promise<ReadonlySet<string>>) {
	let wanted = new Set<string>();
	let answer: Promise<ReadonlySet<string>> | undefined;
	async function ask(): Promise<ReadonlySet<string>> {
		await new Promise((resolve) => setImmediate(resolve));
		const ids = [...wanted];
		wanted = new Set();
		answer = undefined;
		return find(ids);
	}
	return async (ids: readonly string[]): Promise<boolean> => {
		for (const id of ids) wanted.add(id);
		answer ??= ask();
		const found = await answer;
		return ids.some((id) => found.has(id));
	};
}

function isTrusted(knownAt: number): boolean {
	return knownAt >= Date.now() - trustedMs;
}

/** Without those that are empty. */
function partsOf(turns: readonly TurnItems<Buffer>[]): Buffer[] {
	return turns.flatMap(({ input, output }) => [input, output]).filter((items) => items.length > 0);
}

function bytesOf(text: string | Buffer): Buffer {
	return typeof text === "string" ? Buffer.from(text) : text;
}
