/** The primary with workers that hang, fail or die at the wrong moment, and with a log that nobody reads. */

import { execFileSync } from "node:child_process";
import { constants, copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startAiHost } from "./kit/aiHost.js";
import { temporaryFile } from "./kit/gateway.js";
import { openStream, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { getAlone, isRunning, type Llmw, runAtTerminal, runLlmw, serveLlmw, workerPids } from "./kit/llmw.js";
import { needs } from "./kit/programs.js";
import { servicesInPlugin } from "./kit/services.js";

const patience = { timeout: 40_000, interval: 20 };

/** A plugin with code that runs where it is loaded, and code for each request, which sees `ctx` and `print`. */
function pluginFile(onLoad: string, onRequest = ""): string {
	return temporaryFile(
		"plugin.mjs",
		`${servicesInPlugin}
		import { existsSync, unlinkSync, writeSync } from "node:fs";
		const say = (line) => writeSync(2, line + "\\n");
		/** True for the first worker that asks. */
		const take = (file) => { try { unlinkSync(file); return true; } catch { return false; } };
		const hang = () => { say("hanging"); return new Promise(() => {}); };
		${onLoad}
		export default { name: "test", stage: "edge", middleware: () => (ctx, next) => {
			const { print } = services();
			${onRequest}
			return next();
		} };`,
	);
}

/** The name of a file that is not there yet, as it stands in a plugin. */
function absentFile(): { file: string; quoted: string; create(): void } {
	const file = join(dirname(temporaryFile("present", "")), "absent");
	return { file, quoted: JSON.stringify(file), create: () => writeFileSync(file, "") };
}

/** Until so many workers answer, without the one that is gone. */
function untilReplaced(url: string, count: number, gone: number): Promise<number[]> {
	return vi.waitFor(async () => {
		const pids = await workerPids(url, count);
		expect(pids).not.toContain(gone);
		return pids;
	}, patience);
}

describe("a worker that can't drain is killed when --drain-timeout has passed, and named:", () => {
	test("a stopped one", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2", "--drain-timeout", "300ms"]);
		const pids = await workerPids(llmw.url, 2);
		process.kill(pids[0] as number, "SIGSTOP");
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(1);
		expect(llmw.stderr()).toBe(`llmw: worker ${pids[0]} had to be killed: still there after the drain timeout\n`);
		await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), patience);
	});

	test("a busy one", async () => {
		const plugin = pluginFile("", 'if (ctx.path === "/spin") { say("spinning"); for (;;); }');
		const args = ["--workers", "1", "--drain-timeout", "300ms", "--plugin", plugin];
		const llmw = await serveLlmw(await startHeldHost(), args);
		const [pid] = await workerPids(llmw.url, 1);
		const answer = getAlone(`${llmw.url}/spin`).catch(() => "none");
		await llmw.says(/spinning/);
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(1);
		expect(llmw.stderr()).toContain(`llmw: worker ${pid} had to be killed`);
		expect(await answer).toBe("none");
	});
});

test("a worker that takes its time to end is not killed", async () => {
	const slow = 'process.on("exit", () => { const until = Date.now() + 1500; while (Date.now() < until); });';
	const args = ["--workers", "1", "--drain-timeout", "300ms", "--plugin", pluginFile(slow)];
	const llmw = await serveLlmw(await startHeldHost(), args);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
});

describe("a worker that never becomes ready", () => {
	/** A gateway as `serve` makes it, whose workers have three seconds to start. */
	function runImpatiently(plugin: string, workers: number): Llmw {
		const dist = new URL("../dist/", import.meta.url);
		const program = temporaryFile(
			"impatient.mjs",
			`import { Primary } from "${new URL("cluster.js", dist)}";
			import { readSettings } from "${new URL("settings/settings.js", dist)}";
			const flags = { bindport: "0", workers: "${workers}", plugin: ${JSON.stringify(plugin)} };
			const events = { print: console.log, complain: console.error, exit: (code) => process.exit(code) };
			const primary = new Primary(() => readSettings(flags, {}), events, 8000);
			process.on("SIGHUP", () => void primary.reload());
			primary.start(readSettings(flags, {})).then(
				() => console.log("listening on http://127.0.0.1:" + primary.port),
				({ problems }) => { console.error(problems); process.exit(1); },
			);`,
		);
		return runLlmw([], {}, { program });
	}

	test("at the start is the end", async () => {
		const llmw = runImpatiently(pluginFile("await hang();"), 2);
		expect(await llmw.exited).toBe(1);
		expect(llmw.stderr()).toMatch(/where: 'worker \d+',\s+message: 'did not become ready within 8 s'/);
	});

	test("at a reload leaves the old ones", async () => {
		const flag = absentFile();
		const llmw = runImpatiently(pluginFile(`if (existsSync(${flag.quoted})) await hang();`), 2);
		const [, url = ""] = await llmw.says(/listening on (http:\S+)/);
		const before = await workerPids(url, 2);
		flag.create();
		llmw.process.kill("SIGHUP");
		await llmw.says(/^not reloaded: worker \d+: did not become ready within 8 s$/m);
		expect((await workerPids(url, 2)).sort()).toEqual(before.sort());
	});

	test("in the place of a dead one is replaced again", async () => {
		const flag = absentFile();
		const llmw = runImpatiently(pluginFile(`if (take(${flag.quoted})) await hang();`), 1);
		const [, url = ""] = await llmw.says(/listening on (http:\S+)/);
		const [victim = 0] = await workerPids(url, 1);
		flag.create();
		process.kill(victim, "SIGKILL");
		await llmw.says(/^worker \d+ did not become ready within 8 s; a new one starts in \d+ ms$/m);
		await untilReplaced(url, 1, victim);
	});
});

