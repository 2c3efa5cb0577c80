/** Runs before each test file: gives it what is its own, and lets it leave nothing behind that others would find. */
import { rmSync } from "node:fs";
import { afterAll, vi } from "vitest";
import { temporaryFolder, thisFile } from "./thisFile.js";

thisFile.dataFolder = temporaryFolder();
afterAll(async () => {
	for (const end of thisFile.endings.splice(0).reverse()) await end();
	vi.useRealTimers();
	vi.unstubAllEnvs();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
	// Workers whose primary was killed may still be ending.
	for (const folder of thisFile.folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});
