/** The real command as a child process. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Llmw {
	process: ChildProcessWithoutNullStreams;
	stdout(): string;
	stderr(): string;
	/** Resolves with the code, or the signal's name. */
	exited: Promise<number | string>;
	/** Waits until stdout or stderr holds the pattern. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Runs `llmw` with these arguments; what is still running when the test ends is killed. */
export function runLlmw(args: string[], environment: Record<string, string> = {}): Llmw {
	const clean = Object.fromEntries(
		Object.entries(process.env).filter(([name]) => !/^(LLMW_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|VITEST)/.test(name)),
	);
	const child = spawn(process.execPath, [cli, ...args], { env: { ...clean, ...environment } });
	let stdout = "";
	let stderr = "";
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
	const exited = new Promise<number | string>((resolve) => {
		child.once("close", (code, signal) => {
			resolve(code ?? signal ?? "");
			notify();
		});
	});
	onTestFinished(() => {
		child.kill("SIGKILL");
	});
	return {
		process: child,
		stdout: () => stdout,
		stderr: () => stderr,
		exited,
		says: (pattern) =>
			new Promise((resolve, reject) => {
				const look = () => {
					const found = pattern.exec(stdout) ?? pattern.exec(stderr);
					if (found) resolve(found);
					else if (child.exitCode !== null)
						reject(new Error(`llmw ended without saying ${pattern}:\n${stdout}\n${stderr}`));
					else return;
					watchers.delete(look);
				};
				watchers.add(look);
				look();
			}),
	};
}

/** A gateway as users run it, with workers. */
export async function serveLlmw(
	host: { url: string },
	args: string[] = [],
	environment: Record<string, string> = {},
): Promise<Llmw & { url: string; port: number }> {
	const llmw = runLlmw(["--bindport", "0", "--aihost", host.url, ...args], environment);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url, port: Number(new URL(url).port) };
}
