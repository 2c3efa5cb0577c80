/** The real command as a child process. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { needs } from "./programs.js";
import { thisFile } from "./thisFile.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Llmw {
	process: ChildProcessWithoutNullStreams;
	/** The pid of `llmw` itself, even if it runs in a terminal. */
	pid(): number;
	stdout(): string;
	stderr(): string;
	/** Resolves with the exit code or the signal's name. */
	exited: Promise<number | string>;
	/** Waits until stdout or stderr matches the pattern. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Gets what ends something; by default that happens when the test ends. */
export type WhenDone = (end: () => Promise<void>) => void;

/** Runs `llmw` or another program; it is killed if it is still running when the test ends. */
export function runLlmw(
	args: string[],
	environment: Record<string, string> = {},
	{
		node = process.execPath,
		nodeFlags = [] as readonly string[],
		program = cli,
		whenDone = onTestFinished as WhenDone,
	} = {},
): Llmw {
	const llmw = watch(spawn(node, [...nodeFlags, program, ...args], { env: cleanEnvironment(environment) }));
	whenDone(async () => {
		llmw.process.kill("SIGKILL");
	});
	return llmw;
}

/** Runs `llmw` in a terminal created by `script`; its stdin is typed there. */
export function runAtTerminal(args: string[], environment: Record<string, string> = {}): Llmw {
	needs("script", "stty");
	const words = [process.execPath, cli, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
	const command = `stty cols 200 -echo; echo "pid $$"; exec ${words}`;
	const child = spawn("script", ["-qfec", command, "/dev/null"], {
		env: cleanEnvironment({ SHELL: "/bin/sh", TERM: "xterm", ...environment }),
	});
	const llmw = watch(child);
	const pid = () => Number(/^pid (\d+)/.exec(llmw.stdout())?.[1]);
	onTestFinished(() => {
		if (child.exitCode === null && pid()) kill(pid());
		child.kill("SIGKILL");
	});
	return { ...llmw, pid };
}

function kill(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It has already ended.
	}
}

function cleanEnvironment(environment: Record<string, string>): Record<string, string | undefined> {
	const clean = Object.fromEntries(
		Object.entries(process.env).filter(([name]) => !/^(LLMW_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|VITEST)/.test(name)),
	);
	return { ...clean, LLMW_DATA: thisFile.dataFolder, XDG_RUNTIME_DIR: thisFile.dataFolder, ...environment };
}

function watch(child: ChildProcessWithoutNullStreams): Llmw {
	let stdout = "";
	let stderr = "";
	let ended = false;
	const watchers = new Set<() => void>();
	const notify = () => {
		for (const watcher of watchers) watcher();
	};
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
		notify();
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
		notify();
	});
	// A process that has ended accepts no input.
	child.stdin.on("error", () => {});
	const exited = new Promise<number | string>((resolve) => {
		child.once("close", (code, signal) => {
			ended = true;
			resolve(code ?? signal ?? "");
			notify();
		});
	});
	return {
		process: child,
		pid: () => child.pid ?? 0,
		stdout: () => stdout,
		stderr: () => stderr,
		exited,
		says: (pattern) =>
			new Promise((resolve, reject) => {
				const look = () => {
					const found = pattern.exec(stdout) ?? pattern.exec(stderr);
					if (found) resolve(found);
					else if (ended) reject(new Error(`llmw ended without saying ${pattern}:\n${stdout}\n${stderr}`));
					else return;
					watchers.delete(look);
				};
				watchers.add(look);
				look();
			}),
	};
}

/** Starts a gateway as users do, with workers. */
export async function serveLlmw(
	host: { url: string },
	args: string[] = [],
	environment: Record<string, string> = {},
): Promise<Llmw & { url: string; port: number }> {
	const llmw = runLlmw(["--bindport", "0", "--aihost", host.url, ...args], environment);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url, port: Number(new URL(url).port) };
}

/** Runs a command to its end, with an empty stdin. @returns what it printed */
export async function resultOf(
	args: string[],
	environment: Record<string, string> = {},
): Promise<{ code: number | string; stdout: string; stderr: string }> {
	const llmw = runLlmw(args, environment);
	llmw.process.stdin.end();
	const code = await llmw.exited;
	return { code, stdout: llmw.stdout(), stderr: llmw.stderr() };
}

/** Sends requests on new connections until `count` different workers have answered. */
export async function workerPids(url: string, count: number): Promise<number[]> {
	const pids = new Set<number>();
	while (pids.size < count) pids.add(JSON.parse((await getAlone(`${url}/healthz`)).body).worker);
	return [...pids];
}

/** Sends a request on a new connection. */
export function getAlone(
	url: string,
	headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
	return new Promise((resolve, reject) => {
		get(url, { agent: false, headers }, async (response) => {
			let body = "";
			for await (const text of response.setEncoding("utf8")) body += text;
			resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
		}).on("error", reject);
	});
}

/** Whether a process is running; zombies don't count. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
	} catch (error) {
		// Without /proc, only the signal tells.
		return (error as NodeJS.ErrnoException).code === "ENOENT" && !existsSync("/proc/self/stat");
	}
}

/** The child of this process that is the store writer. */
export function storeWriterOf(primary: number): number | undefined {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.find((pid) => {
			try {
				const parent = / (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) \S/s, ""))?.[1];
				return Number(parent) === primary && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("storeWriter.js");
			} catch {
				return false;
			}
		});
}
