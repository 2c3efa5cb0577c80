/** Chooses what stands behind the memory: Redis, or else the store. */
import type { Settings } from "../settings/settings.js";
import type { Store } from "../store/store.js";
import type { Behind } from "./answerCache.js";
import { createRedisShelf } from "./redisShelf.js";

/** @returns undefined if answers are kept in memory alone */
export function createBehind(
	{ redisUrl, storeUrl, dataFolder, cacheStoreBytes }: Settings,
	store: Pick<Store, "cache">,
): (Behind & { close(): void }) | undefined {
	if (cacheStoreBytes === 0) return undefined;
	if (redisUrl !== undefined) {
		const shelf = createRedisShelf(redisUrl);
		return { shelf, isShared: true, close: shelf.close };
	}
	if (storeUrl === undefined && dataFolder === undefined) return undefined;
	return { shelf: store.cache, isShared: storeUrl !== undefined, close() {} };
}
