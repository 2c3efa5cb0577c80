/** The store writer: a process beside the workers that does the slow work of the store, so that no request waits for it. */
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { usageFolder } from "../accounting/usageJournal.js";
import { usageMover } from "../accounting/usageMover.js";
import { type Retention, startRetention } from "../completions/retention.js";
import { messageOf } from "../errors/problem.js";
import { collectAfterStart } from "../exchange/collectGarbage.js";
import { LocalFiles } from "../files/localFiles.js";
import { lazyStore } from "../store/lazyStore.js";
import { type Store, StoreError } from "../store/store.js";
import type { StoreWriterSettings } from "./storeWriterProcess.js";

/** How long what was stored may stay in the journal, from which a reader would have to move it. */
const pauseMs = 100;
const pauseAfterFailureMs = 1_000;

function complain(line: string): void {
	if (process.connected) process.send?.(line, undefined, undefined, () => {});
}

async function run(settings: StoreWriterSettings): Promise<void> {
	const store = lazyStore(settings, complain);
	const rounds = retentionOf(settings, store);
	const moves = movesOf(settings, store);
	const stopped = new AbortController();
	process.once("disconnect", () => stopped.abort());
	while (process.connected) {
		const results = await Promise.allSettled(moves.map((move) => move()));
		const isDone = results.every(({ status }) => status === "fulfilled");
		await sleep(isDone ? pauseMs : pauseAfterFailureMs, undefined, { signal: stopped.signal }).catch(() => {});
	}
	// Records that were written during the last round, or as the workers ended.
	await Promise.allSettled([...rounds.map((round) => round.stop()), ...moves.map((move) => move())]);
	await store.close();
}

/** Moves what workers have written from the journals to the tables, one function for each kind. */
function movesOf(settings: StoreWriterSettings, store: Store): (() => Promise<void>)[] {
	const folder = settings.usage ? usageFolder(settings) : undefined;
	const usage = folder === undefined ? undefined : usageMover(store.usage, folder, complain);
	return [
		// PostgreSQL has no journal of completions.
		...(settings.storeUrl === undefined ? [() => store.settle()] : []),
		...(usage === undefined ? [] : [() => usage.move()]),
	];
}

function retentionOf(settings: StoreWriterSettings, store: Store): Retention[] {
	const { storeMaxAgeMs: maxAgeMs, storeMaxCount: maxCount, usage, usageMaxAgeMs } = settings;
	const { cacheMaxBytes: maxBytes, responseMaxAgeMs, responseMaxCount } = settings;
	const files = new LocalFiles(settings, store);
	const cached = maxBytes === undefined ? undefined : { retain: () => store.cache.retain({ maxBytes }) };
	const usageRecords = { retain: () => store.usage.retain(usageMaxAgeMs) };
	return [
		...(maxAgeMs === undefined && maxCount === undefined
			? []
			: [startRetention(store.completions, { maxAgeMs, maxCount }, complainOf("stored completions"))]),
		startRetention(
			store.responses,
			{ maxAgeMs: responseMaxAgeMs, maxCount: responseMaxCount },
			complainOf("kept responses"),
		),
		startRetention(store.conversations, { maxAgeMs: responseMaxAgeMs }, complainOf("conversations")),
		startRetention(files, {}, complainOf("files")),
		...(usage ? [startRetention(usageRecords, {}, complainOf("usage records"))] : []),
		...(cached ? [startRetention(cached, {}, complainOf("cached answers"))] : []),
	];
}

/** A `StoreError` was complained of by the store itself. */
function complainOf(what: string): (error: unknown) => void {
	return (error) => {
		if (!(error instanceof StoreError)) complain(`${what} can't be removed: ${messageOf(error)}`);
	};
}

/** Requests come first: what is in the journal is safe, and may wait for the CPU. */
const niceness = 10;
setPriority(niceness);
collectAfterStart();

// The primary decides when it ends, by ending itself if need be.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
process.once("message", (settings: StoreWriterSettings) =>
	run(settings).catch((error: unknown) => {
		complain(`the store writer ends: ${messageOf(error)}`);
		process.exitCode = 1;
	}),
);
