/** Counts which recorded exchanges pass, and holds the counts against the table of docs/providers.md. */
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";

const ways = ["as they came", "as chat completions", "as Messages", "as Responses"] as const;
type Way = (typeof ways)[number];

interface Count {
	passed: number;
	all: number;
}

/** @returns makes a test that counts for a vendor, in one of the table's columns; the rows are checked after a file's tests */
export function recordedTable(): (vendor: string, way: Way, name: string, run: () => Promise<void>) => void {
	const vendors = new Map<string, Map<Way, Count>>();
	afterAll(() => {
		const rows = [...vendors].map(rowOf);
		console.log(rows.join("\n"));
		const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
		const missing = rows.filter((row) => !page.includes(row));
		expect(missing).toEqual([]);
	});
	return (vendor, way, name, run) => {
		const counts = vendors.get(vendor) ?? new Map<Way, Count>();
		vendors.set(vendor, counts);
		const count = counts.get(way) ?? { passed: 0, all: 0 };
		counts.set(way, count);
		count.all += 1;
		test(name, async () => {
			await run();
			count.passed += 1;
		});
	};
}

function rowOf([vendor, counts]: [string, ReadonlyMap<Way, Count>]): string {
	const cells = ways.map((way) => {
		const count = counts.get(way);
		return count === undefined ? "" : `${count.passed}/${count.all}`;
	});
	return `| ${vendor} | ${cells.join(" | ")} |`;
}
