/** The journal of usage: written in batches, moved once, and never in anybody's way. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { LineBuffer } from "../../src/accounting/lineBuffer.js";
import { lineOf, readUsage, usageFolder } from "../../src/accounting/usageJournal.js";
import { usageMover } from "../../src/accounting/usageMover.js";
import { createUsageRecorder } from "../../src/accounting/usageRecorder.js";
import { StoreError } from "../../src/store/store.js";
import { entriesOf } from "../../src/store/usageLine.js";
import type { UsageEntry, UsageRecord } from "../../src/store/usageTypes.js";
import { temporaryFolder } from "../kit/gateway.js";
import { attempt, tokens, usageRecord } from "../kit/usage.js";

let dataFolder = "";
let folder = "";
const complaints: string[] = [];
beforeEach(() => {
	dataFolder = temporaryFolder();
	folder = join(dataFolder, "usage");
	complaints.length = 0;
	onTestFinished(() => rmSync(dataFolder, { recursive: true, force: true }));
});
const complain = (line: string) => void complaints.push(line);
const recorder = () => createUsageRecorder({ dataFolder, storeUrl: undefined }, complain);

/** A store that keeps records, or fails as a test wants. */
function memoryStore(fail: (entries: readonly UsageEntry[]) => void = () => {}) {
	const ids: string[] = [];
	return {
		ids,
		async addEntries(entries: readonly UsageEntry[]) {
			fail(entries);
			ids.push(...entries.map(({ id }) => id));
		},
	};
}

const linesIn = () =>
	readdirSync(folder)
		.sort()
		.flatMap((file) => readFileSync(join(folder, file), "utf8").trimEnd().split("\n"));

test("records are written within half a second, together, and at once when it closes", async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const written = recorder();
	written.add(usageRecord());
	written.add(usageRecord());
	expect(existsSync(folder)).toBe(false);
	vi.advanceTimersByTime(500);
	expect(linesIn()).toHaveLength(2);
	written.add(usageRecord());
	written.close();
	expect(linesIn().slice(2)).toEqual([expect.stringContaining('"usage_'), "end"]);
});

test("what is moved is moved once, and its file goes when nobody writes it any more", async () => {
	const records = [usageRecord(), usageRecord(), usageRecord()];
	const written = recorder();
	for (const record of records) written.add(record);
	written.close();
	const store = memoryStore();
	const mover = usageMover(store, folder, complain);
	await mover.move();
	await mover.move();
	expect(store.ids).toEqual(records.map(({ id }) => id));
	expect(readdirSync(folder)).toEqual([]);
});

test("a record that was cut waits for its end, and holds up no other file", async () => {
	mkdirSync(folder);
	const [first, second, third] = [usageRecord(), usageRecord(), usageRecord()];
	const text = lineOf(second);
	writeFileSync(join(folder, "1-000001-1.records"), `${lineOf(first)}${text.slice(0, 50)}`);
	writeFileSync(join(folder, "2-000001-2.records"), lineOf(third));
	const store = memoryStore();
	const mover = usageMover(store, folder, complain);
	await mover.move();
	expect(store.ids).toEqual([first.id, third.id]);
	appendFileSync(join(folder, "1-000001-1.records"), text.slice(50));
	await mover.move();
	expect(store.ids).toEqual([first.id, third.id, second.id]);
});

test("while the store is away records stay where they are", async () => {
	const written = recorder();
	const record = usageRecord();
	written.add(record);
	written.close();
	let isAway = true;
	const store = memoryStore(() => {
		if (isAway) throw new StoreError("unavailable", "away");
	});
	const mover = usageMover(store, folder, complain);
	await expect(mover.move()).rejects.toThrow("away");
	isAway = false;
	await mover.move();
	expect(store.ids).toEqual([record.id]);
	expect(complaints).toEqual([]);
});

test("a record that the store never takes is said to be lost, and keeps no other from it", async () => {
	const records = [usageRecord(), usageRecord({ requestId: "bad" }), usageRecord()];
	const written = recorder();
	for (const record of records) written.add(record);
	written.close();
	const store = memoryStore((given) => {
		if (given.some(({ requestId }) => requestId === "bad")) throw new Error("no such thing");
	});
	await usageMover(store, folder, complain).move();
	expect(store.ids).toEqual([records[0]?.id, records[2]?.id]);
	expect(complaints).toEqual(["the usage of request bad can't be stored: no such thing"]);
});

