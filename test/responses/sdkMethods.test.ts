/** Each method of OpenAI's SDK for responses and conversations, with all of its parameters, over a host without a memory. */
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { expect, test } from "vitest";
import { z } from "zod";
import { clientOf, gatewayWith, route, target } from "../kit/routing.js";
import { startChatOnly } from "../kit/threadHosts.js";
import { gatewayOver, startSteppedHost, words } from "../replay/kit.js";

const model = "test-model";
const include: OpenAI.Responses.ResponseIncludable[] = ["reasoning.encrypted_content", "file_search_call.results"];
const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
const look: OpenAI.Responses.Tool = { type: "function", name: "look", parameters: schema, strict: true };

/** All that a response can be asked for with at such a host, but for what has no meaning there. */
const everything = {
	model,
	input: [{ role: "user", content: "One", type: "message", phase: "commentary" }],
	instructions: "Be brief.",
	background: false,
	context_management: [{ type: "compaction", compact_threshold: 100_000 }],
	include,
	max_output_tokens: 1000,
	metadata: { of: "test" },
	parallel_tool_calls: true,
	prompt_cache_key: "k",
	prompt_cache_retention: "in_memory",
	reasoning: { effort: "low", summary: "auto" },
	safety_identifier: "s",
	service_tier: "default",
	store: true,
	temperature: 1,
	text: { format: { type: "text" }, verbosity: "low" },
	tool_choice: "auto",
	tools: [look],
	top_p: 1,
	truncation: "auto",
	user: "u",
} satisfies OpenAI.Responses.ResponseCreateParamsNonStreaming;

async function open() {
	const host = await startChatOnly((lines) => ({ words: [`${lines.length} `, "lines"] }));
	const targets = [target("one/real-model", { capabilities: { reasoning: true } })];
	const gateway = await gatewayWith({ upstreams: [host.settings], routes: [route(targets)] });
	return { host, client: clientOf(gateway), given: () => host.given.at(-1) };
}

const idsIn = async (pages: AsyncIterable<{ id?: string | null }>) => {
	const ids: unknown[] = [];
	for await (const { id } of pages) ids.push(id);
	return ids;
};