test("a worker that dies while others are still starting is replaced", async () => {
	const gate = absentFile();
	const plugin = pluginFile(`say("loading in " + process.pid);
		const first = ${absentFile().quoted};
		const isFirst = !existsSync(first);
		(await import("node:fs")).writeFileSync(first, "");
		while (!isFirst && !existsSync(${gate.quoted})) await new Promise((resolve) => setTimeout(resolve, 10));`);
	const llmw = runLlmw(["--bindport", "0", "--workers", "2", "--plugin", plugin]);
	const [, victim] = await llmw.says(/loading in (\d+)\s+loading in/);
	process.kill(Number(victim), "SIGKILL");
	await llmw.says(new RegExp(`worker ${victim} was killed by SIGKILL; a new one starts in`));
	gate.create();
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	expect(await workerPids(url, 2)).not.toContain(Number(victim));
});

describe("a reload", () => {
	test("does not keep a worker that dies meanwhile from being replaced", async () => {
		const flag = absentFile();
		const plugin = pluginFile(`if (take(${flag.quoted})) await hang();`);
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2", "--plugin", plugin]);
		const [victim = 0] = await workerPids(llmw.url, 2);
		flag.create();
		llmw.process.kill("SIGHUP");
		await llmw.says(/hanging/);
		process.kill(victim, "SIGKILL");
		await untilReplaced(llmw.url, 2, victim);
	});

	test("of which only one worker can start leaves the old ones and the old contract", async () => {
		const limited = (max: number) =>
			`overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {x-rate-limit: {max: ${max}}}}]`;
		const overlay = temporaryFile("limit.yaml", limited(500));
		const [isStrict, oneMayStart] = [absentFile(), absentFile()];
		const plugin = pluginFile(
			`if (existsSync(${isStrict.quoted}) && !take(${oneMayStart.quoted})) throw new Error("no licence");`,
		);
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const llmw = await serveLlmw(host, ["--workers", "2", "--overlay", overlay, "--plugin", plugin]);
		const limit = async () => (await getAlone(`${llmw.url}/v1/prompts`)).headers["x-ratelimit-limit-requests"];
		const before = (await workerPids(llmw.url, 2)).sort();
		writeFileSync(overlay, limited(900));
		isStrict.create();
		oneMayStart.create();
		llmw.process.kill("SIGHUP");
		await llmw.says(/^llmw: not reloaded: .*no licence$/m);
		// The one that could start leaves again.
		await vi.waitFor(async () => {
			const limits = await Promise.all(Array.from({ length: 6 }, limit));
			expect(new Set(limits)).toEqual(new Set(["500"]));
		}, patience);
		expect((await workerPids(llmw.url, 2)).sort()).toEqual(before);
		// Those that come later are of the old ones too.
		rmSync(isStrict.file);
		process.kill(before[0] as number, "SIGKILL");
		await untilReplaced(llmw.url, 2, before[0] as number);
		for (let count = 0; count < 6; count += 1) expect(await limit()).toBe("500");
	});
});

describe("a worker that can't be forked", () => {
	test.runIf(process.platform === "linux")(
		"for want of file descriptors is tried again, and the others go on",
		async () => {
			needs("prlimit");
			const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2"]);
			const [victim = 0, other] = await workerPids(llmw.url, 2);
			const limitFiles = (limit: string) => execFileSync("prlimit", ["--pid", String(llmw.pid()), `--nofile=${limit}`]);
			limitFiles("3:4096");
			process.kill(victim, "SIGKILL");
			// More often than would be a crash loop.
			await llmw.says(/(a worker could not be started \(spawn \S+ EMFILE\); a new one starts in \d+ ms\n(llmw: )?){4}/);
			limitFiles("4096:4096");
			expect(await untilReplaced(llmw.url, 2, victim)).toContain(other);
		},
	);

	test("for want of the program is tried again, and the others go on", async () => {
		const node = join(dirname(temporaryFile("present", "")), "node");
		copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
		const llmw = runLlmw(["--bindport", "0", "--workers", "2"], {}, { node });
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		const [victim = 0, other] = await workerPids(url, 2);
		renameSync(node, `${node}.away`);
		process.kill(victim, "SIGKILL");
		await llmw.says(/a worker could not be started \(spawn \S+ ENOENT\); a new one starts in \d+ ms/);
		expect((await getAlone(`${url}/healthz`)).status).toBe(200);
		renameSync(`${node}.away`, node);
		expect(await untilReplaced(url, 2, victim)).toContain(other);
	});
});

