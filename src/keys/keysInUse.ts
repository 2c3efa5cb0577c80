/**
 * Remembers that there were keys, by a mark beside the database. If the database is damaged, cut, empty or gone, the gateway
 * then stays closed, instead of taking it for one that never had keys.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../settings/settings.js";
import { descriptorOf, fileName } from "../store/sqliteFile.js";

export type StoreSettings = Pick<Settings, "dataFolder" | "storeUrl">;

export function markFile(settings: StoreSettings): string | undefined {
	return databaseFile(settings, "keys");
}

/** One for each database: those of PostgreSQL differ by their URLs without the password. */
export function databaseFile({ dataFolder, storeUrl }: StoreSettings, about: "keys" | "revoked"): string | undefined {
	if (dataFolder === undefined) return undefined;
	const name = `llmgw.${about}`;
	return join(dataFolder, storeUrl === undefined ? name : `${name}-${nameOfDatabase(storeUrl)}`);
}

function nameOfDatabase(storeUrl: string): string {
	const { host, pathname, searchParams } = new URL(storeUrl);
	const place = `${host}${pathname}?${searchParams.get("host") ?? ""}`;
	return createHash("sha256").update(place).digest("hex").slice(0, 12);
}

const words =
	"This gateway has or had keys, so that nobody passes without one, also where its database is lost. " +
	"Whoever removes this file, and has no keys in the database, opens the gateway to everybody.\n";

/** @throws Error if it can't be written */
export function markKeysInUse(settings: StoreSettings): void {
	const file = markFile(settings);
	if (file === undefined || existsSync(file)) return;
	mkdirSync(settings.dataFolder as string, { recursive: true, mode: 0o700 });
	writeFileSync(file, words, { mode: 0o600 });
}

/** The mark; undefined if there is none. */
export function markOf(settings: StoreSettings): string | undefined {
	const mark = markFile(settings);
	return mark !== undefined && existsSync(mark) ? mark : undefined;
}

/** A sign that there may be keys although the database can't be read; undefined if there is none. */
export function signOfKeys(settings: StoreSettings & Pick<Settings, "adminKey">): string | undefined {
	const mark = markOf(settings);
	if (mark !== undefined) return mark;
	const { dataFolder, storeUrl, adminKey } = settings;
	if (storeUrl !== undefined) return adminKey === undefined ? undefined : "LLMW_ADMIN_KEY";
	if (dataFolder === undefined) return undefined;
	// Keys may still be seen in what is left of the database.
	const files = ["", "-wal", "-journal"].map((end) => join(dataFolder, fileName + end));
	return files.find(adminKey === undefined ? namesKey : existsSync);
}

const searchedBytes = 64 * 1024 * 1024;
const pieceBytes = 1024 * 1024;
const keyId = /key_[0-9A-Za-z]{24}/;

function namesKey(file: string): boolean {
	if (!existsSync(file)) return false;
	try {
		const descriptor = descriptorOf(file);
		const bytes = Buffer.alloc(pieceBytes);
		// Pieces overlap, so that none cuts an id in two.
		for (let from = 0; from < searchedBytes; from += pieceBytes - 64) {
			const length = readSync(descriptor, bytes, 0, pieceBytes, from);
			if (keyId.test(bytes.toString("latin1", 0, length))) return true;
			if (length < pieceBytes) return false;
		}
		return false;
	} catch {
		return false;
	}
}
