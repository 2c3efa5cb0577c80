/** Bodies that there is no memory for yet: they wait for it, in the order in which they came. */
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createBodyBudget } from "../../src/exchange/bodyBudget.js";
import { completion, sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, jsonOf, postChat, type TestGateway } from "../kit/gateway.js";
import { announce, bodyOf, head, held, inFront, mega, open } from "./largeBodies.js";

/** A gateway whose memory for large bodies is taken by a request that its host answers when it is told to. */
async function busy(bodyWait: string) {
	let answer = () => {};
	const answered = new Promise<void>((resolve) => {
		answer = resolve;
	});
	let asked = 0;
	const { gateway, host } = await inFront(bodyWait, async (_request, response) => {
		asked += 1;
		if (asked === 1) await answered;
		sendJson(response, completion);
	});
	const first = postChat(gateway.baseUrl, bodyOf(5.5 * mega));
	await expect.poll(() => host.received.length).toBe(1);
	const finish = async () => {
		answer();
		const response = await first;
		await response.text();
		return response.status;
	};
	onTestFinished(async () => void (await finish().catch(() => {})));
	return { gateway, host, finish };
}

const waiting = ({ gateway }: TestGateway) => gateway.services.bodies.waiting;

async function untilWaiting(gateway: TestGateway, count: number): Promise<void> {
	await expect.poll(() => waiting(gateway)).toBe(count);
}

async function expectFree(gateway: TestGateway): Promise<void> {
	await expect.poll(() => held(gateway)).toBe(0);
	expect(waiting(gateway)).toBe(0);
}

const ways: Record<string, (gateway: TestGateway) => Promise<Response>> = {
	"of a known length": (gateway) => postChat(gateway.baseUrl, bodyOf(mega)),
	"in chunks": ({ baseUrl }) =>
		fetch(`${baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: new Blob([bodyOf(mega)]).stream(),
			duplex: "half",
		} as RequestInit),
	compressed: ({ baseUrl }) =>
		fetch(`${baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json", "content-encoding": "gzip" },
			body: gzipSync(bodyOf(mega)),
		}),
	"that is a form": ({ baseUrl }) => {
		const form = new FormData();
		form.set("model", "m");
		form.set("file", new Blob([Buffer.alloc(mega)]), "a.mp3");
		return fetch(`${baseUrl}/audio/transcriptions`, { method: "POST", body: form });
	},
};

test.each(Object.entries(ways))("a body %s waits, and is served", async (_way, send) => {
	const { gateway, host, finish } = await busy("5m");
	const later = send(gateway);
	await untilWaiting(gateway, 1);
	expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
	expect(host.received).toHaveLength(2);
	expect(await finish()).toBe(200);
	const response = await later;
	expect(response.status).toBe(200);
	await response.text();
	expect(host.received).toHaveLength(3);
	await expectFree(gateway);
	const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
	expect(metrics).toContain("llmgw_waited_bodies_total 1\n");
	expect(metrics).toContain("llmgw_waiting_bodies");
	expect(metrics).not.toContain("llmgw_refused_bodies_total 1\n");
});

test("who asks first whether to send it is told to when there is room", async () => {
	const { gateway, finish } = await busy("5m");
	const connection = open(gateway);
	const body = bodyOf(mega);
	connection.send(head(`content-length: ${body.length}`, "expect: 100-continue"));
	await untilWaiting(gateway, 1);
	expect(connection.text()).toBe("");
	await finish();
	await expect.poll(() => connection.text()).toMatch(/^HTTP\/1\.1 100 /);
	connection.send(body);
	await expect.poll(() => connection.text()).toContain("HTTP/1.1 200 ");
});

test("they get it in the order in which they came", async () => {
	const { gateway, host, finish } = await busy("5m");
	const order = [4, 3.25, 3.5];
	const answers: Promise<Response>[] = [];
	for (const megabytes of order) {
		answers.push(postChat(gateway.baseUrl, bodyOf(megabytes * mega), { "x-request-id": `of-${megabytes}` }));
		await untilWaiting(gateway, answers.length);
	}
	// There is room for one at a time.
	await finish();
	for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
	expect(host.received.slice(1).map(({ headers }) => headers["x-request-id"])).toEqual(order.map((of) => `of-${of}`));
	await expectFree(gateway);
});

