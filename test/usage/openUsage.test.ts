/** Usage of sessions that are still open: kept beside the journal, and moved when its process is no more. */
import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { usageMover } from "../../src/accounting/usageMover.js";
import { createUsageRecorder } from "../../src/accounting/usageRecorder.js";
import type { UsageEntry, UsageRecord } from "../../src/store/usageTypes.js";
import { temporaryFolder } from "../kit/gateway.js";
import { attempt, tokens, usageRecord } from "../kit/usage.js";

function scene() {
	vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const dataFolder = temporaryFolder();
	const journal = join(dataFolder, "usage");
	const open = join(journal, "open");
	const recorder = createUsageRecorder({ dataFolder, storeUrl: undefined }, () => {});
	onTestFinished(() => recorder.close());
	const stored: UsageEntry[] = [];
	const mover = usageMover(
		{ addEntries: async (entries: readonly UsageEntry[]) => void stored.push(...entries) },
		journal,
		() => {},
	);
	return {
		recorder,
		stored,
		mover,
		journal,
		open,
		/** Its process has not been heard of for that long. */
		age(ms: number) {
			const then = new Date(Date.now() - ms);
			for (const name of readdirSync(open)) utimesSync(join(open, name), then, then);
		},
	};
}

function used(record: UsageRecord, output: number): () => UsageRecord {
	return () => ({ ...record, attempts: [attempt({ tokens: tokens(5, output), usage: null })] });
}

test("what an open session has used last is moved once its process is no more, and not before", async () => {
	const { recorder, stored, mover, age, open } = scene();
	const record = usageRecord();
	recorder.keep(record.id, used(record, 7));
	recorder.keep(record.id, used(record, 8));
	vi.advanceTimersByTime(500);
	recorder.keep(record.id, used(record, 9));
	vi.advanceTimersByTime(500);
	age(30_000);
	await mover.move();
	expect(stored).toEqual([]);
	age(61_000);
	await mover.move();
	expect(stored).toMatchObject([{ id: record.id, attempts: [{ tokens: { output: 9 } }] }]);
	expect(existsSync(open)).toBe(false);
	await mover.move();
	expect(stored).toHaveLength(1);
});

test("a session that is over has its record in the journal alone", async () => {
	const { recorder, stored, mover, journal, open } = scene();
	const record = usageRecord();
	recorder.keep(record.id, used(record, 7));
	vi.advanceTimersByTime(500);
	recorder.add(record);
	expect(readdirSync(open)).toHaveLength(1);
	vi.advanceTimersByTime(500);
	expect(existsSync(open)).toBe(false);
	recorder.close();
	await mover.move();
	expect(stored.map(({ id }) => id)).toEqual([record.id]);
	expect(readdirSync(journal)).toEqual([]);
});

test("a process that is there says so", async () => {
	const { recorder, stored, mover, age } = scene();
	const record = usageRecord();
	recorder.keep(record.id, used(record, 7));
	vi.advanceTimersByTime(500);
	age(61_000);
	vi.advanceTimersByTime(10_000);
	await mover.move();
	expect(stored).toEqual([]);
});
