/** Requests over a limit that wait for it. */
import { expect, onTestFinished, test } from "vitest";
import { completion, type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { hello, postChat, type TestGateway } from "../kit/gateway.js";
import { gatewayWith, hostUsing, keyOf, until } from "../kit/limited.js";

/** A host that answers when the test says so. */
async function heldHost() {
	const waiting: (() => void)[] = [];
	const answer: HostAnswer = (_request, response) => {
		waiting.push(() => sendJson(response, completion));
	};
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	const next = async () => {
		await until(() => waiting.length > 0);
		waiting.shift()?.();
	};
	return { host, next };
}

const oneAtATime = { organisations: { acme: { concurrentRequests: 1 } }, maxWaitMs: 20_000 };

function waitingIn({ gateway }: TestGateway): number {
	return (gateway.services.ledger as unknown as { size: { waiting: number } }).size.waiting;
}

test("a request waits until another has ended, those of a higher priority first", async () => {
	const { host, next } = await heldHost();
	const gateway = await gatewayWith(host, oneAtATime);
	const [low, high] = [
		await keyOf(gateway, { name: "low", organisation: "acme" }),
		await keyOf(gateway, { name: "high", organisation: "acme", priority: 5 }),
	];
	const order: string[] = [];
	const ask = async (name: string, secret: string) => {
		const response = await postChat(gateway.baseUrl, hello, { authorization: `Bearer ${secret}` });
		await response.text();
		order.push(`${name} ${response.status}`);
	};
	const all = [ask("first", low)];
	await until(() => host.received.length === 1);
	all.push(ask("low", low));
	await until(() => waitingIn(gateway) === 1);
	all.push(ask("high", high));
	await until(() => waitingIn(gateway) === 2);
	for (const _each of all) await next();
	await Promise.all(all);
	expect(order).toEqual(["first 200", "high 200", "low 200"]);
});

test("a client that leaves waits no longer, and leaves its place to the next", async () => {
	const { host, next } = await heldHost();
	const gateway = await gatewayWith(host, oneAtATime);
	const secret = await keyOf(gateway, { name: "bot", organisation: "acme" });
	const headers = { "content-type": "application/json", authorization: `Bearer ${secret}` };
	const ask = (signal?: AbortSignal) =>
		fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers,
			body: JSON.stringify(hello),
			...(signal ? { signal } : {}),
		});
	const first = ask();
	await until(() => host.received.length === 1);
	const leaving = new AbortController();
	const second = ask(leaving.signal).catch(() => "left");
	await until(() => waitingIn(gateway) === 1);
	const third = ask();
	await until(() => waitingIn(gateway) === 2);
	leaving.abort();
	await until(() => waitingIn(gateway) === 1);
	await next();
	await next();
	expect([(await first).status, await second, (await third).status]).toEqual([200, "left", 200]);
	expect(host.received).toHaveLength(2);
});

test("what will not be free in time is refused at once", async () => {
	const gateway = await gatewayWith(await hostUsing(), { clients: { requestsPerDay: 1 }, maxWaitMs: 1_000 });
	expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
	const startedMs = performance.now();
	const late = await postChat(gateway.baseUrl, hello);
	expect(late.status).toBe(429);
	// Only in a day's last second is it worth to wait.
	if (Number(late.headers.get("retry-after")) > 2) expect(performance.now() - startedMs).toBeLessThan(900);
});

test("who has waited as long as is allowed is refused", async () => {
	const { host, next } = await heldHost();
	const gateway = await gatewayWith(host, { clients: { concurrentRequests: 1 }, maxWaitMs: 100 });
	const first = postChat(gateway.baseUrl, hello);
	await until(() => host.received.length === 1);
	const second = await postChat(gateway.baseUrl, hello);
	expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
	await next();
	expect((await first).status).toBe(200);
});
