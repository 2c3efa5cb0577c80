// The benchmark and the soak run at all, and say what they promise to say; what they measure is not judged here.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "./kit/redis.js";

interface Row {
	[field: string]: unknown;
	error?: string;
}
type Rows = Record<string, Row>;

interface BenchResult {
	version: number;
	startedAt: string;
	machine: { cpu: string; cores: number; node: string };
	skipped: { name: string; missing: string }[];
	measures: Record<string, Rows> & { streams: Record<string, Rows> };
	targets: { measure: string; target: string; measured: string; ratio: number | null; verdict: string }[];
}

interface SoakResult {
	outcomes: Record<string, Record<string, number>>;
	unexplained: string[];
	checks: { check: string; found: string; ok: boolean | null }[];
}

const hasGateway = existsSync("dist/cli.js");
const subjects = hasGateway ? ["bare", "llmgw"] : ["bare"];
const run = promisify(execFile);

/** The port of a process that says nothing. */
async function untilListening(port: number): Promise<void> {
	for (;;) {
		const isThere = await new Promise((resolve) => {
			const socket = connect(port, "127.0.0.1");
			socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
			socket.once("connect", () => socket.destroy());
		});
		if (isThere) return;
		await sleep(20);
	}
}

async function runJson<Result>(script: string, ...args: string[]): Promise<Result> {
	const ended = run(process.execPath, [script, ...args], { maxBuffer: 2 ** 26 });
	// A failed check ends it with 1 too: its account says which.
	const { stdout } = await ended.catch((error) => (error.stdout ? error : Promise.reject(error)));
	return JSON.parse(stdout);
}

/** Measures of all subjects, some in one run, with the numbers that each subject has of them. */
const RUNS: Record<string, string[]>[] = [
	{
		requests: ["perSecond", "cpuMicros", "perCore", "loadedMb"],
		latency: ["c1P50Ms", "c1P99Ms", "c32P50Ms", "c32P99Ms", "added1P50Ms", "added32P99Ms"],
		firstByte: ["p50Ms", "p99Ms", "addedP50Ms"],
		fixedRate: ["rate", "p50Ms", "p99Ms", "lost"],
		frontier: ["within1Ms", "within5Ms", "within10Ms", "steps"],
	},
	{
		memory: ["idleMb", "firstMb", "lastMb", "growth", "loadedSeconds"],
		held: ["streams", "whole", "idleMb", "openMb", "perStreamKb", "firstByteP99Ms"],
		connections: ["open", "idleMb", "openMb", "perConnectionKb"],
		websockets: ["open", "idleMb", "openMb", "perConnectionKb"],
		start: ["startMs"],
	},
	{
		bodies: ["added1MbMs", "added4MbMs", "idleMb", "peakMb", "restedMb", "timesIdle", "refused"],
		largePrompt: ["perRequestMb", "timesBody", "blockedMs", "answered"],
		limited: ["perSecond", "cpuMicros", "totalMicros"],
	},
];
/** What each of them is to find. */
const FOUND: Record<string, object> = {
	requests: { errors: 0 },
	latency: { errors: 0, requests: 600 },
	fixedRate: { lost: 0 },
	held: { whole: 100, broken: 0 },
	connections: { open: 50 },
	websockets: { open: 50 },
	bodies: { atOnce: 4, refused: 0, errors: 0 },
	largePrompt: { answered: 40, errors: 0 },
	limited: { errors: 0 },
};

const quick = (...args: string[]) => runJson<BenchResult>("bench/run.mjs", "--quick", "--json", ...args);

it("the benchmark's upstream streams also where a long conversation comes first", async () => {
	const port = await freePort();
	const upstream = spawn(process.execPath, ["bench/mockUpstream.mjs", String(port)], { stdio: "ignore" });
	onTestFinished(() => void upstream.kill());
	await untilListening(port);
	const question = { model: "bench-stream-0-50", messages: [{ role: "user", content: "x".repeat(20_000) }] };
	const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
		method: "POST",
		body: JSON.stringify({ ...question, stream: true }),
	});
	expect(answer.headers.get("content-type")).toContain("text/event-stream");
	expect((await answer.text()).split("\n\n").length).toBeGreaterThan(50);
});

