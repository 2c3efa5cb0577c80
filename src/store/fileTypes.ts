/** Files and uploads: their tables, and how what is known of them is kept and found. Contents are kept by `src/files/`. */
import type { Generated } from "kysely";
import type { Listed, Page } from "./page.js";

export interface FileTables {
	file: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		/** The upstream that has it; null for the gateway itself. */
		upstream: string | null;
		/** JSON, as `media_type` is. */
		filename: string;
		media_type: string;
		purpose: string;
		bytes: number;
		/** What the gateway calls its content; null for an upstream's. */
		content: string | null;
		/** Hexadecimal. */
		sha256: string | null;
		/** Seconds since the epoch. */
		created_at: number;
		expires_at: number | null;
	};
	upload: {
		id: string;
		owner: string;
		upstream: string | null;
		/** JSON, as `media_type` is. */
		filename: string;
		media_type: string;
		purpose: string;
		/** Of all parts, as announced. */
		bytes: number;
		/** Of the file that it becomes. */
		expires_after: number | null;
		status: string;
		/** The file that it has become. */
		file: string | null;
		created_at: number;
		expires_at: number;
	};
	upload_part: { id: string; upload: string; content: string | null; bytes: number; created_at: number };
	/** Contents of PostgreSQL installations, whose machines share no disk. */
	file_chunk: { content: string; number: number; data: Uint8Array; created_at: number };
}

export interface FileRecord {
	/** The upstream's own, or `file-` (`file_` for Anthropic's clients) and 24 letters and digits. */
	readonly id: string;
	/** The upstream that has it; undefined for the gateway itself. */
	readonly upstream: string | undefined;
	readonly filename: string;
	readonly mediaType: string;
	readonly purpose: string;
	readonly bytes: number;
	/** What the gateway calls its content; undefined for an upstream's. */
	readonly content: string | undefined;
	/** Hexadecimal; undefined for an upstream's. */
	readonly sha256: string | undefined;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	readonly expiresAt: number | undefined;
}

export type UploadStatus = "pending" | "completed" | "cancelled" | "expired";

export interface UploadRecord {
	readonly id: string;
	readonly upstream: string | undefined;
	readonly filename: string;
	readonly mediaType: string;
	readonly purpose: string;
	/** Of all parts, as announced. */
	readonly bytes: number;
	/** Seconds from its creation after which the file that it becomes is removed. */
	readonly expiresAfter: number | undefined;
	readonly status: UploadStatus;
	/** Id of the file that it has become. */
	readonly file: string | undefined;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	readonly expiresAt: number;
}

export interface UploadPart {
	readonly id: string;
	/** Undefined for an upstream's. */
	readonly content: string | undefined;
	readonly bytes: number;
	readonly createdAt: number;
}

/** Whoever is asked for what has expired, or for another owner's, has none. */
export interface FileStore {
	/** One that is there already is replaced. */
	add(owner: string, file: FileRecord): Promise<void>;
	get(owner: string, id: string): Promise<FileRecord | undefined>;
	/** @throws StoreError `not_found` if there is no file `after` */
	list(owner: string, page: Page & { purpose?: string | undefined }): Promise<Listed<FileRecord>>;
	/** @returns false if there was none */
	remove(owner: string, id: string): Promise<boolean>;
	/** Bytes that the gateway itself keeps of the owner's files and of unfinished uploads. */
	usedBytes(owner: string): Promise<number>;

	addUpload(owner: string, upload: UploadRecord): Promise<void>;
	getUpload(owner: string, id: string): Promise<UploadRecord | undefined>;
	addPart(upload: string, part: UploadPart): Promise<void>;
	/** In the order in which they came. */
	parts(upload: string): Promise<UploadPart[]>;
	/**
	 * Ends a pending upload: it has become this file, or was cancelled. Its parts are forgotten.
	 *
	 * @returns false if it is not pending any more
	 */
	endUpload(owner: string, id: string, file: FileRecord | undefined): Promise<boolean>;

	addChunk(content: string, number: number, data: Uint8Array): Promise<void>;
	/** @returns undefined after the last one */
	chunk(content: string, number: number): Promise<Uint8Array | undefined>;
	removeChunks(content: string): Promise<void>;

	/** Forgets files and uploads that have expired, or are older than `maxAgeMs`. @returns how many files */
	retain(policy: { maxAgeMs?: number | undefined }): Promise<number>;
	/** Those of these contents that nothing refers to. */
	unused(contents: readonly string[]): Promise<string[]>;
	/** Contents in chunks that nothing refers to, and that are older than an hour. */
	unusedChunks(): Promise<string[]>;
}
