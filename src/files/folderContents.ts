/** Contents of files in a folder of one machine, which all its workers share. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FileStore } from "../store/fileTypes.js";
import { StoreError } from "../store/store.js";
import type { Contents } from "./contents.js";

/** Of a content that is not whole yet. */
const unfinished = ".part";
/** What was not written to for so long, and has no record, nobody waits for. */
const graceMs = 3_600_000;
/** A database that is on the same disk grows by some pages when a record is removed. */
const reserveBytes = 128 * 1024;

/** @param folder created when the first content is written; the one above it is there */
export function folderContents(folder: string, files: Pick<FileStore, "unused">): Contents {
	const pathOf = (name: string) => join(folder, name);

	async function isOld(name: string): Promise<boolean> {
		const found = await stat(pathOf(name)).catch(() => undefined);
		return found !== undefined && Date.now() - found.mtimeMs > graceMs;
	}

	/** Without room for it, deletions have to do without. */
	const reserve = `${folder}.reserve`;
	const holdBack = () => writeFile(reserve, randomBytes(reserveBytes), { flag: "wx", mode: 0o600 }).catch(() => {});

	return {
		makeRoom: () => rm(reserve, { force: true }),
		async write(name, source) {
			const part = pathOf(name) + unfinished;
			try {
				await mkdir(folder, { mode: 0o700 }).catch(unlessThere);
				await holdBack();
				// Opened before anything can fail: a stream that opens it by itself may do so after it was removed below.
				const file = await open(part, "wx", 0o600);
				await pipeline(source, file.createWriteStream());
				await rename(part, pathOf(name));
			} catch (thrown) {
				await rm(part, { force: true });
				throw errorOf(thrown, folder);
			}
		},
		async read(name) {
			try {
				return (await open(pathOf(name))).createReadStream();
			} catch (thrown) {
				throw errorOf(thrown, folder);
			}
		},
		remove: (name) => rm(pathOf(name), { force: true }),
		async sweep() {
			const names = await readdir(folder).catch(() => []);
			const old: string[] = [];
			for (const name of names) if (await isOld(name)) old.push(name);
			const whole = old.filter((name) => !name.endsWith(unfinished));
			const parts = old.filter((name) => name.endsWith(unfinished));
			for (const name of [...parts, ...(await files.unused(whole))]) await rm(pathOf(name), { force: true });
		},
	};
}

function unlessThere(error: NodeJS.ErrnoException): void {
	if (error.code !== "EEXIST") throw error;
}

const full: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
const outages: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "EIO", "EMFILE", "ENFILE", "ENOTDIR"]);

function errorOf(thrown: unknown, folder: string): unknown {
	const { code, message } = (thrown ?? {}) as NodeJS.ErrnoException;
	if (full.has(code)) return new StoreError("full", `${folder}: ${message}`, thrown);
	if (code === "ENOENT") return new StoreError("not_found", "The file's content is not kept any more.", thrown);
	return outages.has(code) ? new StoreError("unavailable", `${folder}: ${message}`, thrown) : thrown;
}
