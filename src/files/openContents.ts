/** Where the contents of files are kept: in the data folder, or, where machines share a database, in that. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../settings/settings.js";
import type { FileStore } from "../store/fileTypes.js";
import type { Contents } from "./contents.js";
import { folderContents } from "./folderContents.js";
import { storeContents } from "./storeContents.js";

export function openContents(
	{ storeUrl, dataFolder }: Pick<Settings, "storeUrl" | "dataFolder">,
	store: FileStore,
): Contents {
	if (storeUrl !== undefined || dataFolder === undefined) return storeContents(store);
	return folderContents(join(dataFolder, folderName), store);
}

const folderName = "files";

/** Some have been kept there. */
export function hasContents(dataFolder: string): boolean {
	return existsSync(join(dataFolder, folderName));
}
