/**
 * Files that one process appends to, and nobody else: what a `write` has given to the system, `kill -9` can't take back. A file
 * that is long or old is sealed, and another begun. `journalFiles.ts` reads them.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { journalSuffix, sealLine } from "./journalFiles.js";

interface OpenFile {
	readonly fd: number;
	bytes: number;
	readonly since: number;
}

/** A file that is longer or older is sealed. */
export interface AppendLimits {
	readonly maxBytes: number;
	readonly maxAgeMs: number;
}

export class AppendFiles {
	readonly #folder: string;
	readonly #limits: AppendLimits;
	#file: OpenFile | undefined;
	#made = 0;

	/** @param folder is made once something is written */
	constructor(folder: string, limits: AppendLimits) {
		this.#folder = folder;
		this.#limits = limits;
	}

	/** @returns how many bytes were written, and what kept the rest from it */
	append(bytes: Buffer): { written: number; error?: unknown } {
		let written = 0;
		try {
			const file = this.#current();
			while (written < bytes.length) {
				const count = writeSync(file.fd, bytes, written, bytes.length - written);
				written += count;
				file.bytes += count;
			}
			return { written };
		} catch (error) {
			// A record that was cut would swallow the next one.
			if (written > 0 && this.#file) {
				closeSync(this.#file.fd);
				this.#file = undefined;
			}
			return { written, error };
		}
	}

	/** Nothing more is written for now. */
	seal(): void {
		if (!this.#file) return;
		const { fd } = this.#file;
		this.#file = undefined;
		try {
			writeSync(fd, `${sealLine}\n`);
		} catch {
			// It then counts as abandoned, after a while.
		} finally {
			closeSync(fd);
		}
	}

	#current(): OpenFile {
		const now = Date.now();
		const { maxBytes, maxAgeMs } = this.#limits;
		if (this.#file && (this.#file.bytes > maxBytes || now - this.#file.since > maxAgeMs)) this.seal();
		this.#file ??= { fd: this.#begin(now), bytes: 0, since: now };
		return this.#file;
	}

	/** Names are in the order of time, and never used twice. */
	#begin(now: number): number {
		this.#made += 1;
		const name = `${now}-${String(this.#made).padStart(6, "0")}-${process.pid}${journalSuffix}`;
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
		return openSync(join(this.#folder, name), "ax", 0o600);
	}
}
