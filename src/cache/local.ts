/** Cached answers in the memory of a process without workers. */
import type { Settings } from "../settings/settings.js";
import { MemoryShelf } from "./memoryShelf.js";
import { Vectors } from "./vectors.js";
import type { SharedMemory } from "./worker.js";

export function createLocalMemory(
	{ cacheMemoryBytes }: Pick<Settings, "cacheMemoryBytes">,
	now: () => number = Date.now,
): SharedMemory {
	const answers = new MemoryShelf(cacheMemoryBytes, now);
	const vectors = new Vectors(now);
	return {
		get: async (key) => answers.get(key),
		put: (answer) => answers.put(answer),
		remove: async (filter) => answers.remove(filter),
		totals: async () => answers.totals(),
		nearest: async (group, vector) => vectors.nearest(group, vector),
		learn: (group, vector, key, expiresAt) => vectors.learn(group, vector, key, expiresAt),
	};
}
