/**
 * OpenAPI overlays the gateway is measured with. The default chain stays whole: the rate limit counts
 * every request, only its maximum is out of reach.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

const METHODS = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/**
 * @param {string} folder
 * @returns {string} the file
 */
export function writeLimitOverlay(folder) {
	const update = { "x-rate-limit": { max: 1_000_000_000, window: "15m" } };
	return write(folder, "limit", "bench: a rate limit that is never reached", update);
}

/**
 * @param {string} folder
 * @param {number} count operations to add
 * @returns {string} the file
 */
export function writeOperationsOverlay(folder, count) {
	/** @type {Record<string, object>} */
	const paths = {};
	for (let number = 1; number <= count; number++) {
		const responses = { 200: { description: "ok" } };
		const operation = { operationId: `extra${number}`, "x-upstream": "/models", responses };
		paths[`/v1/extra${number}`] = { get: operation };
	}
	return write(folder, `operations-${count}`, `bench: ${count} more operations`, { paths });
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} title
 * @param {object} update
 */
function write(folder, name, title, update) {
	const file = join(folder, `${name}.overlay.yaml`);
	const overlay = {
		overlay: "1.0.0",
		info: { title, version: "1.0.0" },
		actions: [{ target: "$", update }],
	};
	writeFileSync(file, stringify(overlay));
	return file;
}

/**
 * Operations in the contract the gateway serves by itself.
 * @param {string} cli
 */
export function countOperations(cli) {
	const { stdout, stderr, status } = spawnSync(process.execPath, [cli, "openapi", "--json"], {
		encoding: "utf8",
		timeout: 20_000,
	});
	if (status !== 0) throw new Error(`"llmw openapi --json" failed: ${stderr.trim()}`);
	const { paths } = JSON.parse(stdout);
	const items = /** @type {object[]} */ (Object.values(paths));
	return items.flatMap((item) => Object.keys(item).filter((key) => METHODS.has(key))).length;
}
