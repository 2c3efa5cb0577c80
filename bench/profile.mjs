/** Leaves CPU profiles of each of llmgw's processes under both kinds of load, and sums their self time by package. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchFile, progress } from "./bench.mjs";
import { measureLoad } from "./measures/requests.mjs";
import { table } from "./report.mjs";
import { runStreams } from "./streamRun.mjs";
import { startSubject } from "./subjects.mjs";
import { storeWritersOf } from "./usage.mjs";

/** @typedef {import("./bench.mjs").Bench} Bench */
/** @typedef {import("./subjects.mjs").Subject} Subject */

const SHOWN = 20;
/** How long the processes may take to write their profiles once their primary has ended. */
const WRITTEN_MS = 1000;
const FOLDER = benchFile("results/profiles");

/** @type {Record<string, (bench: Bench, subject: Subject) => Promise<unknown>>} */
const LOADS = {
	"non-streamed requests": (bench, subject) => measureLoad(bench, subject, bench.settings.seconds * 2),
	"200 streams": (bench, subject) => {
		const { chunkRate, settleMs, seconds } = bench.settings;
		return runStreams(bench, subject, { streams: 200, chunkRate, settleMs, windowMs: seconds * 2000 });
	},
};

/** @param {Bench} bench */
export async function runProfile(bench) {
	const folder = bench.settings.out ? join(bench.settings.out, "profiles") : FOLDER;
	for (const name of bench.names.filter((subject) => subject === "llmgw" || subject === "bare")) {
		for (const [kind, load] of Object.entries(LOADS)) {
			progress(`profile: ${name}, ${kind}`);
			for (const [role, file] of await profileOne(bench, name, load, folder)) {
				process.stdout.write(`\nTop self time by package: ${name}'s ${role}, ${kind}\n${packageTable(file)}\n`);
				process.stdout.write(`  ${file}: open it in a browser's developer tools, or speedscope\n`);
			}
		}
	}
}

/**
 * @param {Bench} bench
 * @param {string} name
 * @param {(bench: Bench, subject: Subject) => Promise<unknown>} load
 * @param {string} folder
 * @returns {Promise<[role: string, file: string][]>} a profile of each process
 */
async function profileOne(bench, name, load, folder) {
	const nodeFlags = ["--cpu-prof", `--cpu-prof-dir=${folder}`]; // its own processes inherit them
	const subject = await startSubject(name, bench.around, { nodeFlags });
	await load(bench, subject);
	const { workers, primary } = subject;
	const roles = { worker: workers, primary, "store writer": primary.flatMap(storeWritersOf) };
	await subject.stop();
	await sleep(WRITTEN_MS);
	const files = readdirSync(folder);
	return Object.entries(roles).flatMap(([role, pids]) =>
		pids.map((pid) => /** @type {[string, string]} */ ([role, join(folder, fileOf(pid, files, role))])),
	);
}

/**
 * @param {number} pid
 * @param {string[]} files
 * @param {string} role
 */
function fileOf(pid, files, role) {
	// CPU.<day>.<time>.<pid>.<thread>.<number>.cpuprofile
	const file = files.find((name) => Number(name.split(".")[3]) === pid);
	if (!file) throw new Error(`the ${role} left no profile: it must end by itself on SIGTERM`);
	return file;
}

/** @param {string} file */
function packageTable(file) {
	const profile = JSON.parse(readFileSync(file, "utf8"));
	/** @type {Map<number, string>} */
	const owners = new Map();
	for (const node of profile.nodes) owners.set(node.id, packageOf(node.callFrame));
	/** @type {Map<string, number>} */
	const self = new Map();
	profile.samples.forEach((/** @type {number} */ id, /** @type {number} */ index) => {
		const owner = owners.get(id) ?? "(program)";
		if (owner !== "(idle)") self.set(owner, (self.get(owner) ?? 0) + profile.timeDeltas[index]);
	});
	const total = [...self.values()].reduce((sum, micros) => sum + micros, 0);
	const top = [...self].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
	const rows = top.map(([owner, micros]) => [
		owner,
		(micros / 1000).toFixed(0),
		`${((micros / total) * 100).toFixed(1)} %`,
	]);
	return table(["package", "self ms", "of busy time"], rows);
}

/** @param {{ functionName: string, url: string, lineNumber: number }} frame its line counts from 0 */
function packageOf({ functionName, url, lineNumber }) {
	if (!url) return functionName.startsWith("(") ? functionName : "node:native";
	if (url.startsWith("wasm:")) return "wasm (undici's HTTP parser)";
	if (url.startsWith("node:")) return url.split("/").slice(0, 2).join("/");
	const inside = packageIn(url);
	if (inside !== undefined) return inside;
	return /\/dist\//.test(url) ? (packageIn(moduleAt(url, lineNumber)) ?? "llmgw") : (url.split("/").at(-1) ?? url);
}

/** @param {string} path */
function packageIn(path) {
	return /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}

/** @type {Map<string, string[]>} */
const sources = new Map();

/**
 * What a line of a bundled file comes from, as the comment before each module says.
 * @param {string} url
 * @param {number} line
 */
function moduleAt(url, line) {
	const lines = sources.get(url) ?? readFileSync(fileURLToPath(url), "utf8").split("\n");
	sources.set(url, lines);
	return lines.slice(0, line + 1).findLast((text) => /^\/\/ (src|node_modules)\//.test(text)) ?? "";
}
