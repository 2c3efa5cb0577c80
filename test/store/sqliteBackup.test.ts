/** SQLite's file after a stop is complete without its log. */
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/open.js";
import { temporaryFolder } from "../kit/gateway.js";
import { aPrompt } from "../kit/stores.js";

test("a copy of the file of a store that was closed is a whole backup", async () => {
	const [folder, backup] = [temporaryFolder(), temporaryFolder()];
	const store = await openStore({ dataFolder: folder, storeUrl: undefined });
	const { id } = await store.prompts.create("somebody", aPrompt());
	await store.close();
	expect(statSync(join(folder, "llmgw.sqlite-wal"), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
	copyFileSync(join(folder, "llmgw.sqlite"), join(backup, "llmgw.sqlite"));
	const restored = await openStore({ dataFolder: backup, storeUrl: undefined });
	expect(await restored.prompts.find("somebody", id)).toMatchObject({ id });
	await restored.close();
});
