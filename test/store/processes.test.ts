/** Guarantees when several processes use a store, and when they die. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { StoreSettings } from "../../src/store/open.js";
import { aCompletion, aPrompt, overBothStores } from "../kit/stores.js";

const program = fileURLToPath(new URL("../kit/storeProcess.ts", import.meta.url));

/** A process that waits for the signal to start. */
async function startProcess(what: string, settings: StoreSettings, word = ""): Promise<ChildProcess> {
	const child = fork(program, [what, JSON.stringify(settings), word], { execArgv: ["--import", "tsx"], env: clean() });
	onTestFinished(() => {
		child.kill("SIGKILL");
	});
	await once(child, "message");
	return child;
}

function clean(): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS)/.test(name)));
}

/** Tells all of them to start, and gives what they said when they have ended. */
async function runAll(children: readonly ChildProcess[]): Promise<unknown[][]> {
	return Promise.all(
		children.map(async (child) => {
			const said: unknown[] = [];
			child.on("message", (message) => said.push(message));
			const ended = once(child, "exit");
			child.send("go");
			await ended;
			return said;
		}),
	);
}

overBothStores(({ fresh, open }) => {
	test("four processes that write at once get distinct version numbers and lose nothing", async () => {
		const settings = await fresh();
		const store = await open(settings);
		const { id } = await store.prompts.create("me", aPrompt());
		const children = await Promise.all([1, 2, 3, 4].map(() => startProcess("versions", settings, id)));
		const said = await runAll(children);
		expect(said.map((messages) => messages.at(-1))).toEqual(["done", "done", "done", "done"]);
		const added = said.flatMap((messages) => messages.slice(0, -1)) as { number: number; content: unknown }[];
		expect(added.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
			Array.from({ length: 200 }, (_, index) => index + 2),
		);
		for (const { number, content } of added)
			expect(await store.prompts.version("me", id, number)).toMatchObject({ content });
		expect(await store.prompts.find("me", id)).toMatchObject({ latestVersion: 201, revision: 201 });
		expect(await store.completions.count()).toBe(200);
	}, 60_000);

	test("what was acknowledged is there after kill -9", async () => {
		const settings = await fresh();
		const children = await Promise.all([1, 2].map((number) => startProcess("completions", settings, `p${number}`)));
		const acknowledged: string[] = [];
		await new Promise<void>((resolve, reject) => {
			for (const child of children) {
				child.on("message", (message: { id?: string; error?: string }) => {
					if (message.error) reject(new Error(message.error));
					if (message.id) acknowledged.push(message.id);
					if (acknowledged.length === 1_000) for (const one of children) one.kill("SIGKILL");
				});
				child.once("exit", () => {
					if (children.every(({ signalCode }) => signalCode === "SIGKILL")) resolve();
				});
				child.send("go");
			}
		});
		expect(acknowledged.length).toBeGreaterThanOrEqual(1_000);
		const store = await open(settings);
		for (const id of acknowledged) {
			const metadata = { run: id.slice(0, 2) };
			const expected = aCompletion(id, { metadata, response: JSON.stringify(id.repeat(500)) });
			expect(await store.completions.get("me", id)).toEqual(expected);
		}
		const found = await store.completions.list("me", { limit: 10_000, order: "asc", metadata: { run: "p1" } });
		const ids = new Set(found.data.map(({ id }) => id));
		expect(acknowledged.filter((id) => id.startsWith("p1") && !ids.has(id))).toEqual([]);
		await store.completions.add("me", aCompletion("after"));
	}, 60_000);

	test("four primaries that migrate a new store at once make it once", async () => {
		const settings = await fresh();
		const children = await Promise.all([1, 2, 3, 4].map(() => startProcess("migrate", settings)));
		expect(await runAll(children)).toEqual([["done"], ["done"], ["done"], ["done"]]);
		const store = await open(settings);
		expect(await store.prompts.create("me", aPrompt())).toMatchObject({ revision: 1 });
	}, 60_000);
});
