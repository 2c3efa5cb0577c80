#!/usr/bin/env node
/** `npm run bench`: measures LLMGW beside its yardsticks in one run. See bench/README.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBench, progress } from "./bench.mjs";
import { chart } from "./chart.mjs";
import { describeMachine } from "./machine.mjs";
import * as bodies from "./measures/bodies.mjs";
import * as connections from "./measures/connections.mjs";
import * as contract from "./measures/contract.mjs";
import * as features from "./measures/features.mjs";
import * as firstByte from "./measures/firstByte.mjs";
import * as fixedRate from "./measures/fixedRate.mjs";
import * as frontier from "./measures/frontier.mjs";
import * as held from "./measures/held.mjs";
import * as largePrompt from "./measures/largePrompt.mjs";
import * as latency from "./measures/latency.mjs";
import * as limited from "./measures/limited.mjs";
import * as memory from "./measures/memory.mjs";
import * as requests from "./measures/requests.mjs";
import * as start from "./measures/start.mjs";
import * as store from "./measures/store.mjs";
import * as streams from "./measures/streams.mjs";
import * as threads from "./measures/threads.mjs";
import * as translation from "./measures/translation.mjs";
import * as websockets from "./measures/websockets.mjs";
import * as workers from "./measures/workers.mjs";
import { runProfile } from "./profile.mjs";
import { machineLine, measureTable, targetLines, targetTable } from "./report.mjs";
import { HELP, readSettings } from "./settings.mjs";
import { knownSubjects } from "./subjects.mjs";
import { judge } from "./targets.mjs";

/** @typedef {import("./bench.mjs").Bench} Bench */
/** @typedef {import("./settings.mjs").Settings} Settings */

/** The first ones share running subjects; the others start their own. */
const SHARING = [requests, latency, firstByte, fixedRate, frontier, streams];
const OWN = [memory, held, connections, start, bodies, largePrompt, limited];
const GATEWAYS_ALONE = [websockets, contract, workers, store, threads, features, translation];
const MEASURES = [...SHARING, ...OWN, ...GATEWAYS_ALONE];

try {
	await main(readSettings(process.argv.slice(2)));
} catch (error) {
	process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}

/** @param {Settings} settings */
async function main(settings) {
	const names = MEASURES.map((measure) => measure.name);
	if (settings.help) return void process.stdout.write(HELP.replace("{measures}", names.join(", ")));
	refuseUnknown("--only", settings.only, names);
	const { subjects, skipped } = lineUp(settings);
	for (const { name, missing } of skipped) progress(`${name} is left out: ${missing}`);
	const bench = await openBench(settings, subjects);
	try {
		if (settings.profile) await runProfile(bench);
		else present(settings, { skipped, ...(await measureAll(bench)) });
	} finally {
		await bench.close();
	}
}

/** @param {Settings} settings */
function lineUp({ subjects, peers, profile }) {
	const known = knownSubjects(peers);
	const wanted = subjects ?? (profile ? ["llmgw"] : known.map(({ name }) => name));
	refuseUnknown(
		"--subjects",
		subjects,
		known.map(({ name }) => name),
	);
	const chosen = known.filter(({ name }) => wanted.includes(name));
	const present = chosen.filter(({ missing }) => !missing).map(({ name }) => name);
	const skipped = chosen.filter(({ missing }) => missing);
	if (present.length > 0) return { subjects: present, skipped };
	throw new Error(`nothing to measure: ${skipped.map(({ name, missing }) => `${name}: ${missing}`)}`);
}

/**
 * @param {string} option
 * @param {string[] | undefined} names
 * @param {string[]} known
 */
function refuseUnknown(option, names, known) {
	const unknown = names?.filter((name) => !known.includes(name)) ?? [];
	if (unknown.length > 0) {
		throw new Error(`${option}: "${unknown}" is none of ${known.join(", ")}`);
	}
}

/** @param {Bench} bench */
async function measureAll(bench) {
	const { settings } = bench;
	const startedAt = new Date().toISOString();
	/** @type {Record<string, any>} */
	const measures = {};
	for (const measure of MEASURES) {
		if (settings.only && !settings.only.includes(measure.name)) continue;
		if (!SHARING.includes(/** @type {any} */ (measure))) await bench.stopShared();
		measures[measure.name] = await measure.run(bench);
	}
	const targets = judge({ ...measures, settings });
	const { rounds, seconds, connections, chunkRate, load, quick } = settings;
	const shown = { rounds, seconds, connections, chunkRate, load, quick };
	return { version: 1, startedAt, machine: describeMachine(), settings: shown, measures, targets };
}

/**
 * @param {Settings} settings
 * @param {{ skipped: object[] } & Awaited<ReturnType<typeof measureAll>>} result
 */
function present(settings, result) {
	const json = `${JSON.stringify(result, null, 2)}\n`;
	process.stdout.write(settings.jsonToStdout ? json : terminalText(result, settings.only));
	if (settings.jsonFile) writeFileSync(settings.jsonFile, json);
	if (settings.out) writeResults(settings.out, settings.name, json, result);
	if (findErrors(result.measures)) process.exitCode = 1;
}

/**
 * @param {Awaited<ReturnType<typeof measureAll>>} result
 * @param {string[] | undefined} only the selected measures
 */
function terminalText({ machine, measures, targets }, only) {
	const parts = [machineLine(machine)];
	for (const { name, title, columns } of MEASURES) {
		const rows = measures[name];
		if (!rows || Object.keys(rows).length === 0) continue;
		if (name !== "streams") parts.push(measureTable(title, columns, rows));
		else {
			for (const [count, ofCount] of Object.entries(rows)) {
				parts.push(measureTable(`${title}, ${count} streams`, columns, ofCount));
			}
		}
		parts.push(...targetLines(targets.filter(({ of }) => of === name)));
	}
	const judged = only ? targets.filter(({ verdict }) => verdict !== "not measured") : targets;
	if (judged.length > 0) parts.push(targetTable(judged));
	return `${parts.join("\n")}\n`;
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} json
 * @param {Awaited<ReturnType<typeof measureAll>>} result
 */
function writeResults(folder, name, json, { machine, startedAt, measures }) {
	mkdirSync(folder, { recursive: true });
	const note = `${machineLine(machine)}; ${startedAt.slice(0, 10)}`;
	writeFileSync(join(folder, `${name}.json`), json);
	writeFileSync(join(folder, `${name}.svg`), chart(measures, note));
	progress(`written: ${name}.json and ${name}.svg`);
}

/**
 * @param {any} value
 * @returns {boolean} whether some subject could not be measured
 */
function findErrors(value) {
	if (typeof value !== "object" || value === null) return false;
	return typeof value.error === "string" || Object.values(value).some(findErrors);
}
