/**
 * Files that only one process appends to. Bytes that a `write` has handed to the system survive `kill -9`. A file that is too
 * long or too old is sealed, and another is begun. `journalFiles.ts` reads them.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { journalSuffix, sealLine } from "./journalFiles.js";

interface OpenFile {
	readonly fd: number;
	bytes: number;
	readonly since: number;
}

/** A file beyond either limit is sealed. */
export interface AppendLimits {
	readonly maxBytes: number;
	readonly maxAgeMs: number;
}

export class AppendFiles {
	readonly #folder: string;
	readonly #limits: AppendLimits;
	#file: OpenFile | undefined;
	#fileCount = 0;

	/** @param folder created by the first write */
	constructor(folder: string, limits: AppendLimits) {
		this.#folder = folder;
		this.#limits = limits;
	}

	/** @returns the number of bytes written, and the error that stopped the rest */
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
			// A truncated record would swallow the next one.
			if (written > 0 && this.#file) {
				closeSync(this.#file.fd);
				this.#file = undefined;
			}
			return { written, error };
		}
	}

	/** Ends the current file; the next append begins another. */
	seal(): void {
		if (!this.#file) return;
		const { fd } = this.#file;
		this.#file = undefined;
		try {
			writeSync(fd, `${sealLine}\n`);
		} catch {
			// The file then counts as abandoned after a while.
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

	/** Names sort by time and are never reused. */
	#begin(now: number): number {
		this.#fileCount += 1;
		const name = `${now}-${String(this.#fileCount).padStart(6, "0")}-${process.pid}${journalSuffix}`;
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
		return openSync(join(this.#folder, name), "ax", 0o600);
	}
}
