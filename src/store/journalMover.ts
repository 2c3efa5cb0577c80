/**
 * Moves completions from the journal into the database. Any process may, at any time: how far each file has been moved
 * stands in the database, and changes in the transaction that adds the records, so that none is left out or added twice.
 */
import { readdirSync, renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Transaction } from "kysely";
import type { Insert } from "./completionInsert.js";
import type { Database } from "./database.js";
import { abandonedMs, journalFolder, journalSuffix } from "./journal.js";
import { type Piece, readPiece } from "./journalPiece.js";
import { StoreError } from "./store.js";
import type { Tables } from "./tables.js";

export interface JournalMover {
	/**
	 * Moves what had been acknowledged when it was called.
	 *
	 * @param atOnce most records in one transaction, during which this process does nothing else
	 */
	move(atOnce: number): Promise<void>;
	/** How many bytes wait to be moved, of all processes. */
	backlog(): Promise<number>;
}

interface Moved extends Piece {
	file: string;
}

export function journalMover({ db }: Database, insert: Insert, dataFolder: string): JournalMover {
	const folder = join(dataFolder, journalFolder);
	const pathOf = (file: string) => join(folder, file);
	/** What this process knows to have been moved, by file; others may have moved more. */
	let moved = new Map<string, number>();
	/** Sizes of files that end with a record which was cut: it becomes whole only if they grow. */
	const cut = new Map<string, number>();
	let running: Promise<void> = Promise.resolve();
	let next: Promise<void> | undefined;

	/** Sizes of the files that have something to be moved, the oldest first. */
	function unmoved(): Map<string, number> {
		const sizes = new Map<string, number>();
		for (const file of filesIn(folder)) {
			const { size, mtimeMs } = stat(pathOf(file));
			if (size > Math.max(moved.get(file) ?? 0, cut.get(file) ?? 0)) sizes.set(file, size);
			else if (mtimeMs < Date.now() - abandonedMs) remove(pathOf(file));
		}
		return sizes;
	}

	async function moveAll(atOnce: number): Promise<void> {
		const wanted = unmoved();
		while (wanted.size > 0) {
			const pieces = await db.transaction().execute((transaction) => moveSome(transaction, [...wanted.keys()], atOnce));
			for (const piece of pieces) {
				const size = wanted.get(piece.file) ?? 0;
				moved.set(piece.file, piece.end);
				if (piece.isLast && piece.end < size) cut.set(piece.file, size);
				if (piece.isLast || piece.end >= size) wanted.delete(piece.file);
				if (piece.isSealed) remove(pathOf(piece.file));
				if (piece.isDamaged) setAside(piece);
			}
			// Streams that wait for their turn come first.
			if (wanted.size > 0) await new Promise((resolve) => setImmediate(resolve));
		}
	}

	async function moveSome(transaction: Transaction<Tables>, files: string[], atOnce: number): Promise<Moved[]> {
		moved = await readMoved(transaction);
		const pieces: Moved[] = [];
		let room = atOnce;
		for (const file of files) {
			if (room === 0) break;
			const from = moved.get(file) ?? 0;
			const piece = readPiece(pathOf(file), from, room);
			pieces.push({ ...piece, file });
			room -= piece.entries.length;
			await insert(transaction, piece.entries);
			if (piece.end > from) await writeMoved(transaction, file, piece.end);
		}
		return pieces;
	}

	async function readMoved(transaction: Transaction<Tables>): Promise<Map<string, number>> {
		const rows = await transaction.selectFrom("completion_journal").selectAll().execute();
		const present = new Set(filesIn(folder));
		const gone = rows.filter(({ file }) => !present.has(file)).map(({ file }) => file);
		if (gone.length > 0) await transaction.deleteFrom("completion_journal").where("file", "in", gone).execute();
		return new Map(rows.map(({ file, bytes }) => [file, bytes]));
	}

	async function writeMoved(transaction: Transaction<Tables>, file: string, bytes: number): Promise<void> {
		await transaction
			.insertInto("completion_journal")
			.values({ file, bytes })
			.onConflict((conflict) => conflict.column("file").doUpdateSet({ bytes }))
			.execute();
	}

	/** Only a power failure leaves a file like this. What is in it is kept for whoever can make something of it. */
	function setAside({ file, end }: Moved): never {
		const aside = `${pathOf(file)}.damaged`;
		renameSync(pathOf(file), aside);
		throw new StoreError("unavailable", `records are damaged from byte ${end} on in ${aside}, which is set aside`);
	}

	return {
		move(atOnce) {
			next ??= running
				.catch(() => {})
				.then(() => {
					next = undefined;
					running = moveAll(atOnce);
					return running;
				});
			return next;
		},
		async backlog() {
			const rows = await db.selectFrom("completion_journal").selectAll().execute();
			moved = new Map(rows.map(({ file, bytes }) => [file, bytes]));
			let bytes = 0;
			for (const [file, size] of unmoved()) bytes += size - (moved.get(file) ?? 0);
			return bytes;
		},
	};
}

function filesIn(folder: string): string[] {
	try {
		return readdirSync(folder)
			.filter((name) => name.endsWith(journalSuffix))
			.sort();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}

/** A file that another process has removed meanwhile has nothing in it. */
function stat(path: string): { size: number; mtimeMs: number } {
	return statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: Number.POSITIVE_INFINITY };
}

function remove(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
}
