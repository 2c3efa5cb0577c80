/** The secret of seals: the same for all workers, over restarts and on all machines of a store, and one that can be changed. */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createSeals } from "../../src/dialects/seals.js";
import { createPrimarySealKeys } from "../../src/sealKeys/primary.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";
import { overBothStores } from "../kit/stores.js";
import { completion, type Json } from "../kit/translated.js";

/** What workers of one gateway seal with, and what the operator hears. */
async function secretsOf(more: Partial<Settings>) {
	const complaints: string[] = [];
	const half = createPrimarySealKeys((line) => complaints.push(line));
	const settings = { ...readSettings({}, {}), ...more };
	await half.open?.(settings);
	const secrets = half.join({ name: "worker", settings, send() {} }).snapshot?.() as [string, ...string[]];
	return { secrets, complaints };
}

overBothStores(({ fresh }) => {
	test("gateways of one store share a secret, also those that start at once", async () => {
		const store = await fresh();
		const all = await Promise.all([secretsOf(store), secretsOf(store), secretsOf(store)]);
		const [{ secrets }] = all;
		expect(secrets).toHaveLength(1);
		expect(all.map((one) => one.secrets)).toEqual([secrets, secrets, secrets]);
		expect((await secretsOf(await fresh())).secrets).not.toEqual(secrets);
	});

	test("one of the settings comes first, and makes none in the store", async () => {
		const store = await fresh();
		expect((await secretsOf({ ...store, sealSecrets: ["of-the-settings-1"] })).secrets).toEqual(["of-the-settings-1"]);
		const kept = (await secretsOf(store)).secrets;
		expect((await secretsOf({ ...store, sealSecrets: ["new-secret-of-2", "old-secret-of-1"] })).secrets).toEqual([
			"new-secret-of-2",
			"old-secret-of-1",
			...kept,
		]);
	});
});

test("the file with the secret is its user's alone", async () => {
	const dataFolder = temporaryFolder();
	await secretsOf({ dataFolder, storeUrl: undefined });
	expect(statSync(join(dataFolder, "llmgw.seals")).mode & 0o777).toBe(0o600);
});

test("a gateway that can keep none has one of its own, and says so if it has a folder", async () => {
	expect(await secretsOf({ dataFolder: undefined, storeUrl: undefined })).toMatchObject({
		secrets: [expect.stringMatching(/^\S{43}$/)],
		complaints: [],
	});
	const file = join(temporaryFolder(), "file");
	writeFileSync(file, "");
	const { secrets, complaints } = await secretsOf({ dataFolder: join(file, "folder"), storeUrl: undefined });
	expect(secrets).toHaveLength(1);
	expect(complaints).toEqual([expect.stringMatching(/^what clients keep sealed .*ENOTDIR/)]);
});

describe("seals", () => {
	const older = createSeals(["the-older-secret-1"]);
	const newer = createSeals(["the-newer-secret-2", "the-older-secret-1"]);
	const opened = (kind: string, content = "") => (kind === "open" ? { kind, content: Buffer.from(content) } : { kind });

	test("open with every secret in force, and with no other", () => {
		expect(newer.open(older.seal("ä\u0000", "x"), "x")).toEqual(opened("open", "ä\u0000"));
		expect(older.open(newer.seal("", "x"), "x")).toEqual(opened("foreign"));
		expect(createSeals(["the-older-secret-1"]).open(older.seal("again", "x"), "x")).toEqual(opened("open", "again"));
	});

	test("show nothing of what they hold, not even that it is the same", () => {
		const seals = [older.seal("the same", "x"), older.seal("the same", "x")];
		expect(seals[0]).not.toBe(seals[1]);
		for (const seal of seals) expect(Buffer.from(seal.slice(9), "base64url").toString("latin1")).not.toContain("same");
	});

	test("are forged once any byte of them, or what they are bound to, is another", () => {
		const seal = older.seal("content", "bound");
		expect(older.open(seal, "bound ")).toEqual(opened("forged"));
		const bytes = Buffer.from(seal.slice("llmgw1.2.".length), "base64url");
		for (let at = 0; at < bytes.length; at += 1) {
			const changed = Buffer.from(bytes);
			changed.writeUInt8(bytes.readUInt8(at) ^ 1, at);
			const { kind } = older.open(`llmgw1.2.${changed.toString("base64url")}`, "bound");
			expect([at, kind]).toEqual([at, at < 4 ? "foreign" : "forged"]);
		}
		for (const text of ["", "llmgw1.", "llmgw1.2.", "llmgw1.2.AAAA", "gAAAA", seal.slice(0, 60)])
			expect(older.open(text, "bound").kind).not.toBe("open");
	});
});

test("reasoning survives the end of the gateway that has sealed it", async () => {
	const host = await startAiHost(completion({ reasoning_content: "Hm.", content: "Hi." }));
	onTestFinished(() => host.close());
	const args = ["--workers", "2", "--data", temporaryFolder()];
	const asked = { model: "m", max_tokens: 99 };
	const user = { role: "user", content: "Go." };
	const post = async (url: string, messages: unknown[]) => {
		const headers = { "content-type": "application/json", connection: "close" };
		const body = JSON.stringify({ ...asked, messages });
		return (await fetch(`${url}/v1/messages`, { method: "POST", headers, body })).json() as Promise<Json>;
	};
	const first = await serveLlmw(host, args);
	const { content } = await post(first.url, [user]);
	first.process.kill("SIGKILL");
	await first.exited;
	const { url } = await serveLlmw(host, args);
	for (let turn = 0; turn < 4; turn += 1) {
		expect(await post(url, [user, { role: "assistant", content }, user])).toMatchObject({ role: "assistant" });
		const sent = JSON.parse(host.received.at(-1)?.body.toString() ?? "") as { messages: Json[] };
		expect(sent.messages[1]).toMatchObject({ reasoning_content: "Hm." });
	}
});
