/** The store as the gateway has it: opened at its first use, and never in the way of forwarding. */

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../../src/errors/gatewayError.js";
import { userDataFolder } from "../../src/settings/userDataFolder.js";
import { lazyStore } from "../../src/store/lazyStore.js";
import { migrateStore } from "../../src/store/open.js";
import { currentVersion } from "../../src/store/schemaVersion.js";
import { steps } from "../../src/store/steps.js";
import { type Store, StoreError, type StoreProblem } from "../../src/store/store.js";
import { withStatus } from "../../src/store/storeFailure.js";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { resultOf, serveLlmw } from "../kit/llmw.js";
import { servicesInPlugin } from "../kit/services.js";
import { aCompletion, aPrompt } from "../kit/stores.js";

/** Answers with a prompt that it makes. */
const keeper = temporaryFile(
	"keeper.mjs",
	`${servicesInPlugin}
	export default {
		name: "keeper",
		stage: "authenticated",
		middleware: () => async (ctx, next) => {
			if (ctx.path !== "/v1/models") return next();
			ctx.body = await services().store.prompts.create("me", ${JSON.stringify(aPrompt())});
		},
	};`,
);

test("a gateway that nobody stores in makes no files", async () => {
	const data = join(temporaryFolder(), "data");
	const gateway = await gatewayFor(await startAiHost(), { data });
	expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
	await gateway.gateway.services.store.close();
	expect(existsSync(data)).toBe(false);
});

test("a plugin stores, and what the store refuses becomes the response", async () => {
	const data = temporaryFolder();
	const gateway = await gatewayFor(await startAiHost(), { data, plugin: keeper });
	const created = await fetch(`${gateway.url}/v1/models`);
	expect(created.status).toBe(200);
	expect(await jsonOf(created)).toMatchObject({ name: "greeting", revision: 1 });
	const refused = await fetch(`${gateway.url}/v1/models`);
	expect(refused.status).toBe(409);
	expect(await errorOf(refused)).toEqual({
		message: 'There is a prompt "greeting" already.',
		type: "invalid_request_error",
		param: null,
		code: "already_exists",
	});
	expect(readdirSync(data)).toContain("llmgw.sqlite");
	expect(gateway.printed).toEqual([]);
});

