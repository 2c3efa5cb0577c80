/** Where the tests' temporary files are: in memory if there is room. To wait for a disk is half of the time of tests that store. */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const memory = "/dev/shm";
const prefix = "llmgw-tests-";
const leastBytes = 4 * 2 ** 30;

/** @returns a folder that is removed when this process ends; undefined where memory has no room, or its files can't be run */
export function folderInMemory(): string | undefined {
	if (!isFit()) return undefined;
	removeLeftovers();
	const folder = join(memory, `${prefix}${process.pid}`);
	mkdirSync(folder, { recursive: true });
	process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
	return folder;
}

function isFit(): boolean {
	try {
		accessSync(memory, constants.W_OK);
		const { bavail, bsize } = statfsSync(memory);
		const [, options = ""] =
			new RegExp(`^\\S+ ${memory} \\S+ (\\S+)`, "m").exec(readFileSync("/proc/mounts", "utf8")) ?? [];
		return bavail * bsize > leastBytes && options !== "" && !options.split(",").includes("noexec");
	} catch {
		return false;
	}
}

/** Of runs that were killed. */
function removeLeftovers(): void {
	for (const name of readdirSync(memory).filter((one) => one.startsWith(prefix)))
		if (!isRunning(Number(name.slice(prefix.length)))) rmSync(join(memory, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== "ESRCH";
	}
}
