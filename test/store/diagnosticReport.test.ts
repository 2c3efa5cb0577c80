/** Opening SQLite hides Node's diagnostic report from the library for a moment, and from nobody after that. */
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import { temporaryFolder } from "../kit/thisFile.js";

test("Node's diagnostic report is whole once a store is open", async () => {
	const { getReport } = process.report;
	const store = await openStore({ dataFolder: temporaryFolder(), storeUrl: undefined });
	onTestFinished(() => store.close());
	expect(process.report.getReport).toBe(getReport);
	expect(process.report.getReport()).toHaveProperty("header");
});
