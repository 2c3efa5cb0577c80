/** Responses that are gone on from, over upstreams without a memory: what the upstream is sent, and what the client gets. */
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HostAnswer } from "../kit/aiHost.js";
import { addKey } from "../kit/keys.js";
import { overChat, overResponses, startTurnHost } from "../kit/responses.js";
import { clientOf, gatewayWith, route, upstream } from "../kit/routing.js";

type Json = Record<string, unknown>;

const kinds: [name: string, answer: HostAnswer, dialects: string[]][] = [
	["chat completions", overChat, ["openai.chat"]],
	["Responses", overResponses, ["openai.responses"]],
];

async function scene(answer: HostAnswer, dialects: string[], flags: Json = {}) {
	const host = await startTurnHost(answer);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(
		{ upstreams: [upstream("one", host.url, { dialects })], routes: [route(["one/parrot"])] },
		flags,
	);
	return { host, gateway, client: clientOf(gateway) };
}

const model = "test-model";
const refused = (promise: Promise<unknown>) =>
	promise.then(
		() => "nothing was refused",
		(error: unknown) => error,
	);

describe.each(kinds)("over %s", (_name, answer, dialects) => {
	const open = (flags?: Json) => scene(answer, dialects, flags);

	test("a thread goes on, whole and as a stream, and the upstream is sent what a client that sends all itself would send", async () => {
		const { client, host } = await open();
		const first = await client.responses.create({
			model,
			input: "One",
			instructions: "Be brief.",
			metadata: { a: "b" },
		});
		expect(first).toMatchObject({
			previous_response_id: null,
			store: true,
			instructions: "Be brief.",
			metadata: { a: "b" },
		});
		expect(first.id).toMatch(/^resp_\w{48}$/);
		const events: OpenAI.Responses.ResponseStreamEvent[] = [];
		for await (const event of await client.responses.create({
			model,
			input: [{ role: "user", content: "Two" }],
			previous_response_id: first.id,
			stream: true,
		}))
			events.push(event);
		const said = events.flatMap((event) => ("response" in event ? [event.response] : []));
		expect(said.length).toBeGreaterThanOrEqual(3);
		const [second] = said as [OpenAI.Responses.Response];
		for (const response of said) {
			expect(response).toMatchObject({ id: second.id, previous_response_id: first.id, store: true });
			expect(response.instructions ?? null).toBeNull();
		}
		expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, place) => place));
		const third = await client.responses.create({ model, input: "Three", previous_response_id: second.id });
		expect(third).toMatchObject({ previous_response_id: second.id });
		const { output } = said.at(-1) as OpenAI.Responses.Response;
		const text = (words: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text: words }] });
		const input = [text("One"), ...first.output, { role: "user", content: "Two" }, ...output, text("Three")];
		await client.responses.create({ model, input: input as never, store: false });
		const [, , expanded, whole] = host.asked() as [Json, Json, Json, Json];
		expect({ ...expanded, store: undefined }).toEqual({ ...whole, store: undefined });
		if (expanded.input !== undefined) expect(expanded.store).toBe(false);
		expect(expanded).not.toHaveProperty("previous_response_id");
		expect(expanded).not.toHaveProperty("instructions");
	});

	test("a response that is not to be kept isn't, and may go on from one that is", async () => {
		const { client, host } = await open();
		const kept = await client.responses.create({ model, input: "One" });
		const loose = await client.responses.create({ model, input: "Two", previous_response_id: kept.id, store: false });
		expect(loose).toMatchObject({ previous_response_id: kept.id, store: false });
		const error = await refused(client.responses.create({ model, input: "x", previous_response_id: loose.id }));
		expect(error).toMatchObject({
			status: 400,
			code: "previous_response_not_found",
			param: "previous_response_id",
			type: "invalid_request_error",
		});
		expect(host.received).toHaveLength(2);
	});

	test("nobody goes on from another owner's", async () => {
		const { gateway } = await open();
		const [one, other] = [await addKey(gateway, { name: "one" }), await addKey(gateway, { name: "other" })];
		const as = ({ secret }: { secret: string }) =>
			new OpenAI({ apiKey: secret, baseURL: gateway.baseUrl, maxRetries: 0 });
		const first = await as(one).responses.create({ model, input: "One" });
		const request = { model, input: "Two", previous_response_id: first.id };
		expect(await refused(as(other).responses.create(request))).toMatchObject({ code: "previous_response_not_found" });
		expect(await as(one).responses.create(request)).toMatchObject({ previous_response_id: first.id });
	});

	test("an item that is only named is put in, from any response of the owner's", async () => {
		const { client, host } = await open();
		const first = await client.responses.create({ model, input: "One" });
		const item = first.output.at(-1) as OpenAI.Responses.ResponseOutputMessage;
		const named = [{ role: "user", content: "One" }, { type: "item_reference", id: item.id }, { id: item.id }];
		for (const store of [null, false]) await client.responses.create({ model, input: named as never, store });
		const whole = [{ role: "user", content: "One" }, item, item];
		await client.responses.create({ model, input: whole as never, store: false });
		const [, stored, loose, expected] = host.asked() as [Json, Json, Json, Json];
		for (const asked of [stored, loose])
			expect({ ...asked, store: undefined }).toEqual({ ...expected, store: undefined });
		const missing = [{ type: "item_reference", id: "msg_none" }];
		const error = await refused(client.responses.create({ model, input: missing as never }));
		expect(error).toMatchObject({ status: 400, code: "item_not_found", param: "input" });
	});

	test("kept are only those that are asked for, or none, as the setting says", async () => {
		const asked = await open({ "keep-responses": "asked" });
		const silent = await asked.client.responses.create({ model, input: "One" });
		const from = (id: string) => ({ model, input: "Two", previous_response_id: id });
		expect(await refused(asked.client.responses.create(from(silent.id)))).toMatchObject({
			code: "previous_response_not_found",
		});
		const loud = await asked.client.responses.create({ model, input: "One", store: true });
		expect(await asked.client.responses.create(from(loud.id))).toMatchObject({ store: false });
		const never = await open({ "keep-responses": "never" });
		const lost = await never.client.responses.create({ model, input: "One", store: true });
		expect(await refused(never.client.responses.create(from(lost.id)))).toMatchObject({
			status: 400,
			code: "unsupported_by_upstream",
			param: "previous_response_id",
		});
	});

	test("a conversation and an earlier response exclude each other", async () => {
		const { client, host } = await open();
		const request = { model, input: "x", previous_response_id: "resp_1", conversation: "conv_1" };
		expect(await refused(client.responses.create(request))).toMatchObject({
			status: 400,
			code: "mutually_exclusive_parameters",
		});
		expect(host.received).toEqual([]);
	});
});

test("bytes of a host pass as they are but for what the response says of itself", async () => {
	const { gateway, host } = await scene(overResponses, ["openai.responses"]);
	const ask = async (body: Json) => {
		const answer = await fetch(`${gateway.baseUrl}/responses`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return answer.text();
	};
	const first = await ask({ model, input: "One" });
	expect(first).toContain('"precise":1e+21');
	const { id } = JSON.parse(first) as { id: string };
	// Numbers and spaces as somebody wrote them, far from what JavaScript would.
	const odd = '{ "type" : "oddity", "value": 1.50e0, "big": 12345678901234567890 }';
	const body = `{"model":"${model}","input":[${odd}],"previous_response_id":"${id}"}`;
	const second = await fetch(`${gateway.baseUrl}/responses`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body,
	}).then((response) => response.json() as Promise<{ id: string }>);
	await ask({ model, input: "Three", previous_response_id: second.id });
	const sent = host.received.at(-1)?.body.toString() ?? "";
	expect(sent).toContain(odd);
	expect(sent).toContain('"precise":1e+21');
});
