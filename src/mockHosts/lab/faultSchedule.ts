/** Decides which requests to a model get its fault: all, the first N, every Nth, or alternating runs. */
import type { LabModel } from "./modelName.js";

export interface FaultSchedule {
	/** Counts the request. @returns whether it gets the model's fault */
	appliesTo(model: LabModel): boolean;
	clear(): void;
}

/** The most names whose requests are counted; the least recently requested is forgotten first. */
const maxNames = 10_000;

export function createFaultSchedule(): FaultSchedule {
	const counts = new Map<string, { requests: number; faults: number }>();
	return {
		appliesTo(model) {
			const count = counts.get(model.name) ?? { requests: 0, faults: 0 };
			counts.delete(model.name);
			counts.set(model.name, count);
			if (counts.size > maxNames) counts.delete(counts.keys().next().value as string);
			const isFaulty = isTurn(model, count.requests) && count.faults < (model.times ?? Number.POSITIVE_INFINITY);
			count.requests += 1;
			if (isFaulty) count.faults += 1;
			return isFaulty;
		},
		clear: () => counts.clear(),
	};
}

/** @param before number of earlier requests */
function isTurn({ fault, number = 1, ok, every = 1 }: LabModel, before: number): boolean {
	if ((before + 1) % every !== 0) return false;
	return fault !== "flap" || before % (number + (ok ?? number)) < number;
}
