/** `GET /v1/responses/{id}`: responses that are kept, whole and as the rest of their events. */
import { get } from "node:http";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFolder } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { ask, gatewayOver, startSteppedHost, workersOf } from "./kit.js";

const body = { model: "m", input: "Count", stream: true };
const resumable = { "x-llmgw-resumable": "true" };
const path = "/v1/responses";

const idIn = (text: string) => /"id":"(resp_[^"]+)"/.exec(text)?.[1] as string;
const numbersIn = (text: string) => [...text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));

/** Asks on a connection of its own. */
function look(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
	return new Promise((resolve, reject) => {
		get(url, { agent: false, headers }, async (response) => {
			const text = (await response.setEncoding("utf8").toArray()).join("");
			resolve({ status: response.statusCode ?? 0, body: text });
		}).on("error", reject);
	});
}

test("gives the rest of its events after any of them, and the response itself", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const whole = await ask(url, body, { "idempotency-key": "k" }, path).body;
	const at = `${url}${path}/${idIn(whole)}`;
	const all = numbersIn(whole);
	expect(all).toEqual(all.map((_number, place) => place));
	for (const number of all) {
		const { status, body: rest } = await look(`${at}?stream=true&starting_after=${number}`);
		expect(status).toBe(200);
		expect(whole.endsWith(rest)).toBe(true);
		expect(numbersIn(rest)).toEqual(all.slice(number + 1));
	}
	expect((await look(`${at}?stream=true`)).body).toBe(whole);
	expect(JSON.parse((await look(at)).body)).toMatchObject({ id: idIn(whole), object: "response", status: "completed" });
	expect(host.received).toHaveLength(1);
});

test("follows a stream under way with OpenAI's SDK", async () => {
	const host = await startSteppedHost();
	const { url, baseUrl } = await gatewayOver(host);
	const client = new OpenAI({ baseURL: baseUrl, apiKey: "k", maxRetries: 0 });
	const asking = client.responses.create({ model: "m", input: "Count", stream: true }, { headers: resumable });
	await host.step();
	await host.step();
	const first = await asking;
	let id = "";
	let last = 0;
	for await (const event of first) {
		last = event.sequence_number;
		if (event.type === "response.created") id = event.response.id;
		if (event.type === "response.output_text.delta" && event.delta.includes("two")) break;
	}
	expect(await client.responses.retrieve(id)).toMatchObject({ id, status: "in_progress" });
	const rest = await client.responses.retrieve(id, { stream: true, starting_after: last });
	host.finish();
	let text = "";
	for await (const event of rest) {
		expect(event.sequence_number).toBe(last + 1);
		last = event.sequence_number;
		if (event.type === "response.output_text.delta") text += event.delta;
	}
	expect(text).toBe(" three four");
	expect(host.received).toHaveLength(1);
	expect((await look(`${url}${path}/${id}`, { authorization: "Bearer k" })).status).toBe(200);
});

test("is its owner's alone, and unknown ones are refused in the dialect", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const one = { authorization: "Bearer one" };
	const id = idIn(await ask(url, { ...body, store: false }, { ...one, ...resumable }, path).body);
	expect((await look(`${url}${path}/${id}`, one)).status).toBe(200);
	for (const [name, headers] of [
		[id, { authorization: "Bearer two" }],
		["resp_unknown", one],
	] as const) {
		const { status, body: refusal } = await look(`${url}${path}/${name}`, headers);
		expect(status).toBe(404);
		expect(JSON.parse(refusal)).toMatchObject({ error: { type: "invalid_request_error" } });
	}
});

test("of a response that was no stream there is the response, and there are no events", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { url } = await gatewayOver(host);
	const whole = await ask(url, { model: "m", input: "Count" }, { "idempotency-key": "k" }, path).body;
	expect(JSON.parse((await look(`${url}${path}/${idIn(whole)}`)).body)).toEqual(JSON.parse(whole));
	const { status, body: refusal } = await look(`${url}${path}/${idIn(whole)}?stream=true`);
	expect([status, refusal]).toEqual([400, expect.stringContaining("response_not_streamed")]);
});

test("is found by any worker, and after a restart", { timeout: 60_000 }, async () => {
	const host = await startSteppedHost();
	host.finish();
	const flags = ["--workers", "2", "--data", temporaryFolder()];
	const first = await serveLlmw(host, flags);
	const [worker] = await workersOf(first.url, 2);
	const whole = (await worker?.ask(body, { "idempotency-key": "k" }, path).body) as string;
	const at = `${path}/${idIn(whole)}?stream=true&starting_after=1`;
	const rests = await Promise.all(Array.from({ length: 8 }, () => look(first.url + at)));
	for (const rest of rests) expect(numbersIn(rest.body)).toEqual(numbersIn(whole).slice(2));
	first.process.kill("SIGTERM");
	await first.exited;
	const second = await serveLlmw(host, flags);
	expect(numbersIn((await look(second.url + at)).body)).toEqual(numbersIn(whole).slice(2));
});

test("is asked of an upstream that holds responses itself", async () => {
	const asked: string[] = [];
	const host = await startAiHost(({ url }, response) => {
		asked.push(url);
		sendJson(response, { id: "resp_theirs", object: "response" });
	});
	const routing = {
		upstreams: [upstream("theirs", host.url, { provider: "openai" })],
		routes: [route(["theirs"], { models: ["*"] })],
	};
	const { url } = await gatewayWith(routing);
	const { status, body: answer } = await look(`${url}${path}/resp_theirs?include=reasoning`);
	expect([status, JSON.parse(answer)]).toEqual([200, { id: "resp_theirs", object: "response" }]);
	expect(asked).toEqual(["/responses/resp_theirs?include=reasoning"]);
	await host.close();
});

test.each([
	["the gateway's own credential", { key: "own" }, 404],
	["the client's credential", { passthroughAuth: true }, 200],
])("of a caller with a key is asked of an upstream with %s: %s → %i", async (_what, more, expected) => {
	const host = await startAiHost((_request, response) => sendJson(response, { id: "resp_theirs", object: "response" }));
	const routing = {
		upstreams: [upstream("theirs", host.url, { provider: "openai", ...more })],
		routes: [route(["theirs"], { models: ["*"] })],
	};
	const admin = { authorization: "Bearer llmw-admin-of-this-test", "content-type": "application/json" };
	const { url } = await gatewayWith(routing, { "admin-key": "llmw-admin-of-this-test" });
	const made = await fetch(`${url}/v1/admin/keys`, { method: "POST", headers: admin, body: '{"name":"one"}' });
	const { secret } = (await made.json()) as { secret: string };
	const answer = await look(`${url}${path}/resp_theirs`, { "x-llmgw-key": secret, authorization: "Bearer theirs" });
	expect(answer.status).toBe(expected);
	expect(host.received).toHaveLength(expected === 200 ? 1 : 0);
	await host.close();
});
