/** A worker's half of seals' secrets. */
import { createSeals, type Seals } from "../dialects/seals.js";
import type { PrimaryPort, WorkerHalf } from "../process/channel/topic.js";
import type { SealKeysTopic } from "./messages.js";

export interface WorkerSealKeys extends WorkerHalf<SealKeysTopic> {
	readonly seals: Seals;
}

export function createWorkerSealKeys(
	_primary: PrimaryPort<SealKeysTopic>,
	secrets: SealKeysTopic["snapshot"],
): WorkerSealKeys {
	return { seals: createSeals(secrets) };
}