test("what can't be written is complained of once, kept, and written later", () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	// A file stands where the folder is to be.
	writeFileSync(folder, "");
	const written = recorder();
	written.add(usageRecord());
	vi.advanceTimersByTime(2_000);
	written.add(usageRecord());
	vi.advanceTimersByTime(2_000);
	expect(complaints).toEqual([expect.stringMatching(/^Usage can't be recorded: E/)]);
	rmSync(folder);
	vi.advanceTimersByTime(1_000);
	expect(linesIn()).toHaveLength(2);
});

test("without a data folder it is complained of, and requests go on", () => {
	const written = createUsageRecorder({ dataFolder: undefined, storeUrl: undefined }, complain);
	written.add(usageRecord());
	written.add(usageRecord());
	written.close();
	expect(complaints).toEqual([expect.stringContaining("set one with --data")]);
});

test("a host's endless usage object is left out", () => {
	const written = recorder();
	const [attempt] = usageRecord().attempts;
	if (attempt === undefined) throw new Error("no attempt");
	written.add(usageRecord({ attempts: [{ ...attempt, usage: { text: "x".repeat(100_000) } }] }));
	written.close();
	const [file = ""] = readdirSync(folder);
	const [read] = readUsage(join(folder, file), 0, 1).entries;
	expect(read?.attempts).toEqual([{ ...attempt, usage: null }]);
});

test("gateways with different stores have different journals in one data folder, whatever the password", () => {
	const of = (storeUrl: string | undefined) => usageFolder({ dataFolder: "/d", storeUrl });
	expect(of(undefined)).toBe("/d/usage");
	expect(of("postgres://u:one@h/x")).toBe(of("postgres://u:two@h/x"));
	expect(of("postgres://u@h/x")).not.toBe(of("postgres://u@h/y"));
});

/** What the journal keeps of a record: what follows from the attempts is left out. */
function keptOf({ tokens: _tokens, units: _units, cost: _cost, ...record }: UsageRecord): UsageEntry {
	const { id, createdAt, requestId, durationMs, firstTokenMs, attempts, ...facts } = record;
	return { id, createdAt, requestId, durationMs, firstTokenMs, attempts, attemptRows: expect.any(String), facts };
}

function entriesIn(text: string): ReturnType<typeof readUsage> {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "1-000001-1.records"), text);
	return readUsage(join(folder, "1-000001-1.records"), 0, 10);
}

test("a record is read as it was written, whatever its attempts came to", () => {
	const said = { prompt_tokens: 5, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 2 } };
	const attempts = [
		attempt({ outcome: "timeout", status: null, tokens: null, cost: null, usage: null }),
		attempt({ kind: "failover", tokens: tokens(5, 9), isEstimated: true, usage: { ...said } }),
		attempt({ kind: "rescue", tokens: tokens(5, 7, { cached: 2 }), usage: said, cost: null }),
	];
	const records = [
		usageRecord({ attempts, isEstimated: true, tags: { "a\t": 'b\n\t"\u2028é' }, requestId: "\t[]" }),
		usageRecord({ attempts: [], outcome: "refused", cost: null, keyId: "key_1", keyName: "bot", firstTokenMs: 7.5 }),
		usageRecord({ session: { id: "session_1", name: "\t" } }),
		usageRecord({ cached: { kind: "exact", saved: 3, similarity: null }, ownUnits: { file_bytes: 4 } }),
	];
	expect(entriesIn(records.map(lineOf).join("")).entries).toEqual(records.map(keptOf));
});

test("a recorder writes each record's own facts, also where a key's last ones differed, in any order", () => {
	const tags = { a: "b" };
	const records = ["fast", "fast", "slow", "fast"].flatMap((model) =>
		["key_1", null, "key_2"].map((keyId) => usageRecord({ keyId, model, tags, agent: keyId })),
	);
	const more = [usageRecord({ tags: {} }), usageRecord({ tags: { a: "c" } }), usageRecord({ status: 500 })];
	const written = recorder();
	for (const record of [...records, ...more]) written.add(record);
	written.close();
	const [file = ""] = readdirSync(folder);
	const { entries } = readUsage(join(folder, file), 0, 100);
	expect(entries).toEqual([...records, ...more].map(keptOf));
});

test("records that are alike share what they have the same", () => {
	const records = [usageRecord(), usageRecord({ model: "other" }), usageRecord({ durationMs: 5 })];
	const [first, second, third] = entriesIn(records.map(lineOf).join("")).entries;
	expect(third?.facts).toBe(first?.facts);
	expect(second?.facts).not.toBe(first?.facts);
});

