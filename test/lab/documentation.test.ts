import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { definitionOf, faultNames } from "../../src/mockHosts/lab/faults.js";
import { parseModelName } from "../../src/mockHosts/lab/modelName.js";
import { labUpstreams, upstreamLines } from "../../src/mockHosts/lab/upstreamLines.js";

const page = readFileSync(new URL("../../docs/lab.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| `"));

test.each(faultNames)("docs/lab.md explains %s, its default and its variants", (fault) => {
	const row = rows.find((line) => new RegExp(`^\\| [^|]*\`${fault}[:[\`]`).test(line)) ?? "";
	const { number, variants = [] } = definitionOf(fault);
	if (number?.byDefault !== undefined) expect(row).toContain(`\`${fault}:${number.unit}\` (${number.byDefault})`);
	else if (number !== undefined) expect(row).toContain(`\`${fault}[:${number.unit}]\``);
	else expect(row).toContain(`\`${fault}\``);
	for (const variant of variants) expect(row).toMatch(new RegExp(`[\`=]${variant}\``));
});

test("each option that docs/lab.md shows is one", () => {
	const options = page.matchAll(/`((?:times|every|id|delay|pace|pieces|escape|trim)=)(\w+)`/g);
	const examples = [...options].map(([, name = "", value = ""]) => `cut,${name}${/^[A-Z]+$/.test(value) ? 1 : value}`);
	expect(examples.length).toBeGreaterThan(7);
	for (const example of examples) expect(parseModelName(example).fault).toBe("cut");
});

test("docs/lab.md has the lines that llmw lab prints", () => {
	const lines = upstreamLines("http://127.0.0.1:8089").split("\n");
	expect(lines).toHaveLength(labUpstreams.length + 1);
	for (const line of lines) expect(page).toContain(line.replace(/ +#.*$/, ""));
});
