/** Finds a worker that goes on with an answer whose own worker is no more. */
import { type Entry, type Party, pathOf, type Succession } from "./entries.js";

/** How long a worker may take until what follows begins to come. */
const patienceMs = 120_000;

export interface Successions {
	/** Whether this is a worker here. */
	isWorker(party: Party): boolean;
	/** Nobody goes on with it. */
	lose(entry: Entry): void;
	/** All who followed it have left: whoever comes back may still go on with it. */
	rest(entry: Entry): void;
}

/**
 * Asks the workers that follow it, one after the other.
 *
 * @returns whether one of them goes on with it
 */
export function succeed(entry: Entry, successions: Successions): Promise<boolean> {
	entry.expiresAt = Number.POSITIVE_INFINITY;
	entry.succession ??= begin(entry, successions);
	return entry.succession.isGoneOnWith;
}

function begin(entry: Entry, { isWorker, lose, rest }: Successions): Succession {
	const tried = new Set<Party>();
	let resolve!: (isGoneOnWith: boolean) => void;
	let timer: NodeJS.Timeout | undefined;
	let isTried = false;
	const askNext = () => {
		const next = [...entry.followers.keys()].find((party) => isWorker(party) && !tried.has(party));
		succession.asked = next;
		if (next === undefined) {
			end(false);
			if (isTried) lose(entry);
			else rest(entry);
			return;
		}
		tried.add(next);
		timer = setTimeout(() => succession.answer(undefined), patienceMs).unref();
		const { id } = entry;
		next.send({ topic: "replay", kind: "continue", id, path: pathOf(entry) });
	};
	const end = (isGoneOnWith: boolean) => {
		entry.succession = undefined;
		resolve(isGoneOnWith);
	};
	const succession: Succession = {
		isGoneOnWith: new Promise((settle) => {
			resolve = settle;
		}),
		asked: undefined,
		answer(size, hasTried = false) {
			clearTimeout(timer);
			isTried ||= hasTried;
			if (size === undefined) {
				askNext();
				return;
			}
			entry.leader = succession.asked;
			entry.size = Math.max(entry.size, size);
			end(true);
		},
	};
	// Not before the entry has it.
	queueMicrotask(askNext);
	return succession;
}