test("a store that can't be opened is a clear 503 and one complaint; forwarding goes on", async () => {
	const data = join(temporaryFile("file", ""), "data");
	const gateway = await gatewayFor(await startAiHost(), { data, plugin: keeper });
	for (let count = 0; count < 3; count += 1) {
		const refused = await fetch(`${gateway.url}/v1/models`);
		expect(refused.status).toBe(503);
		expect(refused.headers.get("retry-after")).toBe("5");
		expect(await errorOf(refused)).toEqual({
			message: "The gateway's store is not available.",
			type: "overloaded_error",
			param: null,
			code: "store_unavailable",
		});
		expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
	}
	expect(gateway.printed).toEqual([expect.stringMatching(/^The store is not available: can't open .*llmgw\.sqlite/)]);
});

test("a store that couldn't be opened is tried again, and says so when it is full", async () => {
	const printed: string[] = [];
	let attempts = 0;
	const store = lazyStore(
		{ dataFolder: "/x", storeUrl: undefined },
		(line) => printed.push(line),
		async () => {
			attempts += 1;
			if (attempts === 1) throw new StoreError("full", "no room in /x");
			return { completions: { count: async () => 7 }, close: async () => {} } as unknown as Store;
		},
	);
	await expect(store.completions.count()).rejects.toMatchObject({ problem: "full" });
	await expect.poll(() => store.completions.count().catch(() => 0), { timeout: 5_000 }).toBe(7);
	expect(attempts).toBe(2);
	expect(printed).toEqual(["The store is full: no room in /x"]);
});

test("closing the store waits for what is being stored", async () => {
	const settings = { dataFolder: temporaryFolder(), storeUrl: undefined };
	const store = lazyStore(settings, () => {});
	const added = Promise.all(["a", "b"].map((id) => store.completions.add("me", aCompletion(id))));
	await store.close();
	await added;
	await expect(store.completions.count()).rejects.toMatchObject({ problem: "unavailable" });
	const again = lazyStore(settings, () => {});
	expect(await again.completions.count()).toBe(2);
	await again.close();
});

test.each<[StoreProblem, number, string, string]>([
	["not_found", 404, "not_found", "said"],
	["conflict", 409, "already_exists", "said"],
	["stale", 412, "precondition_failed", "said"],
	["full", 507, "store_full", "The gateway's store is full: nothing can be stored until there is room again."],
	["unavailable", 503, "store_unavailable", "The gateway's store is not available."],
	["newer", 503, "store_unavailable", "The gateway's store is not available."],
])("%s is a %d", (problem, status, code, message) => {
	const error = withStatus(new StoreError(problem, "said"));
	expect(error).toBeInstanceOf(GatewayError);
	expect(error).toMatchObject({ status, code, message });
});

describe("the command", () => {
	test("refuses a store of a newer program in one line", async () => {
		const data = temporaryFolder();
		const header = Buffer.alloc(4096);
		header.writeInt32BE(99, 60);
		writeFileSync(join(data, "llmgw.sqlite"), header);
		const { code, stdout, stderr } = await resultOf(["--bindport", "0", "--data", data]);
		expect(code).toBe(1);
		expect(stdout).toBe("");
		expect(stderr).toMatch(/^llmw: --data: the store was written by a newer version of llmw .*\n$/);
	});

	test("forwards where the data folder can't be made, and says that nothing is stored", async () => {
		const host = await startAiHost();
		const llmw = await serveLlmw(host, ["--workers", "1", "--store-all", "--data", temporaryFile("file", "")]);
		expect(llmw.stderr()).toMatch(/^llmw: --data: can't open .*; requests are forwarded, but nothing is stored$/m);
		expect((await postChat(`${llmw.url}/v1`, hello)).status).toBe(200);
	});

	test("migrates before its workers start where everything is stored", async () => {
		const data = join(temporaryFolder(), "data");
		await serveLlmw(await startAiHost(), ["--workers", "1", "--store-all", "--data", data]);
		expect(existsSync(join(data, "llmgw.sqlite"))).toBe(true);
		await migrateStore({ dataFolder: data, storeUrl: undefined });
	});

	test("does not show the store's URL, which holds a password", async () => {
		for (const url of ["mysql://u:secret@db/x", "postgres://u:secret@db", "postgres://u:secret@[/x"]) {
			const { code, stdout, stderr } = await resultOf(["--store", url]);
			expect(code).toBe(1);
			expect(stderr).toMatch(/^llmw: --store: /);
			expect(stdout + stderr).not.toContain("secret");
		}
	});
});

test.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
	["linux", {}, "/home/me/.local/share/llmgw"],
	["linux", { XDG_DATA_HOME: "/data" }, "/data/llmgw"],
	["linux", { XDG_DATA_HOME: "relative" }, "/home/me/.local/share/llmgw"],
	["darwin", { XDG_DATA_HOME: "/data" }, "/home/me/Library/Application Support/llmgw"],
	["win32", { LOCALAPPDATA: "C:\\Users\\me\\AppData\\Local" }, "C:\\Users\\me\\AppData\\Local\\llmgw"],
])("on %s with %j, data is kept in %s", (platform, environment, folder) => {
	expect(userDataFolder(environment, platform, () => "/home/me")).toBe(folder);
});

test("without a home there is no data folder", () => {
	const homeless = () => {
		throw new Error("no such user");
	};
	expect(userDataFolder({}, "linux", homeless)).toBeUndefined();
});

test("the tables have the version that is looked for", () => {
	expect(steps).toHaveLength(currentVersion);
});
