/** Many requests that come in the same turn of the event loop. */
import { expect, onTestFinished, test } from "vitest";
import { turnstile } from "../src/gateway/turnstile.js";
import { completion, sendJson, startAiHost } from "./kit/aiHost.js";
import { gatewayFor, hello, postChat, withoutRateLimit } from "./kit/gateway.js";
import { openRaw } from "./kit/rawHttp.js";

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("only some begin in one turn of the event loop, all in their order", async () => {
	const begun: number[] = [];
	const enter = turnstile((entrant: number) => begun.push(entrant));
	const all = Array.from({ length: 100 }, (_, index) => index);
	for (const entrant of all) enter(entrant);
	const atOnce = begun.length;
	expect(atOnce).toBeGreaterThan(1);
	expect(atOnce).toBeLessThan(40);
	for (let before = atOnce; before < 100; before = begun.length) {
		await nextTurn();
		expect(begun.length - before).toBeLessThanOrEqual(atOnce);
		// One that comes while others wait is not let past them.
		enter(all.length);
		all.push(all.length);
	}
	while (begun.length < all.length) await nextTurn();
	expect(begun).toEqual(all);
});

const requestOf = (id: string) => {
	const body = JSON.stringify(hello);
	return `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${id}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};
const ids = Array.from({ length: 100 }, (_, index) => `req-${index}`);

async function start() {
	const host = await startAiHost((_request, response) => sendJson(response, completion));
	onTestFinished(() => host.close());
	return { host, ...(await gatewayFor(host, { overlay: withoutRateLimit() })) };
}

test("a hundred requests in one packet are all answered, in their order", async () => {
	const { host, port } = await start();
	const connection = openRaw(port);
	connection.send(ids.map(requestOf).join(""));
	const answers = await connection.answers(100);
	connection.destroy();
	expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
	expect(answers.map(({ headers }) => headers["x-request-id"])).toEqual(ids);
	expect(host.received).toHaveLength(100);
});

test("those whose client leaves while they wait are forgotten", async () => {
	const { gateway, port, baseUrl } = await start();
	for (let round = 0; round < 5; round += 1) {
		const connection = openRaw(port);
		connection.send(ids.map(requestOf).join(""));
		await connection.answers(1);
		connection.destroy();
		await connection.closed;
	}
	expect((await postChat(baseUrl, hello)).status).toBe(200);
	await expect.poll(() => gateway.services.load.requests, { timeout: 20_000 }).toBe(0);
	expect(gateway.services.bodies.heldBytes).toBe(0);
});
