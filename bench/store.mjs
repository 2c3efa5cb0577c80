/**
 * How long the store takes: moving usage records from their journal into the tables, adding completions, and pages and filters
 * over 200,000 of them. `node bench/store.mjs [--store URL] [--count N] [--usage]` after `npm run build`; without a URL in
 * SQLite, in a temporary folder. `--usage` measures usage alone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lineOf, usageFolder } from "../dist/accounting/usageJournal.js";
import { usageMover } from "../dist/accounting/usageMover.js";
import { textTokens } from "../dist/chat/tokenCounts.js";
import { newId, newTimedId } from "../dist/store/newId.js";
import { openStore } from "../dist/store/open.js";

const { values } = parseArgs({
	options: { store: { type: "string" }, count: { type: "string", default: "200000" }, usage: { type: "boolean" } },
});
const count = Number(values.count);
const owners = ["me", "me", "me", "me", "you"];
const folder = mkdtempSync(join(tmpdir(), "llmgw-bench-"));
const settings = { dataFolder: folder, storeUrl: values.store };
const store = await openStore(settings);
const { completions } = store;
const request = JSON.stringify({ messages: [{ role: "user", content: "x".repeat(600) }] });
const response = JSON.stringify({ choices: [{ message: { role: "assistant", content: "y".repeat(900) } }] });

/** Four of five belong to one owner. A third have one model and two matching pairs of metadata, a tenth a team, three a run. */
function completion(number) {
	return {
		id: `chatcmpl-${number}`,
		model: `model-${number % 3}`,
		status: number % 5000 === 0 ? "failed" : "completed",
		metadata: {
			third: String(number % 3),
			other: String(number % 3),
			team: `team-${number % 10}`,
			run: `run-${Math.floor(number / 3)}`,
		},
		createdAt: 1_700_000_000 + Math.floor(number / 4),
		request,
		response,
		promptTokens: 100,
		completionTokens: 200,
		durationMs: 812.5,
	};
}

try {
	for (let round = 0; round < 3; round += 1) await measureUsage(40_000);
	if (!values.usage) {
		await fill();
		await measureAdding();
		await measureLists();
	}
} finally {
	await store.close();
	rmSync(folder, { recursive: true, force: true });
}

/** As the store writer does it; the CPU is this process's, the garbage collector's threads with it. */
async function measureUsage(records) {
	const journal = usageFolder(settings);
	mkdirSync(journal, { recursive: true });
	const perFile = 2000;
	for (let first = 0; first < records; first += perFile) {
		const lines = Array.from({ length: perFile }, (_, index) => lineOf(usageRecord(first + index)));
		writeFileSync(join(journal, `${newTimedId("", 24)}.records`), `${lines.join("")}end\n`);
	}
	const mover = usageMover(store.usage, journal, console.error);
	const { user, system } = process.cpuUsage();
	const started = performance.now();
	await mover.move();
	const used = process.cpuUsage();
	const cpu = (used.user + used.system - user - system) / records;
	const wall = ((performance.now() - started) * 1000) / records;
	console.log(`one usage record, from the journal to the tables   ${cpu.toFixed(1)} µs of CPU, ${wall.toFixed(1)} µs`);
}

