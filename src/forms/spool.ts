/** Bytes that are too many to be kept in memory, in a file that has no name: it is gone with its process, whatever happens. */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { GatewayError } from "../errors/gatewayError.js";
import { lengthOfAll } from "../json/bodyBytes.js";

/** Names of files that are to lose them at once. */
const spoolPrefix = "spool-";

export class Spool {
	readonly #file: FileHandle;
	#size = 0;
	#isClosed = false;

	private constructor(file: FileHandle) {
		this.#file = file;
	}

	/** @throws GatewayError 507 if the disk is full */
	static async open(folder: string): Promise<Spool> {
		return withRoom(async () => {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			const path = join(folder, `${spoolPrefix}${randomUUID()}`);
			const file = await open(path, "wx+", 0o600);
			await removed(path);
			return new Spool(file);
		});
	}

	get size(): number {
		return this.#size;
	}

	/** @throws GatewayError 507 if the disk is full */
	async append(pieces: readonly Buffer[]): Promise<void> {
		if (pieces.length === 0) return;
		const length = lengthOfAll(pieces);
		const { bytesWritten } = await withRoom(() => this.#file.writev([...pieces], this.#size));
		// A file takes less only if there is no more room.
		if (bytesWritten < length) throw diskFull();
		this.#size += length;
	}

	/** @param end after the last byte */
	read(start: number, end: number): AsyncIterable<Buffer> {
		if (start === end) return noPieces();
		const options = { start, end: end - 1, autoClose: false, highWaterMark: 256 * 1024 };
		return this.#file.createReadStream(options) as Readable as AsyncIterable<Buffer>;
	}

	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#file.close().catch(() => {});
	}
}

/** Removes what a process has left that was killed before its spool had lost its name. */
export async function sweepSpools(folder: string): Promise<void> {
	const names = await readdir(folder).catch(() => []);
	await Promise.all(names.filter((name) => name.startsWith(spoolPrefix)).map((name) => removed(join(folder, name))));
}

/** Another process may have removed it, which changes nothing for whoever has it open. */
function removed(path: string): Promise<void> {
	return rm(path, { force: true });
}

async function* noPieces(): AsyncGenerator<Buffer> {}

const fullCodes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);

async function withRoom<T>(write: () => Promise<T>): Promise<T> {
	try {
		return await write();
	} catch (error) {
		if (!fullCodes.has((error as NodeJS.ErrnoException).code)) throw error;
		throw diskFull(error);
	}
}

function diskFull(cause?: unknown): GatewayError {
	return new GatewayError(507, "The gateway's disk is full: it has no room for this body.", {
		code: "disk_full",
		cause,
	});
}
