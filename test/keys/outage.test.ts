import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { validatorAt } from "../kit/contract.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, resultOf, serveLlmw, workerPids } from "../kit/llmw.js";
import { type Postgres, postgresPrograms, startPostgres } from "../kit/postgres.js";
import { fill, smallDisk } from "../kit/smallDisk.js";

const adminKey = "an-administrator-of-tests";
const asAdmin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json", connection: "close" };

interface Made {
	id: string;
	secret: string;
}

interface Entry {
	action: string;
	target: string;
	actor: { name: string; request_id: string };
	after: { revoked_at: number };
}

async function makeKey(url: string, name: string): Promise<Made> {
	const body = JSON.stringify({ name });
	const response = await fetch(`${url}/v1/admin/keys`, { method: "POST", headers: asAdmin, body });
	expect(response.status).toBe(200);
	return (await response.json()) as Made;
}

const revoke = (url: string, name: string) =>
	fetch(`${url}/v1/admin/keys/${name}`, { method: "DELETE", headers: asAdmin });

/** With each key, on connections of their own, so that each worker has some. */
async function statuses(url: string, ...keys: Made[]): Promise<Set<number>> {
	const asked = Array.from({ length: 20 }, () => keys).flat();
	const answers = asked.map(({ secret }) => getAlone(`${url}/v1/models`, { authorization: `Bearer ${secret}` }));
	return new Set((await Promise.all(answers)).map(({ status }) => status));
}

async function revocations(url: string): Promise<Entry[]> {
	const response = await fetch(`${url}/v1/admin/audit?order=asc`, { headers: asAdmin });
	const { data } = (await response.json()) as { data: Entry[] };
	return data.filter(({ action }) => action === "key.revoked");
}

const asDocumented = validatorAt(
	"/paths/~1v1~1admin~1keys~1%7Bkey%7D/delete/responses/202/content/application~1json/schema",
);

const notes = (data: string) => readdirSync(data).filter((name) => name.startsWith("llmgw.revoked"));

