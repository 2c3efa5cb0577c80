/** Does a larger contract cost anything per request? llmgw with 30 operations and with 300. */
import { takeTurns } from "../bench.mjs";
import { countOperations, writeOperationsOverlay } from "../overlays.mjs";
import { GATEWAY_CLI, startSubject } from "../subjects.mjs";
import { measureLoad } from "./requests.mjs";

const SIZES = [30, 300];

export const name = "contract";
export const title = "Operations in the contract (llmgw)";
export const columns = {
	cpuMicros: "CPU µs/request",
	perSecond: "requests/s",
	operations: "operations",
	foreign: "other work %",
	errors: "errors",
};

/** @param {import("../bench.mjs").Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, around } = bench;
	const own = countOperations(GATEWAY_CLI);
	/** @type {Record<string, import("../subjects.mjs").Subject>} */
	const subjects = {};
	for (const size of SIZES) {
		const overlays = size > own ? [writeOperationsOverlay(around.folder, size - own)] : [];
		subjects[label(size)] = await startSubject("llmgw", around, { overlays });
	}
	for (const subject of Object.values(subjects)) await bench.warmUp(subject);
	const plan = { title: name, names: Object.keys(subjects), rounds: settings.rounds };
	const rows = await takeTurns(plan, async (which) => {
		const subject = /** @type {import("../subjects.mjs").Subject} */ (subjects[which]);
		const operations = Math.max(own, Number.parseInt(which, 10));
		return { ...(await measureLoad(bench, subject, settings.seconds)), operations };
	});
	for (const subject of Object.values(subjects)) await subject.stop();
	return rows;
}

/** @param {number} size */
const label = (size) => `${size} operations`;
