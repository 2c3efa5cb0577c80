/** Kept responses as their owner reads, pages through and deletes them; and those that an upstream keeps. */
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { addKey } from "../kit/keys.js";
import { overChat, overResponses, startTurnHost } from "../kit/responses.js";
import { clientOf, gatewayWith, route, upstream } from "../kit/routing.js";

const model = "test-model";
const refused = (asking: () => PromiseLike<unknown>) =>
	Promise.resolve(asking()).then(
		() => "nothing was refused",
		(error: unknown) => error,
	);
const as = (baseURL: string, { secret }: { secret: string }) => new OpenAI({ apiKey: secret, baseURL, maxRetries: 0 });

async function own() {
	const host = await startTurnHost(overChat);
	onTestFinished(() => host.close());
	const gateway = await gatewayWith({ upstreams: [upstream("one", host.url)], routes: [route(["one/parrot"])] });
	return { host, gateway, client: clientOf(gateway) };
}

async function ids(pages: AsyncIterable<{ id?: string | null }>): Promise<string[]> {
	const all: string[] = [];
	for await (const { id } of pages) all.push(String(id));
	return all;
}

describe("a response that the gateway keeps", () => {
	test("is retrieved as its client got it, whole and as events, by its owner alone", async () => {
		const { gateway } = await own();
		const [mine, other] = [await addKey(gateway, { name: "mine" }), await addKey(gateway, { name: "other" })];
		const client = as(gateway.baseUrl, mine);
		const made = await client.responses.create({ model, input: "One", instructions: "Be brief." });
		expect(await client.responses.retrieve(made.id)).toEqual(made);
		const events: OpenAI.Responses.ResponseStreamEvent[] = [];
		for await (const event of await client.responses.retrieve(made.id, { stream: true })) events.push(event);
		expect(events[0]).toMatchObject({ type: "response.created", sequence_number: 0, response: { id: made.id } });
		const { output_text: _text, ...whole } = made;
		expect(events.at(-1)).toMatchObject({ type: "response.completed", response: whole });
		const late = await refused(() => client.responses.retrieve(made.id, { stream: true, starting_after: 2 }));
		expect(late).toMatchObject({ status: 400, code: "response_events_not_kept" });
		const stranger = as(gateway.baseUrl, other);
		for (const asking of [
			() => stranger.responses.retrieve(made.id),
			() => stranger.responses.delete(made.id),
			() => stranger.responses.inputItems.list(made.id),
			() => client.responses.retrieve("resp_none"),
		])
			expect(await refused(asking)).toMatchObject({ status: 404, code: "response_not_found" });
		expect(await refused(() => client.responses.cancel(made.id))).toMatchObject({ status: 400 });
	});

	test("lists all that the model was given, in pages, each item with an id that can be referred to", async () => {
		const { client, host } = await own();
		const first = await client.responses.create({ model, input: "One" });
		const second = await client.responses.create({
			model,
			input: [
				{ role: "user", content: "Two" },
				{ id: "msg_mine", type: "message", role: "user", content: [] } as never,
			],
			previous_response_id: first.id,
		});
		const newest = await ids(client.responses.inputItems.list(second.id, { limit: 1 }));
		expect(newest).toHaveLength(4);
		expect(newest[0]).toBe("msg_mine");
		expect(newest[2]).toBe(first.output[0]?.id);
		const oldest = await ids(client.responses.inputItems.list(second.id, { order: "asc", limit: 3 }));
		expect(oldest).toEqual([...newest].reverse());
		const page = await client.responses.inputItems.list(second.id, { order: "asc", limit: 2 });
		const { body } = page as unknown as { body: object };
		expect(body).toMatchObject({ object: "list", has_more: true, first_id: oldest[0], last_id: oldest[1] });
		expect(page.data[0]).toMatchObject({
			type: "message",
			role: "user",
			content: [{ type: "input_text", text: "One" }],
		});
		const missing = await refused(() => client.responses.inputItems.list(second.id, { after: "msg_none" }));
		expect(missing).toMatchObject({ status: 404, param: "after" });
		await client.responses.create({
			model,
			input: [{ type: "item_reference", id: oldest[0] as string }],
			store: false,
		});
		expect(host.asked().at(-1)?.messages).toEqual([{ role: "user", content: "One" }]);
	});

	test("is shown with the turns that lead to it, each with what it brought, in pages", async () => {
		const { gateway } = await own();
		const [mine, other] = [await addKey(gateway, { name: "mine" }), await addKey(gateway, { name: "other" })];
		const keyed = as(gateway.baseUrl, mine);
		const item = '{ "role": "user",  "content": "Tw\\u006f" }';
		const first = await keyed.responses.create({ model, input: "One" });
		const sent = await fetch(`${gateway.baseUrl}/responses`, {
			method: "POST",
			headers: { authorization: `Bearer ${mine.secret}`, "content-type": "application/json" },
			body: `{"model":"${model}","previous_response_id":"${first.id}","input":[${item}]}`,
		});
		const second = (await sent.json()) as OpenAI.Responses.Response;
		const path = `/responses/${second.id}/turns`;
		const asked = await fetch(`${gateway.baseUrl}${path}`, { headers: { authorization: `Bearer ${mine.secret}` } });
		const text = await asked.text();
		expect(text).toContain(`"input":[${item}]`);
		expect(JSON.parse(text)).toMatchObject({
			has_more: false,
			data: [
				{ id: second.id, previous_response_id: first.id, thread: first.id, output: second.output },
				{ id: first.id, input: [{ role: "user" }], output: first.output, usage: { input_tokens: 1, output_tokens: 2 } },
			],
		});
		const page = await keyed.get<object>(`${path}?limit=1&order=asc`);
		expect(page).toMatchObject({ has_more: true, last_id: first.id, data: [{ id: first.id }] });
		expect(await keyed.get<object>(`${path}?after=${second.id}`)).toMatchObject({ data: [{ id: first.id }] });
		for (const asking of [
			() => keyed.get(`${path}?after=resp_none`),
			() => as(gateway.baseUrl, other).get(path),
			() => keyed.get("/responses/resp_none/turns"),
		])
			expect(await refused(asking)).toMatchObject({ status: 404 });
	});

	test("is listed with its conversation and the id of its request", async () => {
		const { client } = await own();
		const { id } = await client.conversations.create();
		await client.responses.create({ model, input: "Before" });
		const said = client.responses.create({ model, input: "One", conversation: id });
		const { data: made, request_id } = await said.withResponse();
		const listed = await client.get<object>(`/responses/kept?conversation=${id}`);
		expect(listed).toMatchObject({ data: [{ id: made.id, conversation: id, request_id, thread: made.id }] });
		const all = await client.get<{ data: { conversation: string | null }[] }>("/responses/kept");
		expect(all.data.map(({ conversation }) => conversation)).toEqual([id, null]);
	});

	test("is gone once it is deleted, with all that goes on from it", async () => {
		const { client } = await own();
		const first = await client.responses.create({ model, input: "One" }, { idempotencyKey: "k" });
		const second = await client.responses.create({ model, input: "Two", previous_response_id: first.id });
		await client.responses.delete(first.id);
		expect(await refused(() => client.responses.retrieve(first.id))).toMatchObject({ status: 404 });
		for (const previous_response_id of [first.id, second.id])
			expect(await refused(() => client.responses.create({ model, input: "x", previous_response_id }))).toMatchObject({
				status: 400,
				code: "previous_response_not_found",
			});
		expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id });
	});
});

