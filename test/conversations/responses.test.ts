/** Responses in a conversation: what came before comes first, and what is said is appended, whole and in order. */
import { describe, expect, test } from "vitest";
import { type HostAnswer, sendJson } from "../kit/aiHost.js";
import { clientOf, gatewayWith, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { overBothGateways } from "../kit/stores.js";
import { chunks, completion, type Json } from "../kit/translated.js";

async function setUp(answer?: HostAnswer, settings: Parameters<typeof upstream>[2] = {}) {
	let turns = 0;
	const host = await hostOf((request, response, message) => {
		turns += 1;
		if (answer !== undefined) return answer(request, response, message);
		const { stream } = JSON.parse(request.body.toString()) as { stream?: boolean };
		const content = `Answer ${turns}.`;
		return (stream ? chunks([{ content }]) : completion({ content }))(request, response, message);
	});
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, settings)],
		routes: [route(["one/m"])],
	});
	const client = clientOf(gateway);
	return {
		host,
		client,
		ask: (conversation: string | { id: string }, input: string, more: object = {}) =>
			client.responses.create({
				model: "test-model",
				input,
				conversation,
				...more,
			} as never) as Promise<unknown> as Promise<Json>,
		sent: () =>
			(JSON.parse(host.received.at(-1)?.body.toString() ?? "") as { messages: Json[] }).messages.map(
				({ role, content }) => `${role}: ${content}`,
			),
		async texts(id: string): Promise<string[]> {
			const { data } = await client.conversations.items.list(id, { order: "asc", limit: 100 });
			return (data as unknown as { role: string; content: { text: string }[] }[]).map(
				({ role, content }) => `${role}: ${content.map(({ text }) => text).join()}`,
			);
		},
	};
}

overBothGateways(() => {
	test("each turn goes on from all that was said, whole and streamed, kept or not", async () => {
		const { ask, client, sent, texts } = await setUp();
		const { id } = await client.conversations.create({ items: [{ role: "developer", content: "Be kind." }] });
		expect(await ask(id, "One")).toMatchObject({ conversation: { id }, previous_response_id: null });
		const stream = await client.responses.create({
			model: "test-model",
			input: "Two",
			conversation: { id },
			stream: true,
		});
		const events = [];
		for await (const event of stream) events.push(event);
		expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { conversation: { id } } });
		await ask({ id }, "Three", { store: false });
		expect(sent()).toEqual([
			"system: Be kind.",
			"user: One",
			"assistant: Answer 1.",
			"user: Two",
			"assistant: Answer 2.",
			"user: Three",
		]);
		expect(await texts(id)).toEqual([
			"developer: Be kind.",
			...[1, 2, 3].flatMap((turn) => [`user: ${["One", "Two", "Three"][turn - 1]}`, `assistant: Answer ${turn}.`]),
		]);
	});

	test("of two turns at once, one is refused in the vendor's words, and the next may come after the first", async () => {
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		let begun = () => {};
		const isBegun = new Promise<void>((resolve) => {
			begun = resolve;
		});
		const { ask, client, texts } = await setUp(async (request, response, message) => {
			begun();
			await held;
			return completion({ content: "Well." })(request, response, message);
		});
		const { id } = await client.conversations.create();
		const first = ask(id, "First");
		await isBegun;
		const locked = { status: 400, code: "conversation_locked", param: "conversation" };
		await expect(ask(id, "Second")).rejects.toMatchObject(locked);
		const adding = client.conversations.items.create(id, { items: [{ role: "user", content: "x" }] });
		await expect(adding).rejects.toMatchObject(locked);
		release();
		await first;
		await ask(id, "Third");
		expect(await texts(id)).toEqual(["user: First", "assistant: Well.", "user: Third", "assistant: Well."]);
	});

	test("a turn that fails leaves nothing, and the next may begin at once", async () => {
		let fails = true;
		const { ask, client, texts } = await setUp((request, response, message) =>
			fails
				? sendJson(response, { error: { message: "no", type: "x" } }, 400)
				: completion({ content: "Yes." })(request, response, message),
		);
		const { id } = await client.conversations.create();
		for (let attempt = 0; attempt < 3; attempt += 1)
			await expect(ask(id, "Please")).rejects.toMatchObject({ status: 400, code: "upstream_error" });
		fails = false;
		await ask(id, "Please");
		expect(await texts(id)).toEqual(["user: Please", "assistant: Yes."]);
	});
});