describe.skipIf(postgresPrograms() === undefined)("while PostgreSQL hangs", () => {
	let postgres: Postgres;
	beforeAll(() => {
		postgres = startPostgres();
	}, 60_000);
	afterAll(() => postgres.remove());

	async function served() {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const data = temporaryFolder();
		onTestFinished(() => rmSync(data, { recursive: true, force: true }));
		onTestFinished(() => postgres.thaw());
		const store = await postgres.database();
		const args = ["--data", data, "--store", store, "--workers", "2", "--overlay", withoutRateLimit()];
		const start = () => serveLlmw(host, args, { LLMW_ADMIN_KEY: adminKey });
		return { data, start, gateway: await start() };
	}

	test("a key is refused in all workers, old and new, and its revocation is written when the server is back", async () => {
		const { data, gateway } = await served();
		const { url } = gateway;
		const [first, second, third] = [
			await makeKey(url, "first"),
			await makeKey(url, "second"),
			await makeKey(url, "third"),
		];
		expect(await statuses(url, first, second, third)).toEqual(new Set([200]));
		postgres.freeze();

		const revoking = revoke(url, first.id);
		// Before it is known that the server hangs, and so before this is answered.
		await gateway.says(new RegExp(`${first.id} is revoked in this gateway`));
		const response = await revoking;
		expect(response.status).toBe(202);
		const answer = await response.json();
		expect({ fits: asDocumented(answer), errors: asDocumented.errors }).toMatchObject({ fits: true });
		expect(answer).toMatchObject({ id: first.id, status: "revoked", unwritten: { survives_restart: true } });
		const again = await revoke(url, "first");
		expect([again.status, await again.json()]).toEqual([202, answer]);
		const command = await resultOf(["keys", "revoke", "second", "--url", url], { LLMW_ADMIN_KEY: adminKey });
		expect(command).toMatchObject({ code: 0, stdout: `revoked second (${second.id})\n` });
		expect(command.stderr).toContain("The key is revoked in this gateway. Its store can't be written");
		expect(await statuses(url, first, second)).toEqual(new Set([401]));
		expect(await statuses(url, third)).toEqual(new Set([200]));

		const [victim = 0] = await workerPids(url, 2);
		process.kill(victim, "SIGKILL");
		await gateway.says(/a new one starts/);
		await expect.poll(async () => (await workerPids(url, 2)).includes(victim)).toBe(false);
		expect(await statuses(url, first, second)).toEqual(new Set([401]));

		postgres.thaw();
		for (const { id } of [first, second]) await gateway.says(new RegExp(`the store has the revocation of ${id} now`));
		const entries = await revocations(url);
		expect(entries.map(({ target }) => target)).toEqual([first.id, second.id]);
		expect(entries[0]?.actor).toMatchObject({ request_id: response.headers.get("x-request-id") });
		expect(entries[0]?.actor.name).toMatch(/^admin:/);
		expect(entries[0]?.after.revoked_at).toBe((answer as { revoked_at: number }).revoked_at);
		expect(await statuses(url, first, second)).toEqual(new Set([401]));
		expect(await statuses(url, third)).toEqual(new Set([200]));
		expect(notes(data)).toEqual([]);
		const written = await revoke(url, first.id);
		expect(written.status).toBe(200);
		expect(await written.json()).not.toHaveProperty("unwritten");
	}, 90_000);

	test("a reload keeps the key refused", async () => {
		const { gateway } = await served();
		const { url } = gateway;
		const key = await makeKey(url, "bot");
		postgres.freeze();
		expect((await revoke(url, "bot")).status).toBe(202);
		process.kill(gateway.pid(), "SIGHUP");
		await gateway.says(/reloaded/);
		expect(await statuses(url, key)).not.toContain(200);
		postgres.thaw();
		await gateway.says(/the store has the revocation/);
		await expect.poll(() => statuses(url, key), { timeout: 20_000 }).toEqual(new Set([401]));
		expect(await revocations(url)).toHaveLength(1);
	}, 90_000);

	test("a restart keeps the revocation, in a file without secrets for the gateway's user alone", async () => {
		const { data, start, gateway } = await served();
		const key = await makeKey(gateway.url, "bot");
		postgres.freeze();
		expect((await revoke(gateway.url, "bot")).status).toBe(202);
		const [note = ""] = notes(data);
		const file = join(data, note);
		expect(note).toContain(key.id);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(Object.keys(JSON.parse(readFileSync(file, "utf8")))).toEqual(["by", "atMs"]);
		process.kill(gateway.pid(), "SIGKILL");
		await gateway.exited;

		const restarted = await start();
		expect(await statuses(restarted.url, key)).not.toContain(200);
		postgres.thaw();
		await restarted.says(/the store has the revocation/);
		await expect.poll(() => statuses(restarted.url, key), { timeout: 20_000 }).toEqual(new Set([401]));
		expect((await revocations(restarted.url)).map(({ target }) => target)).toEqual([key.id]);
		expect(notes(data)).toEqual([]);
	}, 90_000);

	test("of a key that the gateway doesn't know it says that it may still work", async () => {
		const { gateway } = await served();
		await makeKey(gateway.url, "bot");
		postgres.freeze();
		const response = await revoke(gateway.url, "other");
		expect(response.status).toBe(503);
		expect(await response.text()).toContain("may still work");
	}, 60_000);
});

test("on a full disk a key is refused, the answer says that a restart forgets it, and it is written when there is room", async ({
	skip,
}) => {
	const data = smallDisk();
	if (data === undefined) return skip("only root can mount a small disk");
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const args = ["--data", data, "--workers", "2", "--overlay", withoutRateLimit()];
	const gateway = await serveLlmw(host, args, { LLMW_ADMIN_KEY: adminKey });
	const { url } = gateway;
	const key = await makeKey(url, "bot");
	const makeRoom = fill(data);
	for (let round = 0; round < 2; round += 1) {
		const response = await revoke(url, "bot");
		expect(response.status).toBe(202);
		expect(await response.json()).toMatchObject({ status: "revoked", unwritten: { survives_restart: false } });
	}
	expect(await statuses(url, key)).toEqual(new Set([401]));
	const shown = await fetch(`${url}/v1/admin/keys/${key.id}`, { headers: asAdmin });
	expect(await shown.json()).toMatchObject({ status: "revoked" });
	makeRoom();
	await gateway.says(/the store has the revocation/);
	expect((await revocations(url)).map(({ target }) => target)).toEqual([key.id]);
	expect(await statuses(url, key)).toEqual(new Set([401]));
}, 60_000);
