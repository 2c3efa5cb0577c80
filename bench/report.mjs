/** Shows a run's results as tables on the terminal. */
import { show } from "./numbers.mjs";

/** @typedef {Record<string, Record<string, any>>} Rows by subject */

/**
 * @param {string[]} header
 * @param {string[][]} rows first column left-aligned, the others right-aligned
 */
export function table(header, rows) {
	const all = [header, ...rows];
	const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
	const line = (/** @type {string[]} */ row) => {
		const cells = row.map((cell, column) => {
			const width = widths[column] ?? 0;
			return column === 0 ? cell.padEnd(width) : cell.padStart(width);
		});
		return `  ${cells.join("   ").trimEnd()}`;
	};
	const rule = `  ${widths.map((width) => "─".repeat(width)).join("───")}`;
	return [line(header), rule, ...rows.map(line)].join("\n");
}

/**
 * @param {string} title
 * @param {Record<string, string>} columns field name → heading
 * @param {Rows} rows
 */
export function measureTable(title, columns, rows) {
	const good = Object.entries(rows).filter(([, row]) => !row.error);
	const failed = Object.entries(rows).filter(([, row]) => row.error);
	const keys = Object.keys(columns).filter((key) => good.some(([, row]) => row[key] !== undefined));
	const header = ["", ...keys.map((key) => columns[key] ?? key)];
	const body = good.map(([subject, row]) => [subject, ...keys.map((key) => show(row[key]))]);
	const parts = [`\n${title}`, table(header, body)];
	for (const [subject, row] of failed) parts.push(`  ${subject}: not measured: ${row.error}`);
	return parts.join("\n");
}

/**
 * A measure's own targets, below its table.
 * @param {import("./targets.mjs").Verdict[]} verdicts
 */
export function targetLines(verdicts) {
	return verdicts
		.filter(({ verdict }) => verdict !== "not measured")
		.map(({ measure, target, measured, ratio, verdict }) => {
			return `  → ${measure}: ${measured}, ratio ${ratio?.toFixed(2)}; target ${target}: ${verdict}`;
		});
}

/** @param {import("./targets.mjs").Verdict[]} verdicts */
export function targetTable(verdicts) {
	const header = ["measure", "target", "measured", "ratio", ""];
	const rows = verdicts.map(({ measure, target, measured, ratio, verdict }) => [
		measure,
		target,
		measured,
		ratio === null ? "-" : ratio.toFixed(2),
		verdict,
	]);
	return `\nTargets (llmgw; ratio to what the target names, or to the limit)\n${table(header, rows)}`;
}

/** @param {ReturnType<typeof import("./machine.mjs").describeMachine>} machine */
export function machineLine(machine) {
	const { cpu, cores, memoryGb, node, system, pinning } = machine;
	return `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}; pinned: ${pinning}`;
}