test("a response is asked for with everything, whole and streamed, read again, counted, summed up, and deleted", async () => {
	const { client, given } = await open();
	const first = await client.responses.create(everything);
	expect(first).toMatchObject({ status: "completed", store: true, output_text: "2 lines", metadata: { of: "test" } });
	const asked = { ...everything, previous_response_id: first.id, stream_options: { include_obfuscation: false } };
	const second = await client.responses.stream(asked).finalResponse();
	expect(second).toMatchObject({ previous_response_id: first.id, output_text: "4 lines" });
	expect(given()).toEqual(["system: Be brief.", "user: One", "assistant: 2 lines", "user: One"]);

	const query = { include, include_obfuscation: false };
	expect(await client.responses.retrieve(second.id, { ...query, stream: false })).toMatchObject({
		id: second.id,
		output: [{ id: second.output[0]?.id }],
	});
	const resumed = client.responses.stream({ response_id: second.id, ...query });
	expect(await resumed.finalResponse()).toMatchObject({ id: second.id, output_text: "4 lines" });

	const page = await client.responses.inputItems.list(second.id, { include, limit: 1, order: "asc" });
	expect(page.hasNextPage()).toBe(true);
	expect(await idsIn(page)).toHaveLength(3);

	const { input_tokens: tokens } = await client.responses.inputTokens.count({
		model,
		previous_response_id: second.id,
		input: "Three",
		tools: [look],
		truncation: "auto",
		instructions: "Be brief.",
		parallel_tool_calls: true,
		reasoning: { effort: "low" },
		text: { format: { type: "text" }, verbosity: "low" },
		tool_choice: "auto",
	});
	expect(tokens).toBeGreaterThan((await client.responses.inputTokens.count({ model, input: "Three" })).input_tokens);

	const compacted = await client.responses.compact({
		model,
		previous_response_id: second.id,
		input: "Four",
		instructions: "Be brief.",
		prompt_cache_key: "k",
		prompt_cache_retention: "in_memory",
		service_tier: "default",
	});
	expect(compacted.object).toBe("response.compaction");
	const input = [...compacted.output, { role: "user" as const, content: "Five" }];
	await client.responses.create({ model, input: input as OpenAI.Responses.ResponseInput });
	expect(given()?.at(-1)).toBe("user: Five");

	await client.responses.delete(second.id);
	await expect(client.responses.retrieve(second.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
	expect((await client.responses.retrieve(first.id)).id).toBe(first.id);
});

test("an object is parsed, in a thread and out of a stream", async () => {
	const host = await startChatOnly(({ length }) => ({ words: [`{"n":${length}}`] }));
	const gateway = await gatewayWith({ upstreams: [host.settings], routes: [route(["one/real-model"])] });
	const client = clientOf(gateway);
	const text = { format: zodTextFormat(z.object({ n: z.number() }), "n") };
	const first = await client.responses.parse({ model, input: "One", text });
	expect(first.output_parsed).toEqual({ n: 1 });
	const asked = { model, input: "Two", text, previous_response_id: first.id };
	expect((await client.responses.stream(asked).finalResponse()).output_parsed).toEqual({ n: 3 });
});

test("a response in the background is followed from its middle by its id, and cancelled", async () => {
	const host = await startSteppedHost();
	const gateway = await gatewayOver(host);
	const client = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "k", maxRetries: 0 });
	const stepping = host.step();
	const asked = { model: "m", input: "Count", background: true, stream: true } as const;
	let last = -1;
	let id = "";
	for await (const event of await client.responses.create(asked)) {
		if ("response" in event) id = event.response.id;
		last = event.sequence_number;
		if (event.type === "response.output_text.delta") break;
	}
	await stepping;
	const following = client.responses.stream({ response_id: id, starting_after: last });
	host.finish();
	const heard: string[] = [];
	for await (const event of following) if (event.type === "response.output_text.delta") heard.push(event.delta);
	expect(heard).toEqual(words.slice(1));
	expect(await following.finalResponse()).toMatchObject({ id, output_text: words.join("") });

	host.hold();
	const other = await client.responses.create({ model: "m", input: "Count", background: true });
	expect(await client.responses.cancel(other.id)).toMatchObject({ id: other.id, status: "cancelled" });
	expect(await client.responses.retrieve(other.id)).toMatchObject({ status: "cancelled" });
});

test("a conversation is made, extended, gone on from, changed, read item by item, and deleted", async () => {
	const { client, given } = await open();
	const message = (content: string) => ({ role: "user" as const, content, type: "message" as const });
	const conversation = await client.conversations.create({
		items: [{ ...message("Zero"), phase: "commentary" }],
		metadata: { of: "test" },
	});
	const { id } = conversation;
	const added = await client.conversations.items.create(id, { items: [message("One")], include });
	expect(added.data).toMatchObject([{ type: "message", role: "user" }]);
	for (const given of [id, { id }]) await client.responses.create({ model, input: "Two", conversation: given });
	expect(given()).toEqual(["user: Zero", "user: One", "user: Two", "assistant: 3 lines", "user: Two"]);
	expect(await client.responses.inputTokens.count({ model, input: "x", conversation: id })).toMatchObject({
		input_tokens: expect.any(Number),
	});
	const ids = await idsIn(client.conversations.items.list(id, { include, limit: 2, order: "asc" }));
	expect(ids).toHaveLength(6);
	const item = await client.conversations.items.retrieve(String(ids[1]), { conversation_id: id, include });
	expect(item).toEqual(added.data[0]);
	const left = await client.conversations.items.delete(String(ids[1]), { conversation_id: id });
	expect(left).toMatchObject({ id, object: "conversation" });
	expect(await idsIn(client.conversations.items.list(id))).toHaveLength(5);
	expect(await client.conversations.update(id, { metadata: { of: "other" } })).toMatchObject({
		metadata: { of: "other" },
	});
	expect(await client.conversations.retrieve(id)).toMatchObject({ created_at: conversation.created_at });
	expect(await client.conversations.delete(id)).toMatchObject({ id, deleted: true });
	await expect(client.conversations.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});
