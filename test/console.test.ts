import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFile } from "./kit/gateway.js";
import { openStream, openStreams, startHeldHost, wholeStream } from "./kit/heldStreams.js";
import { getAlone, isRunning, type Llmw, runAtTerminal, serveLlmw, workerPids } from "./kit/llmw.js";
import { needs } from "./kit/programs.js";

const clearSequence = "\u001b[2J\u001b[3J\u001b[H";

async function serveAtTerminal(workers = 1, command: string[] = []) {
	const host = await startHeldHost();
	const llmw = runAtTerminal([...command, "--bindport", "0", "--aihost", host.url, "--workers", String(workers)]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/[\d.:]+)/);
	await llmw.says(/Type help for commands, exit to stop/);
	return { host, llmw, url };
}

function type(llmw: Llmw, line: string): void {
	llmw.process.stdin.write(`${line}\r`);
}

describe("at a terminal", () => {
	test("help, status, clear and what is no command", async () => {
		const { host, llmw, url } = await serveAtTerminal(2);
		type(llmw, "help");
		for (const name of ["clear", "status", "exit", "help"]) await llmw.says(new RegExp(`^  ${name} +\\S`, "m"));
		type(llmw, "  HELP me");
		await llmw.says(/There is no command "help me"\. Type help for those there are\./);
		expect(llmw.stdout()).not.toContain(clearSequence);
		type(llmw, "clear");
		await vi.waitFor(() => expect(llmw.stdout()).toContain(clearSequence));
		const pids = await workerPids(url, 2);
		const streams = await openStreams(url, 3);
		type(llmw, "status");
		await llmw.says(/worker +state +up +requests +streams +connections/);
		await llmw.says(/^ {2}all +3 +3 +\d+/m);
		for (const pid of pids) await llmw.says(new RegExp(`^ {2}${pid} +ready +\\d+ s +\\d`, "m"));
		host.release();
		for (const { text } of streams) expect(await text).toBe(wholeStream);
		type(llmw, "exit");
		expect(await llmw.exited).toBe(0);
	});

	test.each([
		["exit", "exit\r"],
		["quit", "quit\r"],
		["Ctrl-D", "\u0004"],
		["Ctrl-C", "\u0003"],
	])("%s finishes what is in flight, then stops", async (_name, keys) => {
		const { host, llmw, url } = await serveAtTerminal();
		const [pid = 0] = await workerPids(url, 1);
		const stream = await openStream(url);
		llmw.process.stdin.write(keys);
		await vi.waitFor(() => expect(getAlone(`${url}/healthz`)).rejects.toThrow(), { timeout: 10_000, interval: 20 });
		expect(isRunning(pid)).toBe(true);
		host.release();
		expect(await stream.text).toBe(wholeStream);
		expect(await llmw.exited).toBe(0);
		expect(isRunning(pid)).toBe(false);
	});

	test("a terminal that is closed finishes what is in flight, then stops", async () => {
		needs("script");
		const host = await startHeldHost();
		const ended = temporaryFile("ended", "");
		const cli = new URL("../dist/cli.js", import.meta.url).pathname;
		const command = `node '${cli}' --bindport 0 --workers 1 --aihost ${host.url} 2>'${ended}'; echo "ended $?" >>'${ended}'`;
		// The shell outlives the terminal too, to tell how it ended.
		const terminal = spawn("script", ["-qfec", `trap : HUP; ${command}`, "/dev/null"]);
		let said = "";
		terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		await vi.waitFor(() => expect(said).toContain("Type help"), { timeout: 10_000 });
		const url = /listening on (http:\/\/[\d.:]+)/.exec(said)?.[1] ?? "";
		const stream = await openStream(url);
		terminal.kill("SIGKILL");
		await vi.waitFor(() => expect(getAlone(`${url}/healthz`)).rejects.toThrow(), { timeout: 10_000, interval: 20 });
		host.release();
		expect(await stream.text).toBe(wholeStream);
		await vi.waitFor(() => expect(readFileSync(ended, "utf8")).toMatch(/^ *ended 0$/m), { timeout: 10_000 });
	});

	test("a background job is left alone by the terminal, and leaves it alone", async () => {
		needs("script", "bash");
		const { host } = await serveAtTerminal();
		const cli = new URL("../dist/cli.js", import.meta.url).pathname;
		// A shell with job control puts it into a process group that is not the terminal's.
		const job = `node '${cli}' --bindport 0 --workers 1 --aihost ${host.url} & echo "job $!"; read line; jobs; kill %1; wait %1; echo "ended $?"`;
		const shell = spawn("script", ["-qfec", `bash -mc '${job.replaceAll("'", "'\\''")}'`, "/dev/null"]);
		let said = "";
		shell.stdout.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		onTestFinished(() => {
			shell.kill("SIGKILL");
		});
		const ended = new Promise((resolve) => shell.once("close", resolve));
		await vi.waitFor(() => expect(said).toContain("listening on"), { timeout: 10_000 });
		shell.stdin.write("typed to the shell\r");
		await ended;
		expect(said).toMatch(/\[1\]\+?\s+(\d+ )?Running/);
		expect(said).not.toMatch(/Stopped/);
		expect(said).toContain("ended 0");
		expect(said).not.toContain("Type help");
	});
});

describe("without a terminal", () => {
	test.each<[what: string, use: (stdin: Llmw["process"]["stdin"]) => void]>([
		["at its end", (stdin) => stdin.end()],
		["with commands in it", (stdin) => stdin.end("exit\nquit\n")],
		["closed by the other side", (stdin) => stdin.destroy()],
	])("stdin %s means nothing", async (_what, use) => {
		const llmw = await serveLlmw(await startHeldHost(), ["--workers", "1"]);
		use(llmw.process.stdin);
		for (let count = 0; count < 3; count += 1) expect((await getAlone(`${llmw.url}/healthz`)).status).toBe(200);
		expect(llmw.process.exitCode).toBe(null);
		expect(llmw.stdout()).not.toContain("Type help");
		llmw.process.kill("SIGTERM");
		expect(await llmw.exited).toBe(0);
	});
});
