/** How many bytes of request bodies a gateway holds at a time: beyond that it says so, and small requests go on. */
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createBodyBudget } from "../../src/exchange/bodyBudget.js";
import { readSettings } from "../../src/settings/settings.js";
import { completion, sendJson } from "../kit/aiHost.js";
import { hello, postChat } from "../kit/gateway.js";
import { announce, bodyOf, expectBudgetRefusal, head, held, inFront, mega, open } from "./largeBodies.js";
import { expectRefusal, refusalOf } from "./pair.js";

describe("what is announced counts before it comes:", () => {
	test("beyond the budget a body is refused at once, and small ones pass", async () => {
		const { gateway, host } = await inFront("0");
		const first = await announce(gateway, 3 * mega);
		await announce(gateway, 2.5 * mega);
		const surplus = open(gateway);
		surplus.send(head(`content-length: ${mega}`));
		await expectBudgetRefusal(surplus);
		expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
		first.destroy();
		await expect.poll(() => held(gateway)).toBe(2.5 * mega);
		expect((await postChat(gateway.baseUrl, bodyOf(mega))).status).toBe(200);
		expect(host.received).toHaveLength(2);
		expect(gateway.printed.filter((line) => line.includes("--body-budget"))).toHaveLength(1);
	});

	test("who asks first whether to send it is told not to", async () => {
		const { gateway } = await inFront("0");
		await announce(gateway, 5.5 * mega);
		const surplus = open(gateway);
		surplus.send(head(`content-length: ${mega}`, "expect: 100-continue"));
		await expectBudgetRefusal(surplus);
	});
});

test("a body in chunks counts as it comes", async () => {
	const { gateway } = await inFront("0");
	await announce(gateway, 5 * mega);
	const surplus = open(gateway);
	const chunk = `${(64 * 1024).toString(16)}\r\n${"x".repeat(64 * 1024)}\r\n`;
	surplus.send(head("transfer-encoding: chunked") + chunk.repeat(32));
	await expectBudgetRefusal(surplus);
	expect(held(gateway)).toBe(5 * mega);
});

test("a compressed body counts as what it is", async () => {
	const { gateway } = await inFront("0");
	await announce(gateway, 5 * mega);
	const coded = gzipSync(bodyOf(3 * mega));
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", "content-encoding": "gzip" },
		body: coded,
	});
	expectRefusal(await refusalOf(response), 503);
	expect(held(gateway)).toBe(5 * mega);
});

test("a body counts until its request is over, however that ends", async () => {
	let release = () => {};
	const released = new Promise<void>((resolve) => {
		release = resolve;
	});
	const { gateway, host } = await inFront("0", async (_request, response) => {
		await released;
		sendJson(response, completion);
	});
	const body = bodyOf(3 * mega);
	const answer = postChat(gateway.baseUrl, body);
	await expect.poll(() => host.received.length).toBe(1);
	expect(held(gateway)).toBe(body.length);
	const leaving = httpRequest(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", "content-length": 2 * mega },
	});
	leaving.on("error", () => {});
	leaving.write("{");
	await expect.poll(() => held(gateway)).toBe(body.length + 2 * mega);
	leaving.destroy();
	await expect.poll(() => held(gateway)).toBe(body.length);
	release();
	expect((await answer).status).toBe(200);
	await (await answer).text();
	await expect.poll(() => held(gateway)).toBe(0);
	// Refused ones too.
	expect((await postChat(gateway.baseUrl, `[${bodyOf(mega)}`)).status).toBe(400);
	await expect.poll(() => held(gateway)).toBe(0);
});

test("a body that there is never room for passes when no other large one is there", async () => {
	const { gateway } = await inFront("0");
	const small = await announce(gateway, 100_000);
	expect((await postChat(gateway.baseUrl, bodyOf(12 * mega))).status).toBe(200);
	await announce(gateway, mega);
	expectRefusal(await refusalOf(await postChat(gateway.baseUrl, bodyOf(12 * mega))), 503);
	small.destroy();
});

test("metrics say how much is held, and what was refused", async () => {
	const { gateway } = await inFront("0");
	await announce(gateway, 6 * mega);
	expect((await postChat(gateway.baseUrl, bodyOf(mega))).status).toBe(503);
	const text = await (await fetch(`${gateway.url}/metrics`)).text();
	expect(text).toContain("llmgw_refused_bodies_total 1\n");
	expect(text).toContain("# TYPE llmgw_request_body_bytes gauge");
});

const options = { maxBytes: 4 * mega, waitMs: 0, complain: () => {}, count: () => {} };

test("small ones have room that large ones don't get", () => {
	const budget = createBodyBudget(options);
	budget.hold().add(3 * mega);
	expect(() => budget.hold().add(mega / 2)).toThrow(/memory/);
	for (let count = 0; count < 10; count += 1) budget.hold().add(100 * 1024);
	expect(() => budget.hold().add(100 * 1024)).toThrow(/memory/);
	expect(budget.heldBytes).toBe(3 * mega + 1000 * 1024);
});

test("what comes after its request is over holds nothing", () => {
	const budget = createBodyBudget(options);
	const hold = budget.hold();
	hold.add(mega);
	hold.release();
	hold.add(mega);
	hold.release();
	expect(budget.heldBytes).toBe(0);
});

test.each(["1023kb", "2tb", "-1"])("a budget of %s is refused", (value) => {
	expect(() => readSettings({ "body-budget": value }, {})).toThrow();
});
