/** Runs before each test file: gives it what is its own, and lets it leave nothing behind that others would find. */
import { rm } from "node:fs/promises";
import { afterAll, vi } from "vitest";
import { temporaryFolder, thisFile } from "./thisFile.js";

thisFile.dataFolder = temporaryFolder();
afterAll(async () => {
	for (const end of thisFile.endings.splice(0).reverse()) await end();
	vi.useRealTimers();
	vi.unstubAllEnvs();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
	// Workers whose primary was killed may still be ending, and write. Unlike `rmSync`, `rm` looks for what is new before each try.
	for (const folder of thisFile.folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});