describe("SIGTERM to a worker", () => {
	test("has it replaced while it still drains, and is no complaint", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "1"]);
		const [pid = 0] = await workerPids(llmw.url, 1);
		const stream = await openStream(llmw.url);
		process.kill(pid, "SIGTERM");
		await vi.waitFor(async () => expect(await workerPids(llmw.url, 1)).not.toContain(pid), patience);
		expect(isRunning(pid)).toBe(true);
		host.release();
		expect(await stream.text).toBe(wholeStream);
		await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patience);
		expect(llmw.stderr()).toBe("");
	});

	test("is no crash loop, however often", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
		for (let count = 0; count < 6; count += 1) {
			const [pid = 0] = await vi.waitFor(() => workerPids(llmw.url, 1), patience);
			process.kill(pid, "SIGTERM");
			await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patience);
		}
		await vi.waitFor(() => workerPids(llmw.url, 1), patience);
		expect(llmw.stderr()).toBe("");
	});
});

describe("a log that nobody reads", () => {
	const printing = pluginFile("", 'print("block " + ctx.path + " " + "x".repeat(100_000));');

	/** Serves more than any pipe, terminal or queue takes, and ends well. */
	async function servesAndStops(llmw: Llmw, url: string): Promise<void> {
		for (let count = 0; count < 40; count += 1) expect((await getAlone(`${url}/${count}`)).status).toBe(404);
		process.kill(llmw.pid(), "SIGTERM");
		await vi.waitFor(() => expect(isRunning(llmw.pid())).toBe(false), patience);
	}

	test("through a pipe stops nothing", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "2", "--plugin", printing]);
		llmw.process.stdout.pause();
		await servesAndStops(llmw, llmw.url);
		llmw.process.stdout.resume();
		expect(await llmw.exited).toBe(0);
	});

	test("on a terminal that is held stops nothing", async () => {
		const host = await startHeldHost();
		const llmw = runAtTerminal(["--bindport", "0", "--aihost", host.url, "--workers", "2", "--plugin", printing]);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/[\d.:]+)/);
		await llmw.says(/exit to stop/);
		llmw.process.stdout.pause();
		await servesAndStops(llmw, url);
	});

	test("is told, when it is read again, how much it has missed", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--plugin", printing]);
		llmw.process.stdout.pause();
		for (let count = 0; count < 40; count += 1) await getAlone(`${llmw.url}/${count}`);
		llmw.process.stdout.resume();
		const [, left] = await llmw.says(/^\((\d+) more left out here: nobody read them in time\)$/m);
		const shown = [...llmw.stdout().matchAll(/^block \/(\d+) x{100000}$/gm)].map(([, number]) => Number(number));
		expect(shown).toEqual(Array.from({ length: 40 - Number(left) }, (_, index) => index));
		await getAlone(`${llmw.url}/later`);
		await llmw.says(/^block \/later x{100000}$/m);
	});
});

describe("an error that nobody caught", () => {
	const plugin = pluginFile(
		"",
		`if (ctx.path === "/reject") void Promise.reject(new Error("left alone"));
		if (ctx.path === "/throw") setImmediate(() => { throw new Error("out of reach"); });`,
	);

	test("in a promise is printed with its stack, and the worker goes on", async () => {
		const host = await startHeldHost();
		const llmw = await serveLlmw(host, ["--workers", "1", "--plugin", plugin]);
		const [pid] = await workerPids(llmw.url, 1);
		const stream = await openStream(llmw.url);
		expect((await getAlone(`${llmw.url}/reject`)).status).toBe(404);
		await llmw.says(
			new RegExp(`^llmw: unhandled rejection in worker ${pid}: Error: left alone\\n\\s+at .*plugin\\.mjs`, "m"),
		);
		host.release();
		expect(await stream.text).toBe(wholeStream);
		expect(await workerPids(llmw.url, 1)).toEqual([pid]);
		expect(llmw.stderr()).not.toContain("crashed");
	});

	test("ends the worker, and its streams with an error event", async () => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1", "--plugin", plugin]);
		const [pid = 0] = await workerPids(llmw.url, 1);
		const stream = await openStream(llmw.url);
		await getAlone(`${llmw.url}/throw`).catch(() => {});
		const events = (await stream.text).trimEnd().split("\n\n");
		expect(JSON.parse(events.at(-1)?.slice("data: ".length) ?? "")).toHaveProperty("error.message");
		await llmw.says(/worker \d+ crashed: Error: out of reach\n\s+at /);
		await llmw.says(new RegExp(`worker ${pid} ended with code 70; a new one starts`));
		await untilReplaced(llmw.url, 1, pid);
	});
});

test("workers let little garbage gather", async () => {
	const plugin = pluginFile("say(process.execArgv.join());");
	const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--plugin", plugin]);
	await llmw.says(/--heap-growing-percent=\d+/);
	await llmw.says(/listening on/);
});
