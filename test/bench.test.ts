// The benchmark and the soak run at all, and say what they promise to say; what they measure is not judged here.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

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

async function runJson<Result>(script: string, ...args: string[]): Promise<Result> {
	const ended = run(process.execPath, [script, ...args], { maxBuffer: 2 ** 26 });
	// A failed check ends it with 1 too: its account says which.
	const { stdout } = await ended.catch((error) => (error.stdout ? error : Promise.reject(error)));
	return JSON.parse(stdout);
}

const FIELDS: Record<string, string[]> = {
	requests: ["perSecond", "cpuMicros", "perCore", "loadedMb"],
	latency: ["c1P50Ms", "c1P99Ms", "c32P50Ms", "c32P99Ms", "added1P50Ms", "added32P99Ms"],
	firstByte: ["p50Ms", "p99Ms", "addedP50Ms"],
	held: ["streams", "whole", "idleMb", "openMb", "perStreamKb", "firstByteP99Ms"],
	start: ["startMs"],
	largePrompt: ["perRequestMb", "timesBody", "blockedMs", "answered"],
};

describe("npm run bench", () => {
	it("measures every subject in every way and loses nothing", { timeout: 180_000 }, async () => {
		const result = await runJson<BenchResult>("bench/run.mjs", "--quick", "--json", "--subjects", subjects.join());

		expect(result.version).toBe(1);
		expect(result.machine.cores).toBeGreaterThan(0);
		for (const subject of subjects) {
			for (const [measure, fields] of Object.entries(FIELDS)) {
				const row = result.measures[measure]?.[subject];
				expect(row?.error, `${measure} of ${subject}`).toBeUndefined();
				for (const field of fields) expect(row?.[field], `${measure}.${subject}.${field}`).toBeTypeOf("number");
			}
			expect(result.measures.requests?.[subject]).toMatchObject({ errors: 0 });
			expect(result.measures.latency?.[subject]).toMatchObject({ errors: 0, requests: 600 });
			expect(result.measures.held?.[subject]).toMatchObject({ whole: 100, broken: 0 });
			expect(result.measures.largePrompt?.[subject]).toMatchObject({ answered: 40, errors: 0 });
			for (const rows of Object.values(result.measures.streams)) {
				expect(rows[subject]).toMatchObject({ broken: 0, carried: expect.any(Number) });
			}
		}
		expect(result.targets).toHaveLength(22);
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
