/** The dashboard and the alert rules ask for nothing that a real gateway does not say. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { counters, gauges, histograms } from "../../src/metrics/families.js";
import { startAiHost } from "../kit/aiHost.js";
import { serveLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

interface Panel {
	id: number;
	type: string;
	title: string;
	targets?: { expr: string; legendFormat: string }[];
	gridPos: { h: number; w: number; x: number; y: number };
}

const dashboard = JSON.parse(read("deploy/grafana/llmgw.json")) as {
	panels: Panel[];
	templating: { list: { name: string; query: string | { query: string } }[] };
};
const alerts = parse(read("deploy/prometheus/alerts.yaml")) as {
	groups: {
		rules: { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } }[];
	}[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const documentation = read("docs/observability.md");

const expressions = [
	...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
	...dashboard.templating.list.flatMap(({ name, query }) =>
		typeof query === "string" ? [] : [[`variable ${name}`, query.query] as const],
	),
	...rules.map(({ alert, expr }) => [alert, expr] as const),
];

const families = [counters, histograms, gauges].flatMap((group) => Object.values(group));
const namesIn = (text: string) => [...text.matchAll(/\b(?:llmgw|gen_ai)_\w+(?=[[{),\s]|$)/g)].map(([name]) => name);
const familyOf = (name: string) => name.replace(/_(bucket|sum|count)$/, "");
const labelsOf = (name: string) => families.find((family) => [name, familyOf(name)].includes(family.name))?.labels;

test("each metric of the dashboard and of the alerts is in a real scrape", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const { types } = await scrape((await serveLlmw(host, ["--workers", "1"])).url);
	const asked = expressions
		.flatMap(([, expr]) => namesIn(expr))
		.filter((name) => !name.startsWith("gen_ai_token_type"));
	expect(asked.length).toBeGreaterThan(50);
	expect(asked.filter((name) => !types.has(name) && types.get(familyOf(name)) !== "histogram")).toEqual([]);
});

test.each(expressions)("the labels of %s are its metric's", (_name, expr) => {
	const metrics = namesIn(expr).filter((name) => labelsOf(name) !== undefined);
	const known = new Set(["le", "job", "instance", ...metrics.flatMap((name) => [...(labelsOf(name) ?? [])])]);
	const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
	const selected = [...expr.matchAll(/[{,]\s*(\w+)(?==~?|!=|!~)/g)].map(([, label = ""]) => label);
	expect([...grouped, ...selected].filter((label) => !known.has(label))).toEqual([]);
	expect(balance(expr)).toBe(0);
});

/** Brackets that are left open. */
function balance(expr: string): number {
	return [...expr].reduce(
		(open, character) => open + (/[([{]/.test(character) ? 1 : /[)\]}]/.test(character) ? -1 : 0),
		0,
	);
}

test("each metric is on the dashboard", () => {
	const shown = new Set(expressions.flatMap(([, expr]) => namesIn(expr).map((name) => familyOf(name))));
	expect(families.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

test("panels have numbers and places of their own", () => {
	const ids = dashboard.panels.map(({ id }) => id);
	expect(new Set(ids).size).toBe(ids.length);
	const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
		Array.from({ length: h * w }, (_none, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
	);
	expect(new Set(cells).size).toBe(cells.length);
	expect(Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBeLessThanOrEqual(24);
});

test("alerts have names, severities and summaries of their own", () => {
	expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
	for (const { labels, annotations } of rules) {
		expect(["info", "warning", "critical"]).toContain(labels.severity);
		expect(annotations.summary).toMatch(/\w/);
	}
});

describe("docs/observability.md", () => {
	test.each(families.map(({ name, labels }) => [name, labels] as const))("has %s, with its labels", (name, labels) => {
		const row = documentation.split("\n").find((line) => line.startsWith(`| \`${name}\``));
		expect(row, `no row for ${name}`).toBeDefined();
		for (const label of labels) expect(row).toContain(`\`${label}\``);
	});
});

const promtool = spawnSync("promtool", ["--version"]).error === undefined;
const without = promtool ? "" : " (skipped: promtool is not installed)";

test.skipIf(!promtool)(`Prometheus takes the alert rules${without}`, () => {
	const file = fileURLToPath(new URL("../../deploy/prometheus/alerts.yaml", import.meta.url));
	const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
	expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
	expect(stdout).toContain(`${rules.length} rules found`);
});
