/** One run of load at a fixed rate against one subject. */
import { benchFile } from "./bench.mjs";
import { start } from "./processes.mjs";

const MOST_CONNECTIONS = 512;
const GRACE_MS = 2000;

/**
 * @param {import("./bench.mjs").Bench} bench
 * @param {import("./subjects.mjs").Subject} subject
 * @param {number} rate
 * @param {number} seconds
 * @returns {Promise<{ p50: number, p99: number, requests: number, lost: number, connections: number }>} times in µs, from the moment a request was due
 */
export function runOpenLoop({ layout }, { port, headers }, rate, seconds) {
	const load = JSON.stringify({
		...{ port, headers, rate, seconds },
		...{ mostConnections: MOST_CONNECTIONS, graceMs: GRACE_MS },
	});
	return start([process.execPath, benchFile("load/openLoop.mjs"), load], layout?.load).message("done");
}