describe("a journal that an earlier version has written", () => {
	const said = { prompt_tokens: 5, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 2 } };
	const head = ["usage_1", 1_795_564_800, "req-1", "createChatCompletion", "key_1", "bot", "red", null, "chat", "fast"];
	const rest = ["llama-3", "gpu", true, 200, "completed", null, 13.4, 2.5, { a: "b\t" }, { a: "b\t" }];
	const record = usageRecord({
		...{ id: "usage_1", createdAt: 1_795_564_800, keyId: "key_1", keyName: "bot", team: "red", isStream: true },
		...{ firstTokenMs: 2.5, tags: { a: "b\t" }, summedTags: { a: "b\t" } },
	});
	const before = ["gpu", "llama", "llama-3", "first", "ok", 200, 12.3];

	test.each([
		[
			"tokens that follow from the usage object",
			[...before, false, 1_200, said, true],
			attempt({ tokens: tokens(5, 7, { cached: 2 }), usage: said }),
		],
		[
			"estimated tokens",
			[...before, true, 1_200, null, [5, 0, 0, 0, 0, 0, 9, 0, 0, 0], "flex", "upstream"],
			attempt({ tokens: tokens(5, 9), isEstimated: true, usage: null, tier: "flex", costSource: "upstream" }),
		],
		["named tokens", [...before, false, 1_200, null, { input: 5, output: 7 }], attempt({ usage: null })],
	])("is moved, with %s", (_what, row, read) => {
		const attempts = [read];
		const later = ["session_1", "codex", null, { kind: "exact", saved: 3, similarity: null }];
		const session = { id: "session_1", name: "s" };
		const lines = [
			[...head, ...rest, [row]],
			[...head, ...rest, [row], session, ...later.slice(1)],
		];
		const { entries } = entriesIn(`${lines.map((line) => JSON.stringify(line)).join("\n")}\nend\n`);
		const cached = { kind: "exact", saved: 3, similarity: null } as const;
		const { isEstimated } = read;
		expect(entries).toEqual([
			keptOf({ ...record, attempts, isEstimated }),
			keptOf({ ...record, attempts, isEstimated, session, agent: "codex", cached }),
		]);
		// The table has no usage object to take tokens from.
		expect(entries.map(({ attemptRows }) => attemptRows)).toEqual(
			entriesOf([
				{ ...record, attempts },
				{ ...record, attempts },
			]).map(({ attemptRows }) => attemptRows),
		);
	});
});

test.each([
	["zeros", "\0".repeat(200)],
	["a line whose start is missing", lineOf(usageRecord()).slice(40, -1)],
	["a line whose end is missing", lineOf(usageRecord()).slice(0, -40)],
	["a part that is none", "1\t2\t3"],
	["another array", "[1,2]"],
	["nothing", ""],
])("a damaged line loses only itself: %s", async (_what, line) => {
	const records = [usageRecord(), usageRecord()];
	const [before = "", after = ""] = records.map(lineOf);
	mkdirSync(folder);
	writeFileSync(join(folder, "1-000001-1.records"), `${before}${line}\n${after}end\n`);
	const store = memoryStore();
	await usageMover(store, folder, complain).move();
	expect(store.ids).toEqual(records.map(({ id }) => id));
	expect(readdirSync(folder)).toEqual(["1-000001-1.records.damaged"]);
	expect(complaints).toEqual([
		expect.stringMatching(/^damaged usage records in .*1-000001-1\.records are left out: 1$/),
	]);
});

describe("lines that wait", () => {
	const textOf = (lines: LineBuffer) => lines.bytes.toString();

	test("are all there, however long, in any letters", () => {
		const lines = new LineBuffer(10_000_000);
		const given = Array.from({ length: 2_000 }, (_line, at) => `${at} ${"ü€😀".repeat(at % 60)}\n`);
		for (const line of given) expect(lines.add(line)).toBe(0);
		expect(textOf(lines)).toBe(given.join(""));
		expect(lines.length).toBe(Buffer.byteLength(given.join("")));
	});

	test("give way to newer ones when there are too many, and are counted", () => {
		const lines = new LineBuffer(100_000);
		let lost = 0;
		for (let at = 0; at < 5_000; at += 1) lost += lines.add(`${String(at).padStart(99, "0")}\n`);
		const left = textOf(lines).trimEnd().split("\n");
		expect(left.length + lost).toBe(5_000);
		expect([Number(left[0]), Number(left.at(-1))]).toEqual([lost, 4_999]);
		expect(left.length).toBeGreaterThan(500);
		expect(lines.length).toBeLessThanOrEqual(100_000);
	});

	test("stay when they are written in part only", () => {
		const lines = new LineBuffer(1_000);
		for (const line of ["one\n", "two\n", "three\n"]) lines.add(line);
		lines.drop(0);
		lines.drop(6);
		expect(textOf(lines)).toBe("two\nthree\n");
		lines.drop(lines.length);
		expect(textOf(lines)).toBe("");
	});

	test("one that is longer than all may be is there alone", () => {
		const lines = new LineBuffer(1_000);
		lines.add("first\n");
		expect(lines.add(`${"x".repeat(100_000)}\n`)).toBe(1);
		expect(lines.length).toBe(100_001);
	});
});
