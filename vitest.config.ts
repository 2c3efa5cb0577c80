import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
		testTimeout: 30_000,
		hookTimeout: 30_000,
		// An event is waited for; how long it takes is the machine's.
		expect: { poll: { timeout: 10_000 } },
		// Tests start servers and worker processes of their own; more files at once would only make them wait for a core.
		maxWorkers: 2,
	},
});
