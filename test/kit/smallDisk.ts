/** Small file systems, which can be full. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./gateway.js";

/**
 * A file system in memory, unmounted when the test ends.
 *
 * @param options of `tmpfs`, as `mount -o` takes them
 * @returns its folder; undefined where this machine lets us make none
 */
export function smallDisk(options = "size=4m"): string | undefined {
	const folder = temporaryFolder();
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
	} catch {
		return undefined;
	}
	onTestFinished(() => {
		execFileSync("umount", ["-l", folder]);
		rmSync(folder, { recursive: true, force: true });
	});
	return folder;
}

/** Leaves no room for one more byte. @returns makes room again */
export function fill(folder: string): () => void {
	const file = join(folder, "filler");
	const descriptor = openSync(file, "w");
	try {
		for (;;) writeSync(descriptor, Buffer.alloc(4096));
	} catch {
		// Full.
	}
	closeSync(descriptor);
	return () => rmSync(file);
}
