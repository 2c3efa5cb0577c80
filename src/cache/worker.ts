/** A worker's half of cached answers: asks the primary, which holds those in memory. */
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { ShelfFilter, ShelfTotals, ShelvedAnswer } from "../store/cacheTypes.js";
import type { CacheTopic, Near } from "./messages.js";

/** The memory of the machine. What it can't answer in time, it doesn't have. */
export interface SharedMemory {
	get(key: string): Promise<string | undefined>;
	put(answer: ShelvedAnswer): void;
	remove(filter: ShelfFilter): Promise<number>;
	totals(): Promise<ShelfTotals>;
	/** @param vector 32-bit floats in base64 */
	nearest(group: string, vector: string): Promise<Near | undefined>;
	learn(group: string, vector: string, key: string, expiresAt: number): void;
}

/** No answer of the cache is worth a longer wait. */
const patienceMs = 2_000;

export function createWorkerCache({
	send,
	ask,
}: Pick<PrimaryPort<CacheTopic>, "send" | "ask">): SharedMemory & WorkerHalf<CacheTopic> {
	return {
		async get(key) {
			return (await ask("get", key, { timeoutMs: patienceMs, otherwise: null })) ?? undefined;
		},
		put: (answer) => send({ topic: "cache", kind: "put", answer }),
		remove: (filter) => ask("remove", filter),
		totals: () => ask("totals", undefined as never),
		async nearest(group, vector) {
			const question = { group, vector };
			return (await ask("nearest", question, { timeoutMs: patienceMs, otherwise: null })) ?? undefined;
		},
		learn: (group, vector, key, expiresAt) => send({ topic: "cache", kind: "learned", group, vector, key, expiresAt }),
	};
}
