/** The secret that a gateway without one in its settings makes once and keeps: beside its SQLite store, or in PostgreSQL for several machines. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../store/newId.js";
import type { StoreSettings } from "../store/open.js";

const nameInStore = "seals";

/**
 * @param proposed kept if there is none yet; undefined to make none
 * @returns undefined if there is none, or nowhere to keep one
 * @throws Error if it can't be read or kept
 */
export async function storedSecret(settings: StoreSettings, proposed?: string): Promise<string | undefined> {
	const { storeUrl, dataFolder } = settings;
	if (storeUrl !== undefined) return inDatabase(settings, proposed);
	return dataFolder === undefined ? undefined : inFolder(dataFolder, proposed);
}

async function inDatabase(settings: StoreSettings, proposed: string | undefined): Promise<string | undefined> {
	const { openStore } = await import("../store/open.js");
	const store = await openStore(settings);
	try {
		return await store.secrets.get(nameInStore, proposed);
	} finally {
		await store.close();
	}
}

/** A file of its own, so that no gateway has to load a database for it. */
function inFolder(folder: string, proposed: string | undefined): string | undefined {
	const path = join(folder, "llmgw.seals");
	const found = read(path);
	if (found !== undefined || proposed === undefined) return found;
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const draft = join(folder, newId("llmgw.seals.", 8));
	try {
		writeFileSync(draft, `${proposed}\n`, { mode: 0o600 });
		// Whole at once; of several gateways that start together, the first one's stands.
		linkSync(draft, path);
		return proposed;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		return read(path);
	} finally {
		rmSync(draft, { force: true });
	}
}

function read(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8").trim() || undefined;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}
