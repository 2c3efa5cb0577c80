/** The journals of a data folder, for whoever only wants to know whether anything was written. */
import { join } from "node:path";
import { hasFiles } from "./journalFiles.js";

export const completionFolder = "journal";
export const responseFolder = "responses";

/** @returns whether anything was ever written to this folder's journals */
export function hasJournal(dataFolder: string): boolean {
	return [completionFolder, responseFolder].some((folder) => hasFiles(join(dataFolder, folder)));
}
