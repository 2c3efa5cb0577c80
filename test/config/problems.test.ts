import { describe, expect, test } from "vitest";
import { problemsIn } from "./files.js";
import { wrongFiles } from "./wrongFiles.js";

describe("every problem is named with its place in the file, and what would be right", () => {
	test.each(wrongFiles)("%s", async (_name, text, expected) => {
		expect(await problemsIn(text, { EMPTY: "", KEY: "sk-1" })).toEqual(expected);
	});
});
