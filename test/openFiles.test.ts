/** A gateway whose processes may open few files: it takes fewer connections, and lives. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { createRecorder } from "../src/metrics/metricRecorder.js";
import { createProcessMeter } from "../src/metrics/processMeter.js";
import { connectionShortages } from "../src/settings/connectionRoom.js";
import { connectionLimits, filesForConnections, isOutOfFiles, openFilesLimit } from "../src/settings/processLimits.js";
import { openStream, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { getAlone, runLlmw, workerPids } from "./kit/llmw.js";
import { needs } from "./kit/programs.js";

const isLinux = process.platform === "linux";
const patience = { timeout: 30_000, interval: 50 };

/** Connections that say nothing; resolves when each stands or was refused. */
async function openSilent(port: number, count: number): Promise<Socket[]> {
	const sockets = Array.from({ length: count }, () => connect({ port, host: "127.0.0.1" }));
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
	});
	await Promise.all(
		sockets.map((socket) =>
			once(
				socket.on("error", () => {}),
				"connect",
			).catch(() => {}),
		),
	);
	return sockets;
}

test.runIf(isLinux)(
	"with 400 files, 600 silent connections stop no stream, and when they are gone all is as before",
	async () => {
		needs("prlimit");
		const host = await startHeldHost();
		const cli = new URL("../dist/cli.js", import.meta.url).pathname;
		const args = ["--nofile=400:400", process.execPath, cli, "--bindport", "0", "--aihost", host.url, "--workers", "2"];
		const llmw = runLlmw(args.slice(1), {}, { node: "prlimit", program: args[0] as string });
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		await llmw.says(/with 400 open files \(ulimit -n\) a worker takes 157 connections of clients, not 10000/);
		const before = (await workerPids(url, 2)).sort();
		const streams = await Promise.all(Array.from({ length: 8 }, () => openStream(url)));
		const silent = await openSilent(Number(new URL(url).port), 600);
		// It has looked at them all: those it had no room for are closed.
		await vi.waitFor(
			() =>
				expect(
					silent.filter(({ destroyed, readyState }) => destroyed || readyState === "closed").length,
				).toBeGreaterThan(250),
			patience,
		);
		for (const pid of before) expect(readFileSync(`/proc/${pid}/status`, "latin1")).toMatch(/^State:\s+[RS]/m);
		host.release();
		for (const stream of streams) expect(await stream.text).toBe(wholeStream);
		for (const socket of silent) socket.destroy();
		await vi.waitFor(async () => expect((await getAlone(`${url}/healthz`)).status).toBe(200), patience);
		expect((await workerPids(url, 2)).sort()).toEqual(before);
		expect(llmw.stderr()).not.toMatch(/crashed|ended|EMFILE/);
		// What is in its folder goes with it.
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(0);
	},
);

test.runIf(isLinux)("the limit of open files is known", () => {
	expect(openFilesLimit()).toBeGreaterThan(0);
	const { clients, refused } = connectionLimits(openFilesLimit());
	expect(2 * clients + refused).toBeLessThan(openFilesLimit());
	expect(connectionLimits(20)).toEqual({ clients: 1, refused: 1 });
	expect(connectionLimits(1_048_576).clients).toBeGreaterThan(500_000);
	expect(connectionLimits(Number.POSITIVE_INFINITY).clients).toBe(Number.POSITIVE_INFINITY);
});

test("what so many connections need is what lets a process take them", () => {
	for (const count of [1, 7, 1000, 7499, 7500, 7501, 10_000, 50_000]) {
		const files = filesForConnections(count);
		expect([count, connectionLimits(files).clients]).toEqual([count, count]);
		expect([count, connectionLimits(files - 2).clients]).toEqual([count, Math.max(1, count - 1)]);
	}
});

test("too few files are named where somebody asks for more, or where there are very few", () => {
	const usual = { maxConnections: 10_000, maxWebsockets: 10_000, workers: 2 };
	const shortages = (more: Partial<typeof usual>, openFiles: number) =>
		connectionShortages({ ...usual, ...more }, openFiles);
	expect(shortages({}, 4096)).toEqual([]);
	expect(shortages({}, 1024)).toEqual([
		"with 1024 open files (ulimit -n) a worker takes 450 connections of clients, not 10000, which need ulimit -n 21064",
	]);
	expect(shortages({ maxConnections: 200 }, 1024)).toEqual([]);
	expect(shortages({ maxConnections: 5000 }, 4096)).toEqual([expect.stringContaining("takes 1890 connections")]);
	expect(shortages({ maxConnections: 5000 }, 20_000)).toEqual([]);
	expect(shortages({ maxWebsockets: 5000 }, 4096)).toEqual([
		"2 workers take 3780 connections of clients (--max-connections, ulimit -n), so there can't be 5000 WebSockets (--max-websockets)",
	]);
	expect(shortages({ maxWebsockets: 5000, workers: 3 }, 4096)).toEqual([]);
	expect(shortages({ maxWebsockets: 50_000, workers: 1 }, 1_000_000)).toEqual([
		expect.stringContaining("a worker takes 10000 connections"),
	]);
});

test.runIf(isLinux)(
	"a low soft limit is raised as far as it may be, and `llmw check` names what is too little",
	async () => {
		needs("prlimit");
		const cli = new URL("../dist/cli.js", import.meta.url).pathname;
		const args = [process.execPath, cli, "check", "--aihost", "localhost", "--max-connections", "5000"];
		const llmw = runLlmw(args, {}, { node: "prlimit", program: "--nofile=300:2000" });
		expect(await llmw.exited).toBe(0);
		expect(llmw.stderr()).toContain("llmw: note: with 2000 open files (ulimit -n) a worker takes ");
	},
);

test("memory that can't be read is what it was", () => {
	const meter = createProcessMeter("worker", createRecorder());
	onTestFinished(() => meter.stop());
	const { residentBytes } = meter.memory();
	const spy = vi.spyOn(process, "memoryUsage").mockImplementation(() => {
		throw Object.assign(new Error("EMFILE: too many open files, uv_resident_set_memory"), { code: "EMFILE" });
	});
	onTestFinished(() => spy.mockRestore());
	expect(meter.memory().residentBytes).toBe(residentBytes);
});

test("errors that mean so are known", () => {
	expect(isOutOfFiles(Object.assign(new Error(), { code: "EMFILE" }))).toBe(true);
	expect(isOutOfFiles(Object.assign(new Error(), { code: "ENFILE" }))).toBe(true);
	expect([new Error("EMFILE"), undefined, null, "EMFILE"].map(isOutOfFiles)).toEqual([false, false, false, false]);
});