test("a client that leaves ends its turn", async () => {
	let begun = () => {};
	const isBegun = new Promise<void>((resolve) => {
		begun = resolve;
	});
	let isFirst = true;
	const { ask, client, host, texts } = await setUp((request, response, message) => {
		if (!isFirst) return completion({ content: "Here." })(request, response, message);
		isFirst = false;
		begun();
		return undefined;
	});
	const { id } = await client.conversations.create();
	const leaving = new AbortController();
	const first = client.responses.create(
		{ model: "test-model", input: "x", conversation: id },
		{ signal: leaving.signal },
	);
	await isBegun;
	const aborted = host.nextAbort();
	leaving.abort();
	await expect(first).rejects.toThrow();
	await aborted;
	await expect
		.poll(() =>
			ask(id, "Again").then(
				({ status }) => status,
				() => undefined,
			),
		)
		.toBe("completed");
	expect(await texts(id)).toEqual(["user: Again", "assistant: Here."]);
});

describe("a conversation that the gateway doesn't have", () => {
	test("is not found where no upstream could have it, nor with another's id beside it", async () => {
		const { ask, client, host } = await setUp();
		await expect(ask("conv_unknown", "x")).rejects.toMatchObject({
			status: 404,
			code: "conversation_not_found",
			param: "conversation",
		});
		for (const wrong of [5, "", [], {}])
			await expect(ask(wrong as never, "x")).rejects.toMatchObject({ status: 400, param: "conversation" });
		const { id } = await client.conversations.create();
		const both = ask(id, "x", { previous_response_id: "resp_1" });
		await expect(both).rejects.toMatchObject({ status: 400, code: "mutually_exclusive_parameters" });
		expect(host.received).toEqual([]);
	});

	test("goes on to an upstream that keeps its own, while one of the gateway's comes with all its items", async () => {
		const answer: HostAnswer = (_request, response) =>
			sendJson(response, {
				id: "resp_1",
				object: "response",
				status: "completed",
				output: [
					{ id: "msg_same", type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi." }] },
				],
			});
		const { ask, client, host, texts } = await setUp(answer, { provider: "openai", key: "sk" });
		const sent = () => JSON.parse(host.received.at(-1)?.body.toString() ?? "") as Json;
		await ask("conv_theirs", "x");
		expect(sent()).toEqual({ model: "m", input: "x", conversation: "conv_theirs" });
		const { id } = await client.conversations.create();
		await ask(id, "One");
		await ask(id, "Two");
		expect(sent()).toMatchObject({ store: false, input: [{ role: "user" }, { role: "assistant" }, { role: "user" }] });
		expect(sent()).not.toHaveProperty("conversation");
		// All of this upstream's items have the same id.
		expect(await texts(id)).toEqual(["user: One", "assistant: Hi.", "user: Two", "assistant: Hi."]);
	});
});

test("its items count, and are compacted with the input", async () => {
	const { client, ask, host } = await setUp();
	const { id } = await client.conversations.create();
	await ask(id, "A long story. ".repeat(50));
	const counting = { model: "test-model", input: "Hi", conversation: id };
	expect((await client.responses.inputTokens.count(counting)).input_tokens).toBeGreaterThan(100);
	const compacted = await client.responses.compact({ model: "test-model", input: "Hi", conversation: id } as never);
	expect(compacted.output).toMatchObject([{ role: "user" }, { role: "user" }, { type: "compaction" }]);
	expect(host.received.at(-1)?.body.toString()).toContain("A long story.");
});

test("one that is too large for a request is refused by its name", async () => {
	const host = await hostOf(completion({ content: "Hi." }));
	const gateway = await gatewayWith(
		{ upstreams: [upstream("one", `${host.url}/v1`)], routes: [route(["one/m"])] },
		{ "max-body": "1kb" },
	);
	const client = clientOf(gateway);
	const { id } = await client.conversations.create();
	for (let at = 0; at < 2; at += 1)
		await client.conversations.items.create(id, { items: [{ role: "user", content: "x".repeat(600) }] });
	const asking = client.responses.create({ model: "test-model", input: "x", conversation: id });
	await expect(asking).rejects.toMatchObject({ status: 413, code: "body_too_large", param: "conversation" });
	expect(host.received).toEqual([]);
});

test("a response goes on from one in a conversation by its id, without being appended to it", async () => {
	const { client, ask, texts, sent } = await setUp();
	const { id } = await client.conversations.create();
	const first = (await ask(id, "One")) as { id: string };
	await client.responses.create({ model: "test-model", input: "Two", previous_response_id: first.id });
	expect(sent()).toEqual(["user: One", "assistant: Answer 1.", "user: Two"]);
	expect(await texts(id)).toHaveLength(2);
});
