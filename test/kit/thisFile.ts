/** What belongs to the test file that is running. Modules outlive it: most files share a process with others. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const thisFile = {
	/** Where its commands keep their data: a folder of its own, never the user's. */
	dataFolder: "",
	/** What is removed after all has ended. */
	folders: [] as string[],
	/** What ends when the file does, the last first. */
	endings: [] as (() => unknown)[],
};

/** A new folder, which is there until the file's tests are over. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "llmgw-test-"));
	thisFile.folders.push(folder);
	return folder;
}
