/** Describes this machine, and how its cores are shared out between subject, load and mock upstream. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { delimiter, join } from "node:path";

/**
 * Cores each kind of process is pinned to; undefined if nothing can pin.
 * @typedef {{ workers: number[], primary: number, load: number, mockUpstream: number }} Layout
 */

/** @returns {Layout | undefined} */
export function coreLayout() {
	const [first, second, third, fourth, fifth] = allowedCores();
	if (first === undefined || second === undefined || !findTool("taskset")) return undefined;
	return {
		workers: fifth === undefined ? [first] : [first, fifth],
		mockUpstream: second,
		load: third ?? second,
		primary: fourth ?? third ?? second,
	};
}

/** @returns {number[]} */
function allowedCores() {
	const status = readText("/proc/self/status");
	const list = /Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1];
	if (!list) return [];
	return list.split(",").flatMap((range) => {
		const [from = 0, to = from] = range.split("-").map(Number);
		return Array.from({ length: to - from + 1 }, (_, index) => from + index);
	});
}

export function describeMachine() {
	const layout = coreLayout();
	return {
		cpu: cpus()[0]?.model.trim() ?? "unknown CPU",
		cores: availableParallelism(),
		memoryGb: Math.round(totalmem() / 2 ** 30),
		system: `${type()} ${release().split("-")[0]}`,
		node: process.version,
		openFiles: openFileLimit(),
		pinning: layout ? `workers on core ${layout.workers}, load on ${layout.load}` : "none",
	};
}

/** The program that makes the non-streamed load unless one is selected. */
export const loadTool = () => (findTool("wrk") ? "wrk" : "autocannon");

/** Files one process may have open; children inherit it. */
export function openFileLimit() {
	const limit = /Max open files\s+(\d+)/.exec(readText("/proc/self/limits"))?.[1];
	if (limit) return Number(limit);
	const shell = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout.trim();
	return Number(shell) || 1024;
}

/** @param {string} name */
export function findTool(name) {
	const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
	return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** @param {string} file */
function readText(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return ""; // not Linux: the caller has another way
	}
}
