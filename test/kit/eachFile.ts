/** Runs before each test file: gives it what is its own, and lets it leave nothing behind that others would find. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { thisFile } from "./thisFile.js";

thisFile.dataFolder = mkdtempSync(join(tmpdir(), "llmgw-test-"));
afterAll(async () => {
	for (const end of thisFile.endings.splice(0).reverse()) await end();
	vi.useRealTimers();
	vi.unstubAllEnvs();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
	// Workers whose primary was killed may still be ending.
	rmSync(thisFile.dataFolder, { recursive: true, force: true, maxRetries: 20 });
});
