/** Writes contents that the gateway keeps, within their owner's quota, and makes records of them. */
import type { FileRecord, FileStore } from "../store/fileTypes.js";
import { newId } from "../store/newId.js";
import { type Bound, bounded } from "./bounded.js";
import { type ByteSource, type Contents, type WrittenBytes, writeMeasured } from "./contents.js";
import { quotaExceeded } from "./failures.js";

export interface NewFile {
	readonly filename: string;
	readonly purpose: string;
	/** `application/octet-stream` by default. */
	readonly mediaType?: string | undefined;
	/** Seconds after which it is removed; undefined for never, but for the setting `fileMaxAge`. */
	readonly expiresAfter?: number | undefined;
}

/** A content that was written, and is no file's yet. */
export interface Written extends WrittenBytes {
	readonly content: string;
}

export interface WriteBounds {
	/** Besides the owner's quota. */
	readonly most?: Bound | undefined;
	/** Bytes of the owner's that are about to be removed. */
	readonly freedBytes?: number;
}

const letterCount = 24;

export class FileWriter {
	readonly contents: Contents;
	readonly #store: FileStore;
	readonly #quotaBytes: number;
	readonly #now: () => number;

	/** @param now milliseconds since the epoch */
	constructor(contents: Contents, store: FileStore, quotaBytes: number, now: () => number) {
		this.contents = contents;
		this.#store = store;
		this.#quotaBytes = quotaBytes;
		this.#now = now;
	}

	/** @throws GatewayError 413 for what its owner could never keep */
	requirePossible(bytes: number): void {
		if (bytes > this.#quotaBytes) throw quotaExceeded(this.#quotaBytes);
	}

	/**
	 * If it fails, nothing is left.
	 *
	 * @throws GatewayError 413 if the source is too large, or the owner has too many
	 * @throws StoreError `full` or `unavailable`
	 */
	async write(owner: string, source: ByteSource, { most, freedBytes = 0 }: WriteBounds = {}): Promise<Written> {
		const room = async () => this.#quotaBytes + freedBytes - (await this.#store.usedBytes(owner));
		const quota = { maxBytes: await room(), error: () => quotaExceeded(this.#quotaBytes) };
		const bounds = most === undefined ? [quota] : [most, quota];
		const content = newId("", 32);
		const written = { content, ...(await writeMeasured(this.contents, content, bounded(source, bounds))) };
		return this.keeping(written, async () => {
			// Others of the same owner may have come meanwhile.
			if (written.bytes > (await room())) throw quota.error();
			return written;
		});
	}

	/** Does something with a content, which is removed if that fails. */
	async keeping<Result>({ content }: Written, use: () => Promise<Result>): Promise<Result> {
		try {
			return await use();
		} catch (thrown) {
			await this.contents.remove(content).catch(() => {});
			throw thrown;
		}
	}

	recordOf({ filename, purpose, mediaType, expiresAfter }: NewFile, { bytes, content, sha256 }: Written): FileRecord {
		const createdAt = this.seconds();
		return {
			...{ id: newId("file-", letterCount), upstream: undefined, filename, purpose, bytes, content, sha256, createdAt },
			mediaType: mediaType ?? "application/octet-stream",
			expiresAt: expiresAfter === undefined ? undefined : createdAt + expiresAfter,
		};
	}

	/** Since the epoch. */
	seconds(): number {
		return Math.floor(this.#now() / 1000);
	}
}