describe("a response that an upstream keeps", () => {
	/** Two upstreams that keep what they have answered, and a third with the same name of the model. */
	async function theirs(more: object = {}) {
		const hosts = await Promise.all(
			["a", "b"].map(async () => {
				const kept = new Map<string, object>();
				const host = await startTurnHost((request, response, message) => {
					const id = /resp_\w+/.exec(request.url)?.[0] ?? "";
					const end = (status: number, body: object) => {
						response.writeHead(status, { "content-type": "application/json" });
						response.end(JSON.stringify(body));
					};
					if (request.method === "POST" && request.url.endsWith("/responses")) {
						const { write, end: last } = response;
						response.write = ((text: string) => {
							const made = /"id":"(resp_host\d+)"/.exec(text)?.[1];
							if (made !== undefined) kept.set(made, {});
							return write.call(response, text, "utf8", () => {});
						}) as typeof response.write;
						response.end = ((text = "") => {
							const made = /"id":"(resp_host\d+)"/.exec(String(text))?.[1];
							if (made !== undefined) kept.set(made, {});
							return last.call(response, text, "utf8", () => {});
						}) as typeof response.end;
						return overResponses(request, response, message);
					}
					if (!kept.has(id))
						return end(404, { error: { message: "no", type: "invalid_request_error", code: null, param: null } });
					if (request.method === "DELETE") kept.delete(id);
					return end(200, { id, object: "response", output: [], asked: request.method, at: request.url });
				});
				onTestFinished(() => host.close());
				return host;
			}),
		);
		const [a, b] = hosts as [(typeof hosts)[0], (typeof hosts)[0]];
		const gateway = await gatewayWith({
			upstreams: [
				upstream("a", a.url, { provider: "openai", key: "sk-a" }),
				upstream("b", b.url, { provider: "xai", key: "sk-b" }),
			],
			routes: [
				{ ...route(["a/parrot", "b/parrot"], {}, { kind: "round_robin" }), ...more },
				route(["a/parrot"], { models: ["only-a"] }),
			],
		});
		const keys = [await addKey(gateway, { name: "mine" }), await addKey(gateway, { name: "other" })] as const;
		return { a, b, gateway, client: as(gateway.baseUrl, keys[0]), stranger: as(gateway.baseUrl, keys[1]) };
	}

	test("leads back to that upstream, whatever the route's order, and passes as it came", async () => {
		const { a, b, client } = await theirs();
		for (const stream of [false, true]) {
			const made: string[] = [];
			for (let turn = 0; turn < 4; turn += 1) {
				const request = { model, input: `Turn ${turn}`, previous_response_id: made.at(-1) ?? null };
				if (!stream) made.push((await client.responses.create(request)).id);
				else made.push((await client.responses.stream(request as never).finalResponse()).id);
			}
			expect(made.every((id) => /^resp_host\d+$/.test(id))).toBe(true);
			const asked = [a, b].map((host) =>
				host.asked().filter(({ previous_response_id: id }) => made.includes(String(id))),
			);
			expect(asked.map(({ length }) => length).sort()).toEqual([0, 3]);
			expect(asked.flat().map(({ input }) => input)).toEqual(["Turn 1", "Turn 2", "Turn 3"]);
			expect(asked.flat().every((json) => !("store" in json))).toBe(true);
			for (const id of made) expect(await client.responses.retrieve(id)).toMatchObject({ id, asked: "GET" });
			const page = (await client.responses.inputItems.list(made[0] as string, { limit: 7 })) as unknown as {
				body: { at: string };
			};
			expect(page.body.at).toContain(`/responses/${made[0]}/input_items?`);
			expect(await client.responses.cancel(made[0] as string)).toMatchObject({ asked: "POST" });
			await client.responses.delete(made[0] as string);
			expect(await refused(() => client.responses.retrieve(made[0] as string))).toMatchObject({ status: 404 });
		}
	});

	test("is its owner's alone, although the upstream knows one credential for all", async () => {
		const { a, b, client, stranger } = await theirs();
		const { id } = await client.responses.create({ model, input: "One" });
		const before = a.received.length + b.received.length;
		expect(
			await refused(() => stranger.responses.create({ model, input: "x", previous_response_id: id })),
		).toMatchObject({
			status: 400,
			code: "previous_response_not_found",
		});
		for (const asking of [
			() => stranger.responses.retrieve(id),
			() => stranger.responses.delete(id),
			() => stranger.responses.inputItems.list(id),
		])
			expect(await refused(asking)).toMatchObject({ status: 404 });
		expect(a.received.length + b.received.length).toBe(before);
	});

	test("is not gone on from elsewhere", async () => {
		const { client, b } = await theirs();
		let id = "";
		while (!b.received.some(({ method }) => method === "POST"))
			id = (await client.responses.create({ model, input: "One" })).id;
		const elsewhere = refused(() => client.responses.create({ model: "only-a", input: "x", previous_response_id: id }));
		expect(await elsewhere).toMatchObject({ status: 400, code: "previous_response_elsewhere", param: "model" });
	});

	test("is the gateway's where the route says so", async () => {
		const { a, b, client } = await theirs({ responsesKeptBy: "gateway" });
		const first = await client.responses.create({ model, input: "One" });
		await client.responses.create({ model, input: "Two", previous_response_id: first.id });
		expect(first.id).toMatch(/^resp_\w{48}$/);
		const asked = [...a.asked(), ...b.asked()];
		expect(asked.map(({ store }) => store)).toEqual([false, false]);
		expect(asked.map(({ input }) => (Array.isArray(input) ? input.length : input)).sort()).toEqual([4, "One"]);
		expect(a.received.length).toBe(1);
	});
});