function usageRecord(number) {
	const tokens = textTokens(100, 50);
	const attempt = {
		...{ upstream: "default", model: null, responseModel: "mock", kind: "first", outcome: "ok", status: 200 },
		...{ durationMs: 1.2, tokens, isEstimated: false, cost: 1234 },
		usage: { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
		...{ tier: null, costSource: "configuration", units: null },
	};
	return {
		id: newTimedId("usage_", 24),
		createdAt: 1_700_000_000 + Math.floor(number / 2000),
		requestId: newId("req_", 24),
		operation: "createChatCompletion",
		...{ keyId: null, keyName: null, team: null, organisation: null, route: "default" },
		...{ model: "mock", responseModel: "mock", upstream: "default", isStream: false },
		...{ status: 200, outcome: "completed", errorCode: null, durationMs: 2.3, firstTokenMs: null },
		attempts: [attempt],
		...{ tokens, units: null, isEstimated: false, cost: 1234, tags: {}, summedTags: {} },
		...{ session: null, agent: null, subagent: null, cached: null, ownUnits: null },
	};
}

async function fill() {
	const started = performance.now();
	for (let first = 0; first < count; first += 200) {
		const numbers = Array.from({ length: Math.min(200, count - first) }, (_, offset) => first + offset);
		await Promise.all(numbers.map((number) => completions.add(owners[number % 5], completion(number))));
	}
	report(`${count} added, 200 at once`, [(performance.now() - started) / count]);
}

async function measureAdding() {
	for (const [together, rounds] of [
		[1, 1000],
		[10, 300],
	]) {
		const times = [];
		const { user, system } = process.cpuUsage();
		for (let round = 0; round < rounds; round += 1) {
			const started = performance.now();
			const added = Array.from({ length: together }, (_, index) =>
				completions.add("me", {
					...completion(1),
					id: `added-${together}-${round}-${index}`,
					createdAt: 1_690_000_000,
				}),
			);
			await Promise.all(added);
			times.push(performance.now() - started);
		}
		const used = process.cpuUsage();
		const cpu = (used.user + used.system - user - system) / rounds / together;
		report(`add ${together} at once (${cpu.toFixed(0)} µs of CPU each)`, times);
	}
}

async function measureLists() {
	const middle = `chatcmpl-${Math.floor(count / 10) * 5}`;
	const lists = {
		"first page": {},
		"page in the middle": { after: middle },
		"oldest first": { order: "asc" },
		"a hundred": { limit: 100 },
		"summaries in the middle": { after: middle, summary: true },
		"a model": { model: "model-1" },
		"a model, in the middle": { model: "model-1", after: middle },
		"no such model": { model: "nothing" },
		"a team": { metadata: { team: "team-3" } },
		"a team, in the middle": { metadata: { team: "team-3" }, after: middle },
		"a third": { metadata: { third: "1" } },
		"a run": { metadata: { run: "run-777" } },
		"no such run": { metadata: { run: "nothing" } },
		"a team and a third": { metadata: { third: "1", team: "team-3" } },
		"a run and a third": { metadata: { third: "1", run: "run-777" } },
		"a model and a team": { model: "model-1", metadata: { team: "team-3" } },
		"a model and a team, in the middle": { model: "model-1", metadata: { team: "team-3" }, after: middle },
		"a status": { status: "failed" },
		"a status and a team": { status: "failed", metadata: { team: "team-5" } },
		"the usual status": { status: "completed" },
		"a day": { createdAfter: 1_700_010_000, createdBefore: 1_700_020_000 },
		"a day of a team": { createdAfter: 1_700_010_000, createdBefore: 1_700_020_000, metadata: { team: "team-3" } },
		"a third and a model that never meet": { model: "model-1", metadata: { third: "2" } },
		"two pairs that never meet": { metadata: { third: "1", other: "2" } },
	};
	for (const [name, options] of Object.entries(lists)) {
		const times = [];
		for (let round = 0; round < 30; round += 1) {
			const started = performance.now();
			await completions.list("me", { limit: 20, order: "desc", ...options });
			times.push(performance.now() - started);
		}
		report(name, times);
	}
	report("get", await timesOf(100, (round) => completions.get("me", `chatcmpl-${round * 5}`)));
	report("count", await timesOf(5, () => completions.count()));
}

async function timesOf(rounds, act) {
	const times = [];
	for (let round = 0; round < rounds; round += 1) {
		const started = performance.now();
		await act(round);
		times.push(performance.now() - started);
	}
	return times;
}

function report(name, times) {
	times.sort((a, b) => a - b);
	const at = (part) => (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(2).padStart(8);
	console.log(`${name.padEnd(46)} median${at(0.5)} ms   worst${at(1)} ms`);
}
