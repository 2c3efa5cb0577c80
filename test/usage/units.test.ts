/** What is billed by other units than tokens: prices, the journal, sums, and what the API says of them. */
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { costOfUse, ownPrice } from "../../src/accounting/price.js";
import { requestsCsv, usageCsv } from "../../src/accounting/usageCsv.js";
import { lineOf, readUsage } from "../../src/accounting/usageJournal.js";
import { requestResource, resultResource } from "../../src/accounting/usageResource.js";
import { textTokens } from "../../src/chat/tokenCounts.js";
import { entriesOf } from "../../src/store/usageLine.js";
import type { UsageAttempt, UsageEntry } from "../../src/store/usageTypes.js";
import { problemsIn, settingsFrom } from "../config/files.js";
import { temporaryFolder } from "../kit/gateway.js";
import { overBothStores } from "../kit/stores.js";
import { attempt, usageRecord } from "../kit/usage.js";

describe("a price", () => {
	const price = ownPrice({
		...{ input: 2, output: 0, tiers: { flex: 0.5 } },
		units: { search_units: 0.002, images: 0.04, "images 1024x1024/high": 0.167 },
	});
	const ofUnits = (counts: object, variant?: string) =>
		costOfUse(price, { tokens: undefined, units: { counts, variant } });

	test("of a unit is for one of it, beside that of tokens", () => {
		expect(ofUnits({ search_units: 3 })).toBe(6_000_000);
		const both = { tokens: textTokens(1000, 0), units: { counts: { search_units: 1 } } };
		expect(costOfUse(price, both)).toBe(4_000_000);
		expect(costOfUse(price, both, "flex")).toBe(2_000_000);
	});

	test("of a variant goes before that of its unit", () => {
		expect(ofUnits({ images: 2 }, "1024x1024/high")).toBe(334_000_000);
		expect(ofUnits({ images: 2 }, "512x512/low")).toBe(80_000_000);
	});

	test("of a unit that has none is unknown", () => {
		expect(ofUnits({ characters: 5 })).toBeUndefined();
	});
});

describe("a configuration file", () => {
	test("has prices of units", async () => {
		const { prices } = await settingsFrom(`
prices:
  - {model: rerank, input: 0, output: 0, units: {search_units: 0.002, "images 1024x1024/high": 0.2}}
`);
		expect(prices[0]?.cost.units).toEqual({ search_units: 0.002, "images 1024x1024/high": 0.2 });
	});

	test("is told of a unit that there isn't", async () => {
		const [problem] = await problemsIn(`
prices:
  - {model: rerank, input: 0, output: 0, units: {searches: 0.002}}
`);
		expect(problem).toMatch(/prices\[0\]\.units/);
	});
});

const spoken = attempt({ tokens: null, usage: null, units: { audio_seconds: 1.25, characters: 40 }, cost: 600 });
const searched = attempt({ tokens: null, usage: null, units: { search_units: 2 }, cost: 400 });

test("the journal keeps them, and writes nothing of them for others", () => {
	const folder = temporaryFolder();
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	mkdirSync(folder, { recursive: true });
	const file = join(folder, "1.jsonl");
	const sent = usageRecord({ attempts: [], ownUnits: { file_bytes: 4 } });
	const records = [usageRecord({ attempts: [searched, searched] }), usageRecord(), sent];
	appendFileSync(file, records.map(lineOf).join(""));
	const { entries } = readUsage(file, 0, 1e6);
	const unitsOf = ({ attempts }: UsageEntry) => attempts.map(({ units }) => units);
	expect(entries.map(unitsOf)).toEqual([[{ search_units: 2 }, { search_units: 2 }], [null], []]);
	expect(entries[2]?.facts).toMatchObject({ ownUnits: { file_bytes: 4 }, cached: null });
	const columnsOf = (units: UsageAttempt["units"]) => {
		const [entry] = entriesOf([usageRecord({ attempts: [attempt({ units })] })]);
		return JSON.parse(entry?.attemptRows ?? "")[0].length;
	};
	expect(columnsOf(null)).toBe(columnsOf({ images: 1 }) - 1);
});

test("a record's table has a column for each", () => {
	const csv = requestsCsv([requestResource(usageRecord({ attempts: [spoken], units: { audio_seconds: 1.25 } }))]);
	const [head = "", line = ""] = csv.split("\r\n");
	expect(line.split(",")[head.split(",").indexOf("audio_seconds")]).toBe("1.25");
});

overBothStores(({ fresh, open }) => {
	test("a request for a file has its own, beside those of its attempts, and a price", async () => {
		const { usage } = await open(await fresh());
		const day = 1_795_564_800;
		const own = { createdAt: day, ownUnits: { file_bytes: 4 }, cost: 0 };
		await usage.add([
			usageRecord({ ...own, attempts: [] }),
			usageRecord({ ...own, attempts: [attempt({ tokens: null, usage: null, cost: null })] }),
		]);
		const { data } = await usage.list({ limit: 9, order: "asc" });
		expect(data.map(requestResource)).toMatchObject([{ units: { file_bytes: 4 } }, { units: { file_bytes: 4 } }]);
		const bucket = { width: 86_400, from: day, to: day + 86_400, by: [], filter: {} } as const;
		const [sums] = await usage.sums(bucket);
		expect(sums).toMatchObject({ requests: 2, attempts: 1, units: { file_bytes: 8 }, cost: 0 });
	});

	test("sums have fractions of seconds too", async () => {
		const { usage } = await open(await fresh());
		const day = 1_795_564_800;
		await usage.add([
			usageRecord({ createdAt: day, attempts: [spoken] }),
			usageRecord({ createdAt: day, attempts: [spoken, searched] }),
		]);
		const [record] = (await usage.list({ limit: 1, order: "desc" })).data;
		expect(record?.units).toEqual({ audio_seconds: 1.25, characters: 40, search_units: 2 });
		const sums = await usage.sums({ width: 86_400, from: day, to: day + 86_400, by: [], filter: {} });
		expect(sums[0]?.units).toEqual({ search_units: 2, characters: 80, audio_seconds: 2.5, images: 0, file_bytes: 0 });
		const results = sums.map((sum) => resultResource(sum, [], undefined));
		const csv = usageCsv([{ object: "bucket", start_time: day, end_time: day + 86_400, results }], []);
		const [head = "", line = ""] = csv.split("\r\n");
		expect(line.split(",")[head.split(",").indexOf("audio_seconds")]).toBe("2.5");
	});
});