test("nobody waits for ever, and is told so in its own dialect", async () => {
	const { gateway, host } = await busy("50ms");
	const response = await fetch(`${gateway.baseUrl}/messages`, {
		method: "POST",
		headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
		body: bodyOf(mega),
	});
	expect(response.status).toBe(503);
	expect(response.headers.get("retry-after")).toBe("1");
	const refusal = await jsonOf<{ type: string; error: { message: string } }>(response);
	expect(refusal.type).toBe("error");
	expect(refusal.error.message).toContain("memory");
	expect(waiting(gateway)).toBe(0);
	expect(host.received).toHaveLength(1);
});

test("a client that leaves makes way for the next", async () => {
	const { gateway, host, finish } = await busy("5m");
	const leaving = open(gateway);
	leaving.send(head(`content-length: ${5.75 * mega}`));
	await untilWaiting(gateway, 1);
	const next = postChat(gateway.baseUrl, bodyOf(0.4 * mega));
	await untilWaiting(gateway, 2);
	leaving.destroy();
	// There is room for the next beside the one in flight.
	expect((await next).status).toBe(200);
	expect(host.received).toHaveLength(2);
	await finish();
	await expectFree(gateway);
});

test("a gateway that stops tells them", async () => {
	const { gateway } = await busy("5m");
	const response = postChat(gateway.baseUrl, bodyOf(mega));
	await untilWaiting(gateway, 1);
	await gateway.gateway.close();
	expect((await response).status).toBe(503);
	expect(await jsonOf(await response)).toMatchObject({ error: { code: "gateway_stopping" } });
});

test("their clients have the time to send a body that others have", async () => {
	const host = await startAiHost((_request, response) => sendJson(response, completion));
	onTestFinished(() => host.close());
	const budget = { "body-budget": "8mb", "body-wait": "5m", workers: "1" };
	const gateway = await gatewayFor(host, { ...budget, "request-timeout": "2s" });
	await announce(gateway, 5.5 * mega);
	const [patient, silent] = [open(gateway), open(gateway)];
	const body = bodyOf(mega);
	for (const connection of [patient, silent])
		connection.send(head(`content-length: ${body.length}`, "expect: 100-continue"));
	await untilWaiting(gateway, 2);
	// Its time, which began later than theirs, is up.
	const [late] = await (await announce(gateway, 100_000)).answers(1);
	expect(late?.status).toBe(408);
	patient.send(body);
	await expect.poll(() => patient.text(), { timeout: 10_000 }).toContain("HTTP/1.1 200 ");
	await silent.closed;
	expect(silent.text()).toContain("HTTP/1.1 408 ");
	expect(silent.text()).toContain("request_timeout");
	await expectFree(gateway);
});

test("a thousand wait, and no more", async () => {
	const refused: string[] = [];
	const budget = createBodyBudget({
		maxBytes: 4 * mega,
		waitMs: 60_000,
		complain: () => {},
		count: (event) => void (event === "refused" && refused.push(event)),
	});
	budget.hold().add(3 * mega);
	const places = Array.from({ length: 1000 }, () => budget.hold());
	const rooms = places.map((place) => place.take(mega));
	expect(budget.waiting).toBe(1000);
	expect(() => budget.hold().take(mega)).toThrow(/memory/);
	expect(refused).toHaveLength(1);
	for (const place of places) place.release();
	await Promise.all(rooms.map((room) => expect(room).rejects.toThrow()));
	expect(budget.waiting).toBe(0);
	expect(budget.heldBytes).toBe(3 * mega);
});

test("one that has come in part goes ahead of those that have not begun", async () => {
	const budget = createBodyBudget({ maxBytes: 4 * mega, waitMs: 60_000, complain: () => {}, count: () => {} });
	const [first, growing, other] = [budget.hold(), budget.hold(), budget.hold()];
	first.add(mega);
	growing.add(2 * mega);
	const order: string[] = [];
	const whole = other.take(1.5 * mega)?.then(() => order.push("other"));
	const more = growing.take(mega / 2)?.then(() => order.push("growing"));
	first.release();
	await more;
	expect(order).toEqual(["growing"]);
	growing.release();
	await whole;
	expect(budget.heldBytes).toBe(1.5 * mega);
});
