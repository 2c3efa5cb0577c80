/** The keeper: a process beside the workers that does what takes the store time, so that no request waits for it. */
import { setTimeout as sleep } from "node:timers/promises";
import { startRetention } from "./completions/retention.js";
import { messageOf } from "./contract/problem.js";
import type { KeeperSettings } from "./keeperProcess.js";
import { lazyStore } from "./store/lazyStore.js";
import { StoreError } from "./store/store.js";

/** How long what was stored may stay in the journal, from which a reader would have to move it. */
const pauseMs = 100;
const pauseAfterFailureMs = 1_000;

function complain(line: string): void {
	if (process.connected) process.send?.(line);
}

async function keep(settings: KeeperSettings): Promise<void> {
	const { storeUrl, storeMaxAgeMs: maxAgeMs, storeMaxCount: maxCount } = settings;
	const store = lazyStore(settings, complain);
	const retains = maxAgeMs !== undefined || maxCount !== undefined;
	const retention = retains && startRetention(store.completions, { maxAgeMs, maxCount }, complainOfRetention);
	const stopped = new AbortController();
	process.once("disconnect", () => stopped.abort());
	while (process.connected) {
		// PostgreSQL has no journal.
		const isSettled =
			storeUrl !== undefined ||
			(await store.settle().then(
				() => true,
				() => false,
			));
		await sleep(isSettled ? pauseMs : pauseAfterFailureMs, undefined, { signal: stopped.signal }).catch(() => {});
	}
	if (retention) await retention.stop();
	await store.close();
}

/** The store itself complains of what is wrong with it. */
function complainOfRetention(error: unknown): void {
	if (!(error instanceof StoreError)) complain(`stored completions can't be removed: ${messageOf(error)}`);
}

// The primary decides when it ends, by ending itself if need be.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
process.once("message", (settings: KeeperSettings) =>
	keep(settings).catch((error: unknown) => {
		complain(`the store's keeper ends: ${messageOf(error)}`);
		process.exitCode = 1;
	}),
);
