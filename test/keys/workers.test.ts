/** Keys with real workers: what one of them changes is in force in all. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, type Llmw, serveLlmw, workerPids } from "../kit/llmw.js";

const adminKey = "an-administrator-of-tests";
const workers = 4;
/** How long a change may take until all workers know it. */
const knownWithinMs = 200;

interface Made {
	id: string;
	secret: string;
}

async function served(args: string[] = [], environment: Record<string, string> = { LLMW_ADMIN_KEY: adminKey }) {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const data = temporaryFolder();
	onTestFinished(() => rmSync(data, { recursive: true, force: true }));
	const start = (more: string[] = []) =>
		serveLlmw(
			host,
			["--data", data, "--workers", String(workers), "--overlay", withoutRateLimit(), ...args, ...more],
			environment,
		);
	return { data, start, gateway: await start() };
}

/** Something that administrators do, on a connection of its own. */
async function administer<Reply = Made>(url: string, method: string, path: string, body?: object, key = adminKey) {
	const response = await fetch(`${url}/v1/admin${path}`, {
		method,
		headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	expect(response.status).toBe(200);
	return (await response.json()) as Reply;
}

/** @returns the answers to requests for models on new connections, until every worker has had some */
async function statuses(url: string, secret: string | undefined): Promise<Set<number>> {
	const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
	const asked = Array.from({ length: workers * 5 }, () => getAlone(`${url}/v1/models`, headers));
	return new Set((await Promise.all(asked)).map(({ status }) => status));
}

/** Milliseconds until all workers answer with this status alone. */
async function msUntil(url: string, secret: string | undefined, status: number): Promise<number> {
	const since = performance.now();
	for (;;) {
		const asked = performance.now();
		const found = await statuses(url, secret);
		if (found.size === 1 && found.has(status)) return asked - since;
		if (performance.now() - since > 10_000) throw new Error(`still ${[...found]}, not ${status}, after 10 s`);
	}
}

test("a key works in all workers when it is made, and in none when it is revoked", async () => {
	const { gateway } = await served();
	const { url } = gateway;
	await workerPids(url, workers);
	expect(await statuses(url, undefined)).toEqual(new Set([200]));
	const { id, secret } = await administer(url, "POST", "/keys", { name: "bot" });
	expect(await msUntil(url, secret, 200)).toBeLessThan(knownWithinMs);
	expect(await msUntil(url, undefined, 401)).toBeLessThan(knownWithinMs);
	const rotated = await administer(url, "POST", `/keys/${id}/rotate`, { grace_seconds: 0 });
	expect(await msUntil(url, secret, 401)).toBeLessThan(knownWithinMs);
	expect(await msUntil(url, rotated.secret, 200)).toBeLessThan(knownWithinMs);
	await administer(url, "DELETE", `/keys/${id}`);
	expect(await msUntil(url, rotated.secret, 401)).toBeLessThan(knownWithinMs);
	expect(gateway.stdout() + gateway.stderr()).not.toContain(secret);
});

test("a worker that takes another's place knows the keys from its first request on, and so do all after a reload", async () => {
	const { gateway } = await served();
	const { url } = gateway;
	const { secret } = await administer(url, "POST", "/keys", { name: "bot" });
	const [victim = 0] = await workerPids(url, workers);
	process.kill(victim, "SIGKILL");
	await gateway.says(/a new one starts/);
	for (let round = 0; round < 20; round += 1) expect(await statuses(url, undefined)).toEqual(new Set([401]));
	process.kill(gateway.pid(), "SIGHUP");
	await gateway.says(/reloaded/);
	expect(await statuses(url, undefined)).toEqual(new Set([401]));
	expect(await statuses(url, secret)).toEqual(new Set([200]));
	const other = await administer(url, "POST", "/keys", { name: "other" });
	expect(await msUntil(url, other.secret, 200)).toBeLessThan(knownWithinMs);
});

test("another gateway on the same store hears of it within seconds", async () => {
	const { gateway, start } = await served();
	const second = await start();
	const { id, secret } = await administer(gateway.url, "POST", "/keys", { name: "bot" });
	expect(await msUntil(second.url, undefined, 401)).toBeLessThan(4_000);
	expect(await statuses(second.url, secret)).toEqual(new Set([200]));
	await administer(gateway.url, "DELETE", `/keys/${id}`);
	expect(await msUntil(second.url, secret, 401)).toBeLessThan(4_000);
}, 30_000);

const printedAdmin = /administrator's credential, which is shown this once: (llmw-admin-[\w-]{43})/;

async function stopped(gateway: Llmw): Promise<void> {
	process.kill(gateway.pid(), "SIGTERM");
	await gateway.exited;
}

test("with --require-keys the administrator's credential is printed once, and kept as a hash", async () => {
	const { data, gateway, start } = await served(["--require-keys"], {});
	const [, admin = ""] = await gateway.says(printedAdmin);
	expect(gateway.stdout()).not.toContain(admin);
	expect(await statuses(gateway.url, undefined)).toEqual(new Set([401]));
	const { secret } = await administer(gateway.url, "POST", "/keys", { name: "bot" }, admin);
	await stopped(gateway);
	const again = await start();
	await administer(again.url, "GET", "/keys", undefined, admin);
	expect(await statuses(again.url, secret)).toEqual(new Set([200]));
	await stopped(again);
	expect(again.stderr()).not.toMatch(printedAdmin);
	const files = ["llmgw.sqlite", "llmgw.sqlite-wal"].map((name) => join(data, name)).filter((file) => existsSync(file));
	const stored = Buffer.concat(files.map((file) => readFileSync(file)));
	expect(["bot", admin, secret].map((text) => stored.includes(text))).toEqual([true, false, false]);
});

test.each([
	["0.0.0.0", [], true],
	["0.0.0.0", ["--require-keys"], false],
	["127.0.0.1", [], false],
])("on %s with %j: warns %s", async (bindip, args, warns) => {
	const { gateway } = await served(["--bindip", bindip, ...args]);
	if (warns) await gateway.says(/WARNING: there are no keys, so whoever can reach 0\.0\.0\.0/);
	else {
		await stopped(gateway);
		expect(gateway.stderr()).not.toContain("WARNING");
	}
});

test("with a key there is no warning", async () => {
	const { gateway, start } = await served();
	await administer(gateway.url, "POST", "/keys", { name: "bot" });
	const open = await start(["--bindip", "0.0.0.0"]);
	await stopped(open);
	expect(open.stderr()).not.toContain("WARNING");
});
