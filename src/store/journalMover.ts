/**
 * Moves completions from the journal into the database. Any process may do so at any time: the offset up to which each file
 * has been moved is in the database and changes in the transaction that adds the records, so none is skipped or added twice.
 */
import { join } from "node:path";
import type { Transaction } from "kysely";
import type { Entry, Insert } from "./completionInsert.js";
import type { Database } from "./database.js";
import { journalFolder } from "./journal.js";
import { filesIn, type Piece, removeFile, setAside, unmovedFiles } from "./journalFiles.js";
import { readCompletions } from "./journalPiece.js";
import { sharedKeyless } from "./keyless.js";
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

interface Moved extends Piece<Entry> {
	file: string;
}

export function journalMover({ db }: Database, insert: Insert, dataFolder: string): JournalMover {
	const folder = join(dataFolder, journalFolder);
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
		const pieces: Moved[] = [];
		let room = atOnce;
		for (const file of files) {
			if (room === 0) break;
			const from = moved.get(file) ?? 0;
			const piece = readCompletions(pathOf(file), from, room);
			pieces.push({ ...piece, file });
			room -= piece.entries.length;
			await insert(transaction, await sharedKeyless(transaction, piece.entries));
			if (piece.end > from) await writeMoved(transaction, file, piece.end);
		}
		return pieces;
	}

	async function readMoved(transaction: Transaction<Tables>): Promise<Map<string, number>> {
		const rows = await transaction.selectFrom("completion_journal").selectAll().execute();
		const present = new Set(filesIn(folder));
		const removedFiles = rows.filter(({ file }) => !present.has(file)).map(({ file }) => file);
		if (removedFiles.length > 0)
			await transaction.deleteFrom("completion_journal").where("file", "in", removedFiles).execute();
		return new Map(rows.map(({ file, bytes }) => [file, bytes]));
	}

	async function writeMoved(transaction: Transaction<Tables>, file: string, bytes: number): Promise<void> {
		await transaction
			.insertInto("completion_journal")
			.values({ file, bytes })
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
			const rows = await db.selectFrom("completion_journal").selectAll().execute();
			moved = new Map(rows.map(({ file, bytes }) => [file, bytes]));
			let bytes = 0;
			for (const [file, size] of unmoved()) bytes += size - (moved.get(file) ?? 0);
			return bytes;
		},
	};
}
