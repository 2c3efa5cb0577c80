import { expect, test } from "vitest";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import { jsonOf } from "../kit/gateway.js";
import { ask, clientOf, gatewayWith, hear, question, route, startLab, target, upstream } from "../kit/routing.js";

test("the whole time is limited: before an answer, and in its middle", async () => {
	const lab = await startLab();
	const total = { timeouts: { totalMs: 300 } };
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url), upstream("b", lab.url)],
		routes: [
			route([target("a/silent", total), "b/ok"], { models: ["silent"] }),
			route([target("a/slow:50", total), "b/ok"], { models: ["slow"] }),
		],
	});
	const client = clientOf(gateway);
	expect(await ask(client, { model: "silent" })).toMatchObject({ error: { status: 504, code: "upstream_timeout" } });
	const heard = await hear(client, { model: "slow" });
	expect(heard.error?.message).toMatch(/did not end its answer within 0.3 s/);
	expect(referenceAnswer.startsWith(heard.text)).toBe(true);
	expect(heard.finishReason).toBeUndefined();
});

test("a request that waits for one of few connections goes elsewhere in time", async () => {
	const lab = await startLab();
	const quick = { timeouts: { firstByteMs: 200, firstTokenMs: 200 } };
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url, { maxConnections: 1 }), upstream("b", lab.url)],
		routes: [
			route([target("a/stall:1", { timeouts: { idleMs: 60_000 } })], { models: ["long"] }),
			route([target("a/ok", quick), "b/ok,id=b"]),
		],
	});
	const client = clientOf(gateway);
	const held = await client.chat.completions.create({ ...question, model: "long", stream: true });
	expect(await hear(client)).toMatchObject({ text: referenceAnswer, error: undefined });
	expect(lab.ledger.entries().map(({ model }) => model)).toEqual(["stall:1", "ok,id=b"]);
	held.controller.abort();
});

test("a rescued answer is stored whole, under the id that the client has seen", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url), upstream("b", lab.url)],
		routes: [route(["a/cut:20", "b/ok"])],
	});
	const heard = await hear(clientOf(gateway), { store: true });
	const [id] = [...heard.ids];
	expect(heard).toMatchObject({ text: referenceAnswer, finishReason: "stop" });
	const stored = await jsonOf(
		await fetch(`${gateway.baseUrl}/chat/completions/${id}`, { headers: { authorization: "Bearer test" } }),
	);
	expect(stored).toMatchObject({ id, choices: [{ message: { content: referenceAnswer }, finish_reason: "stop" }] });
});

test("each host gets its own credential, headers and name of the model, and no other's", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [
			upstream("a", lab.url, { key: "key-a", headers: { "x-team": "blue" } }),
			upstream("b", lab.url),
			upstream("c", lab.url, { forwardsCredential: true }),
		],
		routes: [route(["a/error:500", "b/error:500,id=b", "c/ok"])],
	});
	expect((await ask(clientOf(gateway))).text).toBe(referenceAnswer);
	const seen = lab.ledger
		.entries()
		.map(({ model, headers }) => [model, headers.authorization !== undefined, headers["x-team"]]);
	expect(seen).toEqual([
		["error:500", true, "blue"],
		["error:500", true, "blue"],
		["error:500,id=b", false, undefined],
		["error:500,id=b", false, undefined],
		["ok", true, undefined],
	]);
	const [first, , , , last] = lab.ledger.entries();
	expect(first?.headers.authorization).not.toBe(last?.headers.authorization);
});

test("a client that names the model twice can't have another one asked for", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({ upstreams: [upstream("a", lab.url)], routes: [route(["a/ok"])] });
	const body = `{"model":"secret","messages":[{"role":"user","content":"?"}],"max_tokens":5,"model":"test-model"}`;
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body,
	});
	expect(response.status).toBe(400);
	expect(lab.ledger.entries()).toEqual([]);
});

test("a large body reaches a target under its own name, as it was written otherwise", async () => {
	const lab = await startLab();
	const gateway = await gatewayWith({
		upstreams: [upstream("a", lab.url)],
		routes: [route(["a/ok"], { models: ["*"] })],
	});
	const text = "x".repeat(500_000);
	for (const given of [{ model: "any" }, {}]) {
		const body = JSON.stringify({ messages: [{ role: "user", content: text }], big: 1, ...given });
		const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: body.replace('"big":1', '"big":12345678901234567890.5'),
		});
		expect(response.status).toBe(200);
		expect(await jsonOf(response)).toMatchObject({ model: "ok" });
	}
});
