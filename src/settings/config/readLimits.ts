/** Reads how much may be used. */
import { type LimitSettings, noLimits } from "../limitSettings.js";
import type { Schemas } from "./configSchema.js";
import type { Reader } from "./reader.js";

type Given = Partial<Schemas["AllLimitsConfig"]>;

/** Undefined if the file has none. What is wrong with it has been reported, and taken out. */
export function readLimits(given: Given | undefined, reader: Reader): LimitSettings | undefined {
	if (given === undefined) return undefined;
	const { keys, clients, teams, organisations, models, agents, subagents, onExceeded, queue } = given;
	return {
		keys: fitting(keys ?? {}),
		clients: fitting(clients ?? {}),
		teams: fittingSets(teams),
		organisations: fittingSets(organisations),
		models: fittingSets(models),
		agents: fittingSets(agents),
		subagents: fitting(subagents ?? {}),
		onExceeded: onExceeded ?? noLimits.onExceeded,
		maxWaitMs: queue === undefined ? 0 : (reader.duration(queue, "maxWait", ["limits", "queue"]) ?? 0),
	};
}

function fittingSets<Limits extends object>(given: Readonly<Record<string, Limits | undefined>> = {}) {
	return Object.fromEntries(Object.entries(given).map(([name, set]) => [name, fitting(set ?? {})]));
}

/** Without the members that were found wrong. */
export function fitting<Limits extends object>(given: Limits): Limits {
	return Object.fromEntries(Object.entries(given).filter(([, max]) => max !== undefined)) as Limits;
}
