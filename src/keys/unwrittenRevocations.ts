/**
 * Revocations that are in force in this gateway though its store doesn't have them yet, since it didn't answer or was full.
 * Each is noted in a file of its own in the data folder, so that several gateways may share the folder.
 */
import {
	closeSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { messageOf } from "../errors/problem.js";
import type { Actor } from "../store/keyTypes.js";
import { databaseFile, type StoreSettings } from "./keysInUse.js";

export interface Revocation {
	keyId: string;
	by: Actor;
	/** Milliseconds since the epoch. */
	atMs: number;
}

/** The revocations of one database. */
export interface UnwrittenRevocations {
	/** In the order in which they were made. */
	all(): readonly Revocation[];
	/** Changes nothing if the key has a revocation already. */
	add(revocation: Revocation): void;
	/** The store has it now. */
	remove(keyId: string): void;
	/** Whether it is noted in a file; undefined if there is no such revocation. */
	survivesRestart(keyId: string): boolean | undefined;
	/** Calls the listener with each that is added. @returns ends that */
	follow(listener: (revocation: Revocation) => void): () => void;
}

/** Gives each database its revocations, the same ones for all generations of workers. @param complain for the operator */
export function createUnwrittenRevocations(
	complain: (line: string) => void,
): (settings: StoreSettings) => UnwrittenRevocations {
	const byDatabase = new Map<string, UnwrittenRevocations>();
	return (settings) => {
		const prefix = databaseFile(settings, "revoked");
		const database = prefix ?? settings.storeUrl ?? "";
		const known = byDatabase.get(database) ?? unwrittenRevocations(prefix, complain);
		byDatabase.set(database, known);
		return known;
	};
}

/** @param prefix of the files' paths; undefined without a data folder */
function unwrittenRevocations(prefix: string | undefined, complain: (line: string) => void): UnwrittenRevocations {
	const revocations = new Map<string, Revocation & { isNoted: boolean }>();
	const listeners = new Set<(revocation: Revocation) => void>();
	for (const found of prefix === undefined ? [] : readNotes(prefix))
		revocations.set(found.keyId, { ...found, isNoted: true });

	function attempt(what: string, act: () => void): boolean {
		try {
			act();
			return true;
		} catch (error) {
			complain(`${what}: ${messageOf(error)}`);
			return false;
		}
	}

	return {
		all: () => [...revocations.values()],
		add(revocation) {
			const { keyId } = revocation;
			if (revocations.has(keyId)) return;
			const isNoted =
				prefix !== undefined &&
				attempt(`that ${keyId} is revoked can't be noted in a file`, () => writeNote(prefix, revocation));
			revocations.set(keyId, { ...revocation, isNoted });
			for (const listener of listeners) listener(revocation);
			complain(
				`${keyId} is revoked in this gateway; the store doesn't have that yet, and gets it when it can be written`,
			);
		},
		remove(keyId) {
			if (!revocations.delete(keyId)) return;
			if (prefix !== undefined)
				attempt(`the note that ${keyId} is revoked can't be removed`, () =>
					rmSync(noteOf(prefix, keyId), { force: true }),
				);
			complain(`the store has the revocation of ${keyId} now`);
		},
		survivesRestart: (keyId) => revocations.get(keyId)?.isNoted,
		follow(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
}

function noteOf(prefix: string, keyId: string): string {
	return `${prefix}-${keyId}`;
}

/** Whole or not at all, and on the disk when this returns. @throws Error if it can't be written */
function writeNote(prefix: string, { keyId, by, atMs }: Revocation): void {
	const file = noteOf(prefix, keyId);
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	const draft = `${file}.${process.pid}`;
	try {
		const descriptor = openSync(draft, "w", 0o600);
		try {
			writeFileSync(descriptor, `${JSON.stringify({ by, atMs })}\n`);
			fsyncSync(descriptor);
		} finally {
			closeSync(descriptor);
		}
		renameSync(draft, file);
	} catch (error) {
		rmSync(draft, { force: true });
		throw error;
	}
}

function readNotes(prefix: string): Revocation[] {
	const folder = dirname(prefix);
	const start = `${basename(prefix)}-`;
	const notes = filesIn(folder).filter((name) => name.startsWith(start) && keyId.test(name.slice(start.length)));
	const found = notes.map((name) => ({ ...readNote(join(folder, name)), keyId: name.slice(start.length) }));
	return found.sort((a, b) => a.atMs - b.atMs);
}

const keyId = /^key_[0-9A-Za-z]+$/;

function filesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		// There is none before the first start, and what can't be read is complained of by the store.
		return [];
	}
}

/** The file's name alone revokes the key; without its content it isn't known who did. */
function readNote(file: string): Omit<Revocation, "keyId"> {
	try {
		return JSON.parse(readFileSync(file, "utf8")) as Omit<Revocation, "keyId">;
	} catch {
		return { by: { name: "gateway", address: undefined, requestId: undefined }, atMs: statSync(file).mtimeMs };
	}
}
