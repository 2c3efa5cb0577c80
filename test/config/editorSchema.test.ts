import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { newAjv } from "../../src/contract/ajv.js";
import { wholeSchema } from "../../src/settings/settingsSchemas.js";
import { editorSchema, faultsForEditors } from "../kit/editorSchema.js";
import { resultOf } from "../kit/llmw.js";
import { problemsIn, twoUpstreams } from "./files.js";
import { wrongFiles } from "./wrongFiles.js";

const root = new URL("../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");
const routed = `${twoUpstreams}routes: [{model: "*", targets: [one]}]\n`;

test("llmw config schema prints the schema that the package exports", async () => {
	const { code, stdout } = await resultOf(["config", "schema"]);
	expect(code).toBe(0);
	expect(JSON.parse(stdout)).toEqual(editorSchema);
	expect(JSON.parse(read("package.json")).exports["./llmw.schema.json"]).toBe("./schema/llmw.schema.json");
});

test.each([[[]], [["scheme"]], [["schema", "twice"]]])("llmw config %j says what is right", async (words) => {
	const { code, stdout, stderr } = await resultOf(["config", ...words]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toContain("llmw config schema");
});

test("it says what it is, and nothing of the program's own", () => {
	expect(editorSchema).toMatchObject({
		$schema: "https://json-schema.org/draft/2020-12/schema",
		$id: "urn:llmgw:configuration",
		title: "Configuration file of llmw",
	});
	const text = JSON.stringify(editorSchema);
	expect(text).not.toMatch(/"x-[\w-]+":/);
	const names = Object.keys(editorSchema.$defs as object);
	for (const [, name = ""] of text.matchAll(/"#\/\$defs\/(\w+)"/g)) expect(names).toContain(name);
});

test("the example opens with it, and fits it", () => {
	const text = read("examples/llmw.yaml");
	const [, path = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
	expect(JSON.parse(readFileSync(new URL(path, new URL("examples/", root)), "utf8"))).toEqual(editorSchema);
	expect(faultsForEditors(text)).toEqual([]);
});

/** Written as the program takes it, and beside it nothing that is wrong. */
const rightFiles: [name: string, text: string][] = [
	["variables where numbers stand", "bindport: ${PORT}\nworkers: ${N}\n"],
	["variables where true or false stands", "verbose: ${YES}\nmetrics: ${YES}\n"],
	["variables in choices, durations and sizes", "logLevel: ${LEVEL}\nidleTimeout: ${N}s\nmaxBody: ${N}mb\n"],
	["a short variable for a long secret", "adminKey: ${K}\n"],
	["a secret in a file", "adminKey: {file: ./key}\n"],
	["a list of one, written as it is", "contract: openai\nusageTag: team\n"],
	["plain numbers for durations and sizes", "idleTimeout: 30\nmaxBody: 65536\nbodyBudget: 2gb\n"],
	["variables deep inside", `${routed}limits: {keys: {requestsPerMinute: "\${N}", budgetPerDay: "\${N}"}}\n`],
	[
		"variables in a section that may be a switch",
		`${routed}defaults: {health: "\${YES}", breaker: {failures: "\${N}"}}\n`,
	],
];
const environment = { PORT: "8080", N: "2", YES: "true", LEVEL: "warn", K: "0123456789abcdef" };

describe("what the program takes it takes", () => {
	test.each(rightFiles)("%s", async (_name, text) => {
		const own = (await problemsIn(text, environment)).filter((problem) => !problem.includes("can't read ./key"));
		expect(own).toEqual([]);
		expect(faultsForEditors(text)).toEqual([]);
	});
});

/** Whether the schema alone finds something, as the program holds a file without variables against it. */
function isRefusedBySchema(text: string): boolean {
	try {
		return newAjv().validate(wholeSchema("ConfigFile"), parse(text, { merge: true })) === false;
	} catch {
		return false;
	}
}

describe("what the program's schema refuses it refuses", () => {
	const files = wrongFiles.filter(([, text]) => !text.includes("${") && isRefusedBySchema(text));
	test("of many kinds", () => expect(files.length).toBeGreaterThan(20));
	test.each(files)("%s", (_name, text) => {
		expect(faultsForEditors(text)).not.toEqual([]);
	});
});

test.each([
	["a credential for administrators", "adminKey: 0123456789abcdef\n"],
	["an upstream's key", 'upstreams: {one: {url: "http://127.0.0.1", key: sk-1}}\n'],
	["an escaped variable", "adminKey: $${NOT_A_VARIABLE}\n"],
])("a secret that is written out is refused: %s", (_name, text) => {
	expect(faultsForEditors(text)).not.toEqual([]);
});
