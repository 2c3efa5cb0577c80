/** Notes when keys were last used: gathered in memory, and written once a minute. */
import type { KeyStore } from "../store/keyTypes.js";

const writeEveryMs = 60_000;

export interface KeyUsage {
	note(keyId: string): void;
	/** Writes what has been gathered. */
	close(): Promise<void>;
}

/** @param now milliseconds since the epoch */
export function createKeyUsage(keys: Pick<KeyStore, "touch">, now: () => number = Date.now): KeyUsage {
	let used = new Set<string>();
	async function write(): Promise<void> {
		const ids = [...used];
		used = new Set();
		if (ids.length === 0) return;
		const usedAt = Math.floor(now() / 60_000) * 60;
		// It is a note for people; the store itself complains if it can't be written, and the next use is noted again.
		await keys.touch(ids, usedAt).catch(() => {});
	}
	const timer = setInterval(write, writeEveryMs).unref();
	return {
		note: (keyId) => void used.add(keyId),
		async close() {
			clearInterval(timer);
			await write();
		},
	};
}
