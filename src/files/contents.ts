/** Contents of files: what keeps them, and what is said of one that is written. */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

/** Bytes as they come; an error that it throws ends what takes them. */
export type ByteSource = AsyncIterable<Uint8Array>;

export interface Contents {
	/**
	 * Keeps bytes under a new name. If it fails, nothing of them is left.
	 *
	 * @throws StoreError `full`, or whatever the source throws
	 */
	write(name: string, source: ByteSource): Promise<void>;
	/** @throws StoreError `not_found` */
	read(name: string): Promise<Readable>;
	/** Idempotent. */
	remove(name: string): Promise<void>;
	/** Gives up what is held back for deletions on a full disk; the next content that is written holds it back again. */
	makeRoom?(): Promise<void>;
	/** Removes what nothing refers to, such as of a process that was killed. */
	sweep(): Promise<void>;
}

export interface WrittenBytes {
	readonly bytes: number;
	/** Hexadecimal. */
	readonly sha256: string;
	/** Hexadecimal. */
	readonly md5: string;
}

/** Writes, and says what was written. */
export async function writeMeasured(contents: Contents, name: string, source: ByteSource): Promise<WrittenBytes> {
	const sha256 = createHash("sha256");
	const md5 = createHash("md5");
	let bytes = 0;
	async function* measured() {
		for await (const piece of source) {
			sha256.update(piece);
			md5.update(piece);
			bytes += piece.length;
			yield piece;
		}
	}
	await contents.write(name, measured());
	return { bytes, sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}

/** The contents of several names, one after the other. */
export async function* readAll(contents: Contents, names: readonly string[]): AsyncGenerator<Uint8Array> {
	for (const name of names) yield* (await contents.read(name)) as AsyncIterable<Uint8Array>;
}
