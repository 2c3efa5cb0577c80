/** Names the tests that failed and passed when they ran again: `--retry` must not hide them. */
import type { Reporter, TestCase } from "vitest/node";

export class FlakyReporter implements Reporter {
	readonly #found: string[] = [];

	onTestCaseResult(test: TestCase): void {
		if (test.diagnostic()?.flaky) this.#found.push(`${test.module.relativeModuleId} > ${test.fullName}`);
	}

	onTestRunEnd(): void {
		if (this.#found.length > 0)
			console.log(["\n Passed only when they ran again, which is a fault to mend:", ...this.#found].join("\n   "));
	}
}
