/** A generation: the workers of one start or reload, which run by the same settings. */
import type { Problems } from "../errors/problem.js";
import type { Settings } from "../settings/settings.js";
import type { WorkerHandle } from "./workerHandle.js";

export interface Generation {
	readonly settings: Settings;
	readonly workers: Set<WorkerHandle>;
	/** One of its workers has been ready, so that the others may start all at once. */
	isProven: boolean;
}

/** A generation that has not taken over yet. */
export interface NextGeneration extends Generation {
	/** All of its workers are ready, or the gateway is stopping. */
	resolve(): void;
	reject(reason: Problems): void;
}

export function countWorkers(workers: Iterable<WorkerHandle>, state: WorkerHandle["state"]): number {
	return [...workers].filter((worker) => worker.state === state).length;
}
