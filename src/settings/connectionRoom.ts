/** Whether a process may open the files that the connections of its settings need. */
import { connectionLimits, filesForConnections } from "./processLimits.js";
import { settingDefinitions } from "./settingDefinitions.js";
import type { Settings } from "./settings.js";

/** With room for so many in a worker, a default that is higher is worth no complaint. */
const enoughConnections = 1_000;

/**
 * @param openFiles most files that a process may open
 * @returns a line for each setting that can't be had; a default counts only where there is little room
 */
export function connectionShortages(
	settings: Pick<Settings, "maxConnections" | "maxWebsockets" | "workers">,
	openFiles: number,
): string[] {
	const { maxConnections, maxWebsockets, workers } = settings;
	const { clients } = connectionLimits(openFiles);
	const shortages: string[] = [];
	const wanted = isDefault("maxConnections", maxConnections) ? enoughConnections : maxConnections;
	if (clients < Math.min(wanted, maxConnections))
		shortages.push(
			`with ${openFiles} open files (ulimit -n) a worker takes ${clients} connections of clients, not ${maxConnections}, which need ulimit -n ${filesForConnections(maxConnections)}`,
		);
	const most = workers * Math.min(clients, maxConnections);
	if (most < maxWebsockets && !isDefault("maxWebsockets", maxWebsockets))
		shortages.push(
			`${workers === 1 ? "a worker takes" : `${workers} workers take`} ${most} connections of clients (--max-connections, ulimit -n), so there can't be ${maxWebsockets} WebSockets (--max-websockets)`,
		);
	return shortages;
}

function isDefault(name: string, value: number): boolean {
	return settingDefinitions().find((definition) => definition.name === name)?.default === value;
}
