/** The primary's half of cached answers: the memory that all workers share. */
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { ShelfTotals } from "../store/cacheTypes.js";
import { MemoryShelf } from "./memoryShelf.js";
import type { CacheTopic } from "./messages.js";
import { Vectors } from "./vectors.js";

export interface PrimaryCache extends PrimaryHalf<CacheTopic> {
	totals(this: void): ShelfTotals;
}

const sweepMs = 30_000;

export function createPrimaryCache(now: () => number = Date.now): PrimaryCache {
	const answers = new MemoryShelf(0, now);
	const vectors = new Vectors(now);
	const sweep = setInterval(() => {
		answers.clean();
		vectors.clean();
	}, sweepMs).unref();
	return {
		topic: "cache",
		totals: () => answers.totals(),
		async open({ cacheMemoryBytes }) {
			answers.maxBytes = Math.max(answers.maxBytes, cacheMemoryBytes);
		},
		adopt({ cacheMemoryBytes }) {
			answers.maxBytes = cacheMemoryBytes;
			answers.clean();
		},
		join: () => ({
			receive(message) {
				if (message.kind === "put") answers.put(message.answer);
				else vectors.learn(message.group, message.vector, message.key, message.expiresAt);
			},
			answers: {
				get: (key) => answers.get(key) ?? null,
				remove: (filter) => answers.remove(filter),
				totals: () => answers.totals(),
				nearest: ({ group, vector }) => vectors.nearest(group, vector) ?? null,
			},
		}),
		close: () => clearInterval(sweep),
	};
}
