import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsSchemas } from "../../src/settings/settingsSchemas.js";
import { problemsIn } from "./files.js";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

/** Names of all members that the file's schemas know. */
function keysOfConfig(): string[] {
	const names = new Set<string>();
	const walk = (schema: unknown): void => {
		if (typeof schema !== "object" || schema === null) return;
		const { properties } = schema as { properties?: object };
		for (const name of Object.keys(properties ?? {})) names.add(name);
		for (const part of Object.values(schema)) walk(part);
	};
	for (const [name, schema] of Object.entries(settingsSchemas())) if (name.includes("Config")) walk(schema);
	return [...names];
}

test("docs/configuration.md names every key", () => {
	const named = new Set(
		[...read("docs/configuration.md").matchAll(/`[^`\n]+`/g)].flatMap(([code]) => code.match(/\w+/g)),
	);
	expect(keysOfConfig().length).toBeGreaterThan(60);
	expect(keysOfConfig().filter((key) => !named.has(key))).toEqual([]);
});

test("docs/configuration.md says the defaults of the schema", () => {
	const text = read("docs/configuration.md");
	const row = (key: string) => text.split("\n").find((line) => line.startsWith(`| \`${key}\` |`)) ?? "";
	expect(row("health")).toContain("`/models`, 10s, 5s, 3 failures, 2 successes");
	const { properties } = settingsSchemas().RetryConfig as { properties: Record<string, { default: unknown }> };
	for (const [key, { default: byDefault }] of Object.entries(properties))
		expect(row(key)).toMatch(new RegExp(`\\| ${byDefault} \\|$`));
});

test("README's example is right", async () => {
	const [, example = ""] = /## Several upstreams\n[^`]*```yaml\n(.*?)```/s.exec(read("README.md")) ?? [];
	expect(example).toContain("upstreams:");
	expect(await problemsIn(example, { OPENAI_API_KEY: "sk-1" })).toEqual([]);
});
