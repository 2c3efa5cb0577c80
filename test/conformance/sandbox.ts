/** Namespaces: a network of loopback alone for the whole run, and for each agent its own processes, which all end with it. */
import { spawn, spawnSync } from "node:child_process";

/** Set inside the network namespace. */
export const insideVariable = "LLMGW_CONFORMANCE_INSIDE";

const asRoot = process.getuid?.() === 0;

/** Whether this machine lets us make the namespaces. @returns why not, or undefined */
export function whyNoSandbox(): string | undefined {
	if (process.platform !== "linux") return "network namespaces (unshare) are Linux's alone";
	const test = "ip link set lo up && unshare --pid --fork --kill-child=KILL --mount-proc -- true";
	const { status, stderr, error } = spawnSync("unshare", [...(asRoot ? [] : ["-r"]), "-n", "--", "sh", "-c", test]);
	if (error !== undefined) return `unshare can't be run: ${error.message}`;
	return status === 0 ? undefined : `unshare -n and ip link set lo up: ${stderr.toString().trim()}`;
}

/** Runs this program again in a network that has loopback alone. @returns its exit code */
export function againInside(): Promise<number> {
	const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
	const args = [...(asRoot ? [] : ["-r"]), "-n", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...own];
	const child = spawn("unshare", args, { stdio: "inherit", env: { ...process.env, [insideVariable]: "1" } });
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve(code ?? 1));
	});
}

export interface Ended {
	/** Undefined if the time was up. */
	readonly code: number | undefined;
	readonly stdout: string;
	readonly stderr: string;
	readonly seconds: number;
}

const maxOutput = 1024 * 1024;

/** Runs a program to its end, or kills it and all that it has started. */
export function runBounded(
	program: string,
	args: readonly string[],
	{ cwd, environment, timeoutMs }: { cwd: string; environment: Record<string, string>; timeoutMs: number },
): Promise<Ended> {
	const startedMs = performance.now();
	const bounds = ["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--", program, ...args];
	const child = spawn("unshare", bounds, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
	const output = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const)
		child[name].setEncoding("utf8").on("data", (text: string) => {
			if (output[name].length < maxOutput) output[name] += text;
		});
	let isLate = false;
	const timer = setTimeout(() => {
		isLate = true;
		child.kill("SIGKILL");
	}, timeoutMs);
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => {
			clearTimeout(timer);
			const seconds = (performance.now() - startedMs) / 1000;
			resolve({ code: isLate ? undefined : (code ?? 1), ...output, seconds });
		});
	});
}
