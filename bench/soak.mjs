#!/usr/bin/env node
/**
 * `npm run soak`: mixed, aborted, failing and oversized requests against a real gateway for a while;
 * ends with an account of every request and of everything left open. See bench/README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { progress, startMockUpstream } from "./bench.mjs";
import { show } from "./numbers.mjs";
import { writeLimitOverlay } from "./overlays.mjs";
import { stopAll } from "./processes.mjs";
import { table } from "./report.mjs";
import { wholeNumber } from "./settings.mjs";
import { closeConnections } from "./soak/exchange.mjs";
import { MAX_BODY } from "./soak/kinds.mjs";
import { mixRequests, OUTCOMES } from "./soak/mix.mjs";
import { holdsMore, judgeSoak } from "./soak/verdict.mjs";
import { hasSameWorkers, watch } from "./soak/watch.mjs";
import { knownSubjects, startSubject } from "./subjects.mjs";

const HELP = `Usage: npm run soak -- [options]

  --minutes N       how long (10); fractions are fine
  --concurrency N   requests in flight at a time (40)
  --workers N       of the gateway (2)
  --seed N          the same mix of requests again
  --subject NAME    llmgw, or bare to try the soak itself
  --json            the account as JSON on standard output
`;
const IDLE_TIMEOUT_MS = 3000; // the upstream closes idle connections, so that any that stays is a leak
const REST_MS = 20_000;
const SUSPICIOUS = /Warning|Unhandled|Uncaught|FATAL|out of memory|\bat .*node_modules/i;
const UNEXPLAINED_SHOWN = 10;

/** @typedef {Awaited<ReturnType<typeof openSoak>>} Soak */

try {
	await main();
} catch (error) {
	process.stderr.write(`soak: ${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}

async function main() {
	const settings = readOptions();
	if (!settings) return void process.stdout.write(HELP);
	const soak = await openSoak(settings);
	try {
		const account = await runSoak(soak);
		const checks = judgeSoak(account);
		process.stdout.write(settings.json ? asJson(settings, account, checks) : asText(account, checks));
		if (checks.some(({ ok }) => ok === false)) process.exitCode = 1;
	} finally {
		await soak.close();
	}
}

function readOptions() {
	const { values } = parseArgs({
		options: {
			minutes: { type: "string", default: "10" },
			concurrency: { type: "string" },
			workers: { type: "string" },
			seed: { type: "string" },
			subject: { type: "string", default: "llmgw" },
			json: { type: "boolean", default: false },
			help: { type: "boolean", short: "h", default: false },
		},
	});
	if (values.help) return undefined;
	const minutes = Number(values.minutes);
	if (!(minutes > 0)) throw new Error(`--minutes wants a number above 0, not "${values.minutes}"`);
	return {
		minutes,
		concurrency: wholeNumber("concurrency", values.concurrency, 40),
		workers: wholeNumber("workers", values.workers, 2),
		seed: wholeNumber("seed", values.seed, 1 + (Date.now() % 1_000_000)),
		subject: values.subject,
		json: values.json,
	};
}

/** @param {NonNullable<ReturnType<typeof readOptions>>} settings */
async function openSoak(settings) {
	const known = knownSubjects([]).find(({ name }) => name === settings.subject);
	if (!known) throw new Error(`--subject: "${settings.subject}" is neither llmgw nor bare`);
	if (known.missing) throw new Error(`${known.name}: ${known.missing}`);
	const folder = mkdtempSync(join(tmpdir(), "llmgw-soak-"));
	const mockUpstream = await startMockUpstream(undefined, IDLE_TIMEOUT_MS);
	const around = {
		...{ folder, layout: undefined, headers: {}, peers: [] },
		mockUpstream: { port: mockUpstream.port, pid: mockUpstream.process.pid },
		limitOverlay: writeLimitOverlay(folder),
	};
	const flags = ["--max-body", String(MAX_BODY)];
	const subject = await startSubject(settings.subject, around, { workers: settings.workers, flags });
	return {
		settings,
		subject,
		isGateway: settings.subject === "llmgw",
		/** @type {string[]} */
		warnings: [],
		/** @param {object} order @returns {Promise<any>} */
		orderUpstream(order) {
			const reply = mockUpstream.process.message("stats");
			mockUpstream.process.child.send(order);
			return reply;
		},
		async close() {
			closeConnections();
			await stopAll();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** @param {Soak} soak */
async function runSoak(soak) {
	const { subject, warnings, isGateway, orderUpstream } = soak;
	const { minutes, concurrency, seed } = soak.settings;
	const watching = watch(subject, () => orderUpstream({ do: "stats" }));
	const idle = await watching.take();
	subject.onOutput((line) => SUSPICIOUS.test(line) && warnings.push(line));
	const rssMb = () => watching.samples.at(-1)?.rssMb;
	const mix = { port: subject.port, minutes, concurrency, seed, isGateway, orderUpstream, rssMb };
	const { outcomes, unexplained } = await mixRequests(mix);
	watching.stop();
	const samples = [...watching.samples];
	progress("resting until idle connections have closed");
	closeConnections();
	const rested = await rest(watching.take, idle);
	const host = await orderUpstream({ do: "stats" });
	const sameWorkers = hasSameWorkers(subject);
	if (!sameWorkers) warnings.push(`a worker died; last output: ${subject.output()}`);
	progress(`seed ${seed}`);
	return { isGateway, outcomes, unexplained, samples, idle, rested, host, sameWorkers, warnings };
}

/**
 * Until all is closed, or has had its time to close.
 * @typedef {import("./soak/watch.mjs").Sample} Sample
 * @param {() => Promise<Sample>} take
 * @param {Sample} idle
 */
async function rest(take, idle) {
	const deadline = Date.now() + REST_MS;
	let sample = await take();
	while ((sample.upstreamSockets > 0 || holdsMore(sample, idle)) && Date.now() < deadline) {
		await sleep(250);
		sample = await take();
	}
	return sample;
}

/**
 * @param {import("./soak/verdict.mjs").Account} account
 * @param {import("./soak/verdict.mjs").Check[]} checks
 */
function asText({ outcomes, unexplained, warnings }, checks) {
	const rows = [...outcomes].map(([kind, row]) => [kind, ...OUTCOMES.map((key) => show(row[key]))]);
	const verdictText = { true: "ok", false: "FAILED", null: "too short to judge" };
	const verdicts = checks.map(({ check, found, ok }) => [check, found, verdictText[`${ok}`]]);
	const details = [...unexplained, ...warnings].slice(0, UNEXPLAINED_SHOWN).map((line) => `  ${line}\n`);
	return `\n${table(["requests", ...OUTCOMES], rows)}\n\n${table(["check", "found", ""], verdicts)}\n${details.join("")}`;
}

/**
 * @param {NonNullable<ReturnType<typeof readOptions>>} settings
 * @param {import("./soak/verdict.mjs").Account} account
 * @param {import("./soak/verdict.mjs").Check[]} checks
 */
function asJson(settings, { outcomes, ...account }, checks) {
	const byKind = Object.fromEntries(outcomes);
	return `${JSON.stringify({ version: 1, settings, outcomes: byKind, ...account, checks }, null, 2)}\n`;
}