describe("npm run bench", () => {
	it.each(RUNS.map((fields) => [Object.keys(fields).join(), fields] as const))(
		"measures each subject, and loses nothing: %s",
		{ timeout: 240_000 },
		async (only, fields) => {
			const result = await quick("--subjects", subjects.join(), "--only", only);

			for (const [measure, names] of Object.entries(fields))
				for (const subject of subjects) {
					const row = result.measures[measure]?.[subject];
					if (measure === "limited" && !hasGateway) continue;
					if (measure === "websockets" && subject !== "llmgw") continue;
					expect(row?.error, `${measure} of ${subject}`).toBeUndefined();
					for (const name of names) expect(row?.[name], `${measure}.${subject}.${name}`).toBeTypeOf("number");
					expect(row, `${measure} of ${subject}`).toMatchObject(FOUND[measure] ?? {});
				}
		},
	);

	it.runIf(hasGateway && process.platform === "linux")(
		"tells what the gateway's processes take together, shared pages once",
		{ timeout: 120_000 },
		async () => {
			const { measures } = await quick("--subjects", "llmgw", "--only", "memory");

			const row = measures.memory?.llmgw as Record<string, number>;
			const { idlePssMb = 0, idlePrimaryPssMb = 0, idleWriterPssMb = 0, idleAllPssMb = 0 } = row;
			expect(idleAllPssMb).toBeCloseTo(idlePssMb + idlePrimaryPssMb + idleWriterPssMb, 3);
			expect(idlePssMb).toBeGreaterThan(0);
			expect(idlePrimaryPssMb).toBeGreaterThan(0);
			expect(idleAllPssMb).toBeLessThan(row.idleAllMb ?? 0);
		},
	);

	it("measures streams, tells of its machine, and judges what it has measured", { timeout: 120_000 }, async () => {
		const result = await quick("--subjects", subjects.join(), "--only", "streams");

		expect(result.version).toBe(1);
		expect(result.machine.cores).toBeGreaterThan(0);
		for (const subject of subjects) {
			const row = result.measures.streams[20]?.[subject];
			expect(row).toMatchObject({ broken: 0, carried: expect.any(Number) });
		}
		const judged = result.targets.filter(({ verdict }) => verdict !== "not measured");
		expect(judged.map(({ measure }) => measure)).toEqual(hasGateway ? ["CPU per streamed chunk, 20 streams"] : []);
	});

	it.runIf(hasGateway)("measures what parts of the gateway cost", { timeout: 240_000 }, async () => {
		const only = ["contract", "workers", "store", "features", "translation"];
		const { measures } = await quick("--subjects", "bare,llmgw", "--only", only.join());

		for (const measure of only)
			for (const [way, row] of Object.entries(measures[measure] ?? {}))
				expect(row, `${measure}, ${way}`).toMatchObject({ cpuMicros: expect.any(Number), errors: 0 });
		expect(Object.keys(measures)).toEqual(only);
		expect(measures.translation?.["16 KB, messages"]).toMatchObject({ toBare: expect.any(Number) });
	});

	it.runIf(hasGateway)("leaves a profile of each process", { timeout: 120_000 }, async () => {
		const out = mkdtempSync(join(tmpdir(), "bench-"));
		onTestFinished(() => rmSync(out, { recursive: true }));
		const { stdout } = await run(process.execPath, ["bench/run.mjs", "--quick", "--profile", "--out", out]);

		for (const role of ["worker", "primary", "store writer"])
			expect(stdout).toContain(`Top self time by package: llmgw's ${role}, non-streamed requests`);
	});

	it("measures a gateway that runs already", { timeout: 60_000 }, async () => {
		const [port, upstreamPort] = [await freePort(), await freePort()];
		const peer = spawn(process.execPath, ["bench/bareProxy.mjs", `${port}`, `http://127.0.0.1:${upstreamPort}`]);
		onTestFinished(() => void peer.kill());
		await untilListening(port);
		const args = ["--subjects", "other", "--only", "requests", "--peer", `other=http://127.0.0.1:${port}`];

		const { measures } = await quick(...args, "--upstream-port", `${upstreamPort}`);

		expect(measures.requests?.other).toMatchObject({ errors: 0, perSecond: expect.any(Number) });
	});

	it("puts any gateway beside the others that is named with its command", { timeout: 60_000 }, async () => {
		const peer = "other=node bench/bareProxy.mjs {port} {upstream}";
		const args = ["--quick", "--json", "--subjects", "other", "--only", "firstByte", "--peer", peer];

		const result = await runJson<BenchResult>("bench/run.mjs", ...args);

		expect(result.measures.firstByte?.other).toMatchObject({ errors: 0, p50Ms: expect.any(Number) });
	});

	it.each([
		["--only", "speed", "none of requests, latency"],
		["--subjects", "nobody", "none of direct, bare, llmgw, nginx"],
		["--rounds", "0", "--rounds wants a whole number"],
		["--peer", "x=run it", "{port}"],
		["--peer", "x=http://10.0.0.1:80", "http://127.0.0.1:PORT"],
	])("refuses %s %s in one clear line", async (option, value, message) => {
		const failed = await run(process.execPath, ["bench/run.mjs", option, value]).catch((error) => error);

		expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
	});
});

describe("npm run soak", () => {
	it("accounts for every request of a mixed load and finds nothing left open", { timeout: 90_000 }, async () => {
		const subject = hasGateway ? "llmgw" : "bare";

		const soak = await runJson<SoakResult>("bench/soak.mjs", "--minutes", "0.08", "--json", "--subject", subject);

		expect(soak.unexplained).toEqual([]);
		expect(soak.checks.filter(({ ok }) => ok === false)).toEqual([]);
		expect(soak.outcomes.whole?.answered).toBeGreaterThan(10);
		expect(soak.outcomes.streamed?.answered).toBeGreaterThan(10);
		expect(soak.outcomes["aborted in mid-stream"]?.cancelled).toBeGreaterThan(3);
	});
});
