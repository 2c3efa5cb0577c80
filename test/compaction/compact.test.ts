/** `POST /v1/responses/compact` where no upstream knows it: the model sums up, and the client gets it sealed. */
import { describe, expect, test } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { scrape } from "../kit/metrics.js";
import { clientOf, gatewayWith, route, upstream } from "../kit/routing.js";
import { hostOf } from "../kit/spoken.js";
import { completion, type Json } from "../kit/translated.js";
import { answered, compacting, refuse, said, summary, tools, turn } from "./scene.js";

const history = [
	said("developer", "Be kind."),
	said("user", "I am Ada."),
	said("assistant", "Hello Ada."),
	said("user", "Look for stars."),
	...turn("c1", "all are blue"),
	said("assistant", "They are blue."),
];

const kept = (role: string, text: string) => ({
	id: expect.stringMatching(/^msg_/),
	type: "message",
	status: "completed",
	role,
	content: [{ type: "input_text", text }],
});

test("the client gets what the user has said, and the rest in one item that only this gateway reads", async () => {
	const { client, asked, host } = await compacting();
	const compacted = await client.responses.compact({ model: "test-model", input: history });
	expect(compacted).toMatchObject({
		id: expect.stringMatching(/^resp_/),
		object: "response.compaction",
		created_at: expect.any(Number),
		output: [
			kept("developer", "Be kind."),
			kept("user", "I am Ada."),
			kept("user", "Look for stars."),
			{ type: "compaction", id: expect.stringMatching(/^cmp_\w{24}$/), encrypted_content: expect.any(String) },
		],
		usage: { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
	});
	expect(JSON.stringify(compacted)).not.toContain(summary);
	expect(asked()).toHaveLength(1);
	expect(host.received[0]?.url).toBe("/v1/chat/completions");
	const input = [...(compacted.output as unknown[]), said("user", "Which colour?")] as typeof history;
	const answer = await client.responses.create({ model: "test-model", input });
	expect(answer.output_text).toBe(answered);
	expect(asked()[1]).toEqual([
		expect.stringMatching(/^system: Be kind\.$|^developer: Be kind\.$/),
		"user: I am Ada.",
		"user: Look for stars.",
		`user: The conversation up to here has been replaced by this summary of it:\n\n${summary}`,
		"user: Which colour?",
	]);
});

test("the model is asked with the conversation's own beginning, and may call no tools", async () => {
	const { client, host } = await compacting();
	const body = { model: "test-model", input: history, instructions: "Be brief.", tools, previous_response_id: null };
	await client.responses.compact(body as never);
	const sent = JSON.parse(host.received[0]?.body.toString() ?? "") as Json;
	expect(sent).toMatchObject({ tool_choice: "none", tools: [{ function: { name: "look" } }] });
	expect((sent.messages as Json[])[0]).toMatchObject({ content: expect.stringContaining("Be brief.") });
	expect(sent.stream ?? false).toBe(false);
});

test("it is one request in the usage, and its tokens count once", async () => {
	const { client, gateway } = await compacting();
	await client.responses.compact({ model: "test-model", input: history });
	const { sum } = await scrape(gateway.url);
	const tokens = (kind: string) => sum("llmgw_tokens_total", { kind });
	expect([tokens("input"), tokens("output"), sum("llmgw_requests_total", { status: "200" })]).toEqual([20, 7, 1]);
});

describe("a compaction item", () => {
	const itemOf = async (scene: Awaited<ReturnType<typeof compacting>>) => {
		const { output } = await scene.client.responses.compact({ model: "test-model", input: history });
		return output.at(-1) as unknown as { encrypted_content: string };
	};

	test("that was changed is refused, and so is one of another gateway", async () => {
		const scene = await compacting();
		const item = await itemOf(scene);
		const changed = item.encrypted_content.replace(/.$/, (last) => (last === "A" ? "Q" : "A"));
		const other = (await itemOf(await compacting())).encrypted_content;
		for (const encrypted_content of [changed, other, "llmgw1.2.", "llmgw1.e30"]) {
			const input = [said("user", "Hi"), { ...item, encrypted_content }] as never;
			const asking = scene.client.responses.create({ model: "test-model", input });
			await expect(asking).rejects.toMatchObject({ status: 400, code: "invalid_encrypted_content", param: "input[1]" });
		}
		expect(scene.asked()).toHaveLength(1);
	});

	test("opens in a count of tokens, and in what is compacted again", async () => {
		const scene = await compacting();
		const input = [await itemOf(scene), said("user", "Hi")] as never;
		const { input_tokens: tokens } = await scene.client.responses.inputTokens.count({ model: "test-model", input });
		expect(tokens).toBeLessThan(80);
		await scene.client.responses.compact({ model: "test-model", input });
		expect(scene.asked().at(-1)?.[0]).toContain(summary);
	});

	test("of a vendor's own goes to whoever speaks its words, and is refused elsewhere", async () => {
		const input = [{ type: "compaction", id: "cmp_1", encrypted_content: "gAAAA" }, said("user", "Hi")] as never;
		const { client, asked } = await compacting();
		const asking = client.responses.create({ model: "test-model", input });
		await expect(asking).rejects.toMatchObject({ status: 400, code: "unsupported_by_upstream", param: "input" });
		expect(asked()).toEqual([]);
		const host = await hostOf((_request, response) => sendJson(response, { object: "response", output: [] }));
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { dialects: ["openai.responses"] })],
			routes: [route(["one"])],
		});
		await clientOf(gateway).responses.create({ model: "test-model", input, store: false });
		expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual({ model: "test-model", input, store: false });
	});
});

test("an upstream that keeps responses compacts itself, and gets the gateway's items opened", async () => {
	const theirs = { id: "resp_1", object: "response.compaction", created_at: 1, output: [], usage: {} };
	const host = await hostOf((_request, response) => sendJson(response, theirs));
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, { provider: "openai", key: "sk-1" })],
		routes: [route(["one"])],
	});
	const body = { model: "test-model", input: history };
	expect(await clientOf(gateway).responses.compact(body)).toMatchObject(theirs);
	expect(host.received.map(({ url }) => url)).toEqual(["/v1/responses/compact"]);
	expect(host.received[0]?.body.toString()).toBe(JSON.stringify(body));
});

test.each([
	["says nothing", completion({ content: "" }), 502, "compaction_failed"],
	["is cut off", completion({ content: "The" }, "length"), 502, "compaction_failed"],
	["is refused", refuse(400), 400, "upstream_error"],
])("a summary that %s is an error", async (_what, summarize, status, code) => {
	const { client } = await compacting({ summarize });
	const asking = client.responses.compact({ model: "test-model", input: history });
	await expect(asking).rejects.toMatchObject({ status, code });
});
