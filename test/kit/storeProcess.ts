/** A process that uses a store, as workers and primaries do: `storeProcess.ts WHAT SETTINGS [COUNT]`. It reports to its parent what was acknowledged. */
import { aCompletion } from "./storeRecords.js";

// As it is built: to translate it would take each process two seconds.
type Built = typeof import("../../src/store/open.js");
const built: Built = await import(new URL("../../dist/store/open.js", import.meta.url).href);
const { migrateStore, openStore } = built;

const [, , what, settingsText = "", word = ""] = process.argv;
const settings = JSON.parse(settingsText) as Parameters<Built["openStore"]>[0];
const say = (message: unknown) =>
	new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()));

/** Waits for the parent, so that all processes start at once. */
await say("ready");
await new Promise((resolve) => process.once("message", resolve));
try {
	if (what === "migrate") await migrateStore(settings);
	if (what === "versions") await addVersions(word);
	if (what === "completions") await addCompletions(word);
	await say("done");
} catch (error) {
	await say({ error: String(error) });
}
process.disconnect();

async function addVersions(id: string): Promise<void> {
	const store = await openStore(settings);
	for (let count = 0; count < 50; count += 1) {
		const content = { by: process.pid, count };
		const { number } = await store.prompts.addVersion("me", id, { content, comment: "" });
		await store.completions.add("me", aCompletion(`${process.pid}-${count}`));
		await say({ number, content });
	}
	await store.close();
}

/** Adds until it is killed, with a limit in case the parent is slow. */
async function addCompletions(prefix: string): Promise<void> {
	const store = await openStore(settings);
	for (let count = 0; count < 1_200; count += 4) {
		const ids = [0, 1, 2, 3].map((offset) => `${prefix}-${count + offset}`);
		await Promise.all(
			ids.map(async (id) => {
				await store.completions.add(
					"me",
					aCompletion(id, { metadata: { run: prefix }, response: JSON.stringify(id.repeat(500)) }),
				);
				await say({ id });
			}),
		);
	}
	await new Promise(() => {});
}
