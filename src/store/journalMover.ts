/**
 * Moves the records of a journal into the database. Any process may do so at any time: the offset up to which each file
 * has been moved is in the database and changes in the transaction that adds the records, so none is skipped or added twice.
 */
import { join } from "node:path";
import type { Kysely, Transaction } from "kysely";
import type { Database } from "./database.js";
import type { JournalFormat } from "./journal.js";
import { filesIn, type Piece, readPiece, removeFile, setAside, unmovedFiles } from "./journalFiles.js";
import type { Tables } from "./tables.js";

export interface JournalMover {
	/**
	 * Moves everything that had been acknowledged before the call.
	 *
	 * @param atOnce the most records in one transaction, which blocks this process
	 */
	move(atOnce: number): Promise<void>;
	/** @returns the bytes that wait to be moved, across all processes */
	backlog(): Promise<number>;
}

/** Adds records in the transaction in which they are noted as moved. */
export type InsertMoved<Entry> = (transaction: Transaction<Tables>, entries: readonly Entry[]) => Promise<void>;

export function journalMover<Entry>(
	{ db }: Database,
	insert: InsertMoved<Entry>,
	dataFolder: string,
	format: JournalFormat<Entry>,
): JournalMover {
	type Moved = Piece<Entry> & { file: string };
	const folder = join(dataFolder, format.folder);
	/** A file's name in the table of what is moved, which is the same for all journals. */
	const rowOf = (file: string) => format.prefix + file;
	const nameOf = (row: string) => row.slice(format.prefix.length);
	const isOwn = (row: string) => (format.prefix === "" ? !row.includes("/") : row.startsWith(format.prefix));
	const pathOf = (file: string) => join(folder, file);
	/** Offset by file up to which this process knows it to be moved; others may have moved more. */
	let moved = new Map<string, number>();
	/** Sizes of files whose last record is incomplete: it can only become whole if the file grows. */
	const cut = new Map<string, number>();
	let running: Promise<void> = Promise.resolve();
	let next: Promise<void> | undefined;

	const unmoved = () => unmovedFiles(folder, (file) => Math.max(moved.get(file) ?? 0, cut.get(file) ?? 0));

	async function moveAll(atOnce: number): Promise<void> {
		const unmovedSizes = unmoved();
		while (unmovedSizes.size > 0) {
			const pieces = await db
				.transaction()
				.execute((transaction) => moveSome(transaction, [...unmovedSizes.keys()], atOnce));
			for (const piece of pieces) {
				const size = unmovedSizes.get(piece.file) ?? 0;
				moved.set(piece.file, piece.end);
				if (piece.isLast && piece.end < size) cut.set(piece.file, size);
				if (piece.isLast || piece.end >= size) unmovedSizes.delete(piece.file);
				if (piece.isSealed) removeFile(pathOf(piece.file));
				if (piece.isDamaged) setAside(pathOf(piece.file), piece.end);
			}
			// Let waiting streams go first.
			if (unmovedSizes.size > 0) await new Promise((resolve) => setImmediate(resolve));
		}
	}

	async function moveSome(transaction: Transaction<Tables>, files: string[], atOnce: number): Promise<Moved[]> {
		moved = await readMoved(transaction);
		await dropRemoved(transaction);
		const pieces: Moved[] = [];
		let room = atOnce;
		for (const file of files) {
			if (room === 0) break;
			const from = moved.get(file) ?? 0;
			const piece = readPiece(pathOf(file), from, room, format.read);
			pieces.push({ ...piece, file });
			room -= piece.entries.length;
			await insert(transaction, piece.entries);
			if (piece.end > from) await writeMoved(transaction, file, piece.end);
		}
		return pieces;
	}

	async function readMoved(reader: Kysely<Tables>): Promise<Map<string, number>> {
		const rows = await reader.selectFrom("completion_journal").selectAll().execute();
		return new Map(rows.filter(({ file }) => isOwn(file)).map(({ file, bytes }) => [nameOf(file), bytes]));
	}

	/** Forgets files that are no more. */
	async function dropRemoved(transaction: Transaction<Tables>): Promise<void> {
		const present = new Set(filesIn(folder));
		const removedFiles = [...moved.keys()].filter((file) => !present.has(file)).map(rowOf);
		if (removedFiles.length > 0)
			await transaction.deleteFrom("completion_journal").where("file", "in", removedFiles).execute();
	}

	async function writeMoved(transaction: Transaction<Tables>, file: string, bytes: number): Promise<void> {
		await transaction
			.insertInto("completion_journal")
			.values({ file: rowOf(file), bytes })
			.onConflict((conflict) => conflict.column("file").doUpdateSet({ bytes }))
			.execute();
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
			moved = await readMoved(db);
			let bytes = 0;
			for (const [file, size] of unmoved()) bytes += size - (moved.get(file) ?? 0);
			return bytes;
		},
	};
}
