/** A PostgreSQL server that stands still while its connections stay: nobody waits long, and it is used again when it answers. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, startGateway } from "../kit/gateway.js";
import { openStream, startHeldHost } from "../kit/heldStreams.js";
import { addKey } from "../kit/keys.js";
import { type Postgres, postgresPrograms, startPostgres } from "../kit/postgres.js";

/** Seconds, with room for a machine that has much else to do; the server would be waited for much longer. */
const soonMs = 12_000;
/** Less than it takes to find out that it hangs. */
const atOnceMs = 3_000;

const adminKey = "sk-admin-0123456789abcdef";
const asAdmin = { authorization: `Bearer ${adminKey}` };

describe.skipIf(postgresPrograms() === undefined)("a PostgreSQL server that hangs", () => {
	let postgres: Postgres;
	beforeAll(() => {
		postgres = startPostgres();
	}, 60_000);
	afterAll(() => postgres.remove());

	async function gatewayBefore() {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		onTestFinished(() => postgres.thaw());
		return gatewayFor(host, { store: await postgres.database(), "admin-key": adminKey });
	}

	async function timed(request: Promise<Response>) {
		const startedMs = performance.now();
		const response = await request;
		return { status: response.status, error: await errorOf(response), tookMs: performance.now() - startedMs };
	}

	const unavailable = { status: 503, error: expect.objectContaining({ code: "store_unavailable" }) };

	test("keeps nobody waiting, and is used again without a restart", async () => {
		const { baseUrl } = await gatewayBefore();
		const store = () => postChat(baseUrl, { ...hello, store: true });
		const keys = () => fetch(`${baseUrl}/admin/keys`, { headers: asAdmin });
		expect((await store()).status).toBe(200);
		expect((await keys()).status).toBe(200);

		postgres.freeze();
		const first = await Promise.all([...Array.from({ length: 12 }, () => timed(store())), timed(keys())]);
		for (const { tookMs, ...answer } of first) {
			expect(answer).toEqual(unavailable);
			expect(tookMs).toBeLessThan(soonMs);
		}
		// It is known now.
		for (const request of [store, keys, () => fetch(`${baseUrl}/chat/completions`)]) {
			const { tookMs, ...answer } = await timed(request());
			expect(answer).toEqual(unavailable);
			expect(tookMs).toBeLessThan(atOnceMs);
		}
		expect((await postChat(baseUrl, hello)).status).toBe(200);

		postgres.thaw();
		await expect.poll(async () => (await store()).status, { timeout: soonMs }).toBe(200);
		const { data } = await jsonOf<{ data: unknown[] }>(await fetch(`${baseUrl}/chat/completions`));
		expect(data).toHaveLength(2);
	}, 60_000);

	test("when it is first needed: the same", async () => {
		const { baseUrl } = await gatewayBefore();
		postgres.freeze();
		const store = () => postChat(baseUrl, { ...hello, store: true });
		for (const { tookMs, ...answer } of await Promise.all([timed(store()), timed(store())])) {
			expect(answer).toEqual(unavailable);
			expect(tookMs).toBeLessThan(soonMs);
		}
		const { tookMs, ...answer } = await timed(store());
		expect(answer).toEqual(unavailable);
		expect(tookMs).toBeLessThan(atOnceMs);
		postgres.thaw();
		await expect.poll(async () => (await store()).status, { timeout: soonMs }).toBe(200);
	}, 60_000);

	test("clients of a worker that ends hear so at once, also while it looks for what others have left", async () => {
		const host = await startHeldHost();
		onTestFinished(() => postgres.thaw());
		const { gateway, url } = await gatewayFor(host, { store: await postgres.database() });
		const stream = await openStream(url);
		postgres.freeze();
		gateway.services.background.look();
		gateway.services.batches.look();
		const startedMs = performance.now();
		const closing = gateway.close();
		expect(await stream.text).toContain("gateway_stopping");
		expect(performance.now() - startedMs).toBeLessThan(atOnceMs);
		postgres.thaw();
		await closing;
	}, 60_000);

	test("who revokes a key is told soon that it may still work, and can revoke it later", async () => {
		const gateway = await gatewayBefore();
		const { record, secret } = await addKey(gateway);
		const chat = () => postChat(gateway.baseUrl, hello, { authorization: `Bearer ${secret}` });
		const revoke = () => fetch(`${gateway.baseUrl}/admin/keys/${record.id}`, { method: "DELETE", headers: asAdmin });
		expect((await chat()).status).toBe(200);
		postgres.freeze();
		const { tookMs, ...answer } = await timed(revoke());
		expect(answer).toEqual({
			status: 503,
			error: expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("may still work") }),
		});
		expect(tookMs).toBeLessThan(soonMs);
		expect((await chat()).status).toBe(200);
		postgres.thaw();
		await expect.poll(async () => (await revoke()).status, { timeout: soonMs }).toBe(200);
		expect((await chat()).status).toBe(401);
	}, 60_000);

	test("a statement that takes long while the server answers is waited for", async () => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const url = await postgres.database();
		const { baseUrl, stop } = await startGateway(host.url, { store: url });
		onTestFinished(stop);
		const store = () => postChat(baseUrl, { ...hello, store: true });
		expect((await store()).status).toBe(200);
		const { default: pg } = await import("pg");
		const locker = new pg.Client(url);
		await locker.connect();
		await locker.query("begin");
		await locker.query("lock table llmgw.completion in access exclusive mode");
		const waiting = store();
		await expect
			.poll(
				async () => {
					const { rows } = await locker.query("select 1 from pg_locks where not granted");
					return rows.length;
				},
				{ timeout: soonMs },
			)
			.toBeGreaterThan(0);
		// Longer than until the server is asked whether it is there.
		await locker.query("select pg_sleep(3)");
		await locker.query("commit");
		await locker.end();
		expect((await waiting).status).toBe(200);
	}, 60_000);
});
