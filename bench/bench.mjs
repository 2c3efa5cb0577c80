/**
 * The surroundings of every measure: the settings, the upstream, the subjects (shared ones are started once
 * and take turns), and a way to tell how far it is.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runWholeLoad } from "./load/wholeLoad.mjs";
import { coreLayout } from "./machine.mjs";
import { medianOfFields } from "./numbers.mjs";
import { writeLimitOverlay } from "./overlays.mjs";
import { freePort, start, stopAll, untilAnswered } from "./processes.mjs";
import { startSubject } from "./subjects.mjs";

/** @typedef {Awaited<ReturnType<typeof openBench>>} Bench */
/** @typedef {Record<string, any>} Row */
/** @typedef {import("./subjects.mjs").Subject} Subject */

const startedAt = performance.now();

/** @param {string} text */
export function progress(text) {
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4);
	process.stderr.write(`${seconds} s  ${text}\n`);
}

/** @param {string} path inside bench/ */
export const benchFile = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * @param {import("./settings.mjs").Settings} settings
 * @param {string[]} names the subjects of this run
 */
export async function openBench(settings, names) {
	const folder = mkdtempSync(join(tmpdir(), "llmgw-bench-"));
	const layout = coreLayout();
	const mockUpstream = await startMockUpstream(layout?.mockUpstream, 0, settings.upstreamPort || undefined);
	const upstream = `http://127.0.0.1:${mockUpstream.port}`;
	const headers = Object.entries(settings.headers).map(([name, value]) => [
		name,
		value.replaceAll("{upstream}", upstream),
	]);
	const around = {
		mockUpstream: { port: mockUpstream.port, pid: mockUpstream.process.pid },
		folder,
		layout,
		limitOverlay: writeLimitOverlay(folder),
		headers: Object.fromEntries(headers),
		peers: settings.peers,
	};
	/** @type {Map<string, Subject>} */
	const shared = new Map();

	const bench = {
		settings,
		names,
		around,
		layout,
		/** Tells the upstream something and returns its counts. */
		async orderUpstream(/** @type {object} */ order) {
			const reply = mockUpstream.process.message("stats");
			mockUpstream.process.child.send(order);
			return reply;
		},
		/** The subject all measures share; started and warmed up at first use. */
		async shared(/** @type {string} */ name) {
			const known = shared.get(name);
			if (known) return known;
			const subject = await startSubject(name, around);
			shared.set(name, subject);
			await bench.warmUp(subject);
			return subject;
		},
		/** Load that does not count, until V8 has compiled what is hot. */
		async warmUp(/** @type {Subject} */ subject) {
			const { connections, warmupSeconds: seconds } = settings;
			if (seconds === 0) return;
			progress(`warm-up: ${subject.name}`);
			await runWholeLoad(bench, subject, { connections, seconds });
		},
		async stopShared() {
			for (const subject of shared.values()) await subject.stop();
			shared.clear();
		},
		async close() {
			await stopAll();
			rmSync(folder, { recursive: true, force: true });
		},
	};
	return bench;
}

/**
 * @param {number | undefined} core
 * @param {number} [idleTimeoutMs]
 * @param {number} [wantedPort]
 */
export async function startMockUpstream(core, idleTimeoutMs = 0, wantedPort) {
	const port = wantedPort ?? (await freePort());
	const command = [process.execPath, benchFile("mockUpstream.mjs"), String(port), String(idleTimeoutMs)];
	const started = start(command, core);
	await untilAnswered(started, { port, path: "/v1/models" });
	return { port, process: started };
}

/**
 * Lets the subjects take turns for some rounds, so that a noisy moment hits all alike, and keeps the
 * median of each number. A subject that fails is reported and left out of the remaining rounds.
 * @param {{ title: string, names: string[], rounds: number }} plan
 * @param {(name: string, round: number) => Promise<Row>} once
 * @returns {Promise<Record<string, Row>>}
 */
export async function takeTurns({ title, names, rounds }, once) {
	/** @type {Map<string, Row[]>} */
	const rows = new Map(names.map((name) => [name, []]));
	/** @type {Record<string, Row>} */
	const failed = {};
	for (let round = 1; round <= rounds; round++) {
		for (const [name, records] of rows) {
			if (failed[name]) continue;
			progress(`${title}: round ${round} of ${rounds}, ${name}`);
			try {
				records.push(await once(name, round));
			} catch (error) {
				failed[name] = { error: error instanceof Error ? error.message : String(error) };
				progress(`${title}: ${name} failed: ${failed[name]?.error}`);
			}
		}
	}
	const entries = [...rows].map(([name, records]) => [name, failed[name] ?? medianOfFields(records)]);
	return Object.fromEntries(entries);
}
