/** Which requests to a model suffer its fault: all, the first so many, every so many, or in turns. */
import type { LabModel } from "./modelName.js";

export interface Suffering {
	/** Counts the request. */
	suffers(model: LabModel): boolean;
	clear(): void;
}

/** Names whose requests are counted; the one that was asked for longest ago is forgotten first. */
const mostNames = 10_000;

export function createSuffering(): Suffering {
	const counts = new Map<string, { requests: number; faults: number }>();
	return {
		suffers(model) {
			const count = counts.get(model.name) ?? { requests: 0, faults: 0 };
			counts.delete(model.name);
			counts.set(model.name, count);
			if (counts.size > mostNames) counts.delete(counts.keys().next().value as string);
			const suffers = isTurn(model, count.requests) && count.faults < (model.times ?? Number.POSITIVE_INFINITY);
			count.requests += 1;
			if (suffers) count.faults += 1;
			return suffers;
		},
		clear: () => counts.clear(),
	};
}

/** @param before how many requests there were before this one */
function isTurn({ fault, number = 1, ok, every = 1 }: LabModel, before: number): boolean {
	if ((before + 1) % every !== 0) return false;
	return fault !== "flap" || before % (number + (ok ?? number)) < number;
}
