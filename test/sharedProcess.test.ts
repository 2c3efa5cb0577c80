/** Most test files share a process, and with it the modules that they import. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a module that files share has no hook, which would run for the first of them alone", () => {
	const names = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
	const shared = names.filter((name) => name.endsWith(".ts") && !/\.test\.ts$|eachFile\.ts$/.test(name));
	expect(shared).toContain(join("kit", "gateway.ts"));
	const textOf = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");
	// `thisFile.endings` is for what ends with a file.
	expect(shared.filter((name) => /^(before|after)(All|Each)\(/m.test(textOf(name)))).toEqual([]);
});
