/** What SQLite holds locks on in a process, nothing else there may close: the system would take all of its locks away. */
import { existsSync, fstatSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { signOfKeys } from "../../src/keys/keysInUse.js";
import { openStore, prepareStore } from "../../src/store/open.js";
import { currentVersion } from "../../src/store/schemaVersion.js";
import { descriptorOf, versionInFile } from "../../src/store/sqliteFile.js";
import { temporaryFolder } from "../kit/gateway.js";
import { aPrompt } from "../kit/stores.js";

/** Where the system lists them. https://man7.org/linux/man-pages/man5/proc_locks.5.html */
const list = "/proc/locks";

function hasLocks(file: string): boolean {
	const { ino } = statSync(file);
	const lines = readFileSync(list, "utf8").split("\n");
	return lines.some((line) => new RegExp(` ${process.pid} [0-9a-f]+:[0-9a-f]+:${ino} `).test(line));
}

test.skipIf(!existsSync(list))("a database that is open stays locked, whatever else looks into its file", async () => {
	const settings = { dataFolder: temporaryFolder(), storeUrl: undefined };
	const file = join(settings.dataFolder, "llmgw.sqlite");
	const store = await openStore(settings);
	onTestFinished(() => store.close());
	await store.prompts.create("somebody", aPrompt());
	expect(hasLocks(file), "at first").toBe(true);
	const looks: [string, () => unknown][] = [
		["its version is read", () => versionInFile(settings.dataFolder)],
		["a reload prepares it", () => prepareStore({ ...settings, storeAll: false })],
		["it is searched for keys", () => signOfKeys({ ...settings, adminKey: undefined })],
		["another part of the program opens it", async () => (await openStore(settings)).close()],
	];
	for (const [what, look] of looks) {
		await look();
		expect(hasLocks(file), what).toBe(true);
	}
});

test("a database's version is read anew, and of the file that is there by now", async () => {
	const dataFolder = temporaryFolder();
	const file = join(dataFolder, "llmgw.sqlite");
	const open = async () => (await openStore({ dataFolder, storeUrl: undefined })).close();
	expect(versionInFile(dataFolder)).toBeUndefined();
	await open();
	expect(versionInFile(dataFolder)).toBe(currentVersion);
	rmSync(file);
	expect(versionInFile(dataFolder)).toBeUndefined();
	await open();
	expect(versionInFile(dataFolder)).toBe(currentVersion);
	expect(fstatSync(descriptorOf(file)).ino).toBe(statSync(file).ino);
});
