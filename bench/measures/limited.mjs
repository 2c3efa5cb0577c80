/** Requests per second with keys, limits of requests, tokens and requests at a time, and budgets in force, beside bare. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { takeTurns } from "../bench.mjs";
import { startSubject } from "../subjects.mjs";
import { ADMIN, keyOf, PLENTY } from "./features.mjs";
import { measureLoad, columns as requestColumns } from "./requests.mjs";

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../subjects.mjs").Subject} Subject */

export const name = "limited";
export const title = "Requests with keys, limits and budgets, 32 connections";
export const columns = requestColumns;

const BUDGET = { per_day: PLENTY, per_month: PLENTY };

/** @param {Bench} bench */
export async function run(bench) {
	if (!bench.names.includes("llmgw")) return {};
	const { settings, names } = bench;
	const folder = mkdtempSync(join(bench.around.folder, "limited-"));
	/** @type {Record<string, Subject>} */
	const subjects = { llmgw: await startLimited(bench, folder) };
	if (names.includes("bare")) subjects.bare = await startSubject("bare", bench.around);
	for (const subject of Object.values(subjects)) await bench.warmUp(subject);
	const plan = { title: name, names: Object.keys(subjects), rounds: settings.rounds };
	const rows = await takeTurns(plan, (which) =>
		measureLoad(bench, /** @type {Subject} */ (subjects[which]), settings.seconds),
	);
	for (const subject of Object.values(subjects)) await subject.stop();
	rmSync(folder, { recursive: true, force: true });
	return rows;
}

/**
 * Its models have a price, so that budgets count.
 * @param {Bench} bench
 * @param {string} folder
 * @returns {Promise<Subject>}
 */
async function startLimited({ around }, folder) {
	const config = join(folder, "llmw.yaml");
	const upstreams = { mock: { url: `http://127.0.0.1:${around.mockUpstream.port}`, cost: { input: 1, output: 2 } } };
	writeFileSync(config, stringify({ upstreams, routes: [{ model: "*", targets: ["mock"] }] }));
	const flags = ["--data", folder, "--admin-key", ADMIN];
	const subject = await startSubject("llmgw", around, { flags, config });
	return { ...subject, headers: { ...subject.headers, authorization: `Bearer ${await keyOf(subject, BUDGET)}` } };
}
