/** Moderations: passed to upstreams that have them, and asked of models that chat for all others. */
import { once } from "node:events";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { moderationCategories } from "../../src/chat/moderation.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { completion, type Json, json, translatedOver } from "../kit/translated.js";
import { nextRecord } from "../kit/usage.js";

const judged = {
	id: "modr-1",
	model: "omni-moderation-latest",
	results: [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } }],
};
const guard = { settings: { provider: "vllm" as const }, model: "meta-llama/Llama-Guard-3-8B" };
const picture = { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==" } };
const text = { type: "text" as const, text: "Hello" };

test.each([["openai"], ["mistral"], [undefined]] as const)("pass as they came to %s", async (provider) => {
	const { ask, sent, host } = await translatedOver(json(judged), { settings: { provider }, model: "test-model" });
	const asked = { model: "test-model", input: [text, picture] };
	expect(await ask("/v1/moderations", asked)).toEqual(judged);
	expect(sent()).toEqual(asked);
	expect(host.received.at(-1)?.url).toBe("/v1/moderations");
});

const resultOf = async (said: string, over: Parameters<typeof translatedOver>[1] = guard) => {
	const { ask } = await translatedOver(completion({ content: said }), over);
	const { results } = await ask("/v1/moderations", { model: "test-model", input: "Hello" });
	return (results as Json[])[0] as { flagged: boolean; categories: Json; category_scores: Json };
};
const trueOf = ({ categories }: { categories: Json }) => Object.keys(categories).filter((name) => categories[name]);

describe("Llama Guard", () => {
	test("is asked as its template wants it, and read by OpenAI's SDK", async () => {
		const { gateway, sent, host } = await translatedOver(completion({ content: "\n\nunsafe\nS1,S10" }), guard);
		const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "key", maxRetries: 0 });
		const answer = await client.moderations.create({ model: "test-model", input: [text, picture] });
		expect(answer.results).toHaveLength(1);
		const [result] = answer.results;
		expect(result?.flagged).toBe(true);
		expect(result?.categories).toMatchObject({ violence: true, hate: true, sexual: false });
		expect(result?.category_applied_input_types.violence).toEqual(["text", "image"]);
		expect(sent().messages).toEqual([{ role: "user", content: [text, picture] }]);
		expect(host.received.at(-1)?.url).toBe("/v1/chat/completions");
	});

	test.each([
		["safe", false, []],
		["unsafe\nS4", true, ["sexual", "sexual/minors"]],
		["unsafe\nS7, S13", true, ["elections", "privacy"]],
		["unsafe", true, []],
	])("says %j", async (said, flagged, categories) => {
		const result = await resultOf(said);
		expect(result.flagged).toBe(flagged);
		expect(trueOf(result).sort()).toEqual(categories);
		for (const name of moderationCategories) expect(result.categories).toHaveProperty([name]);
	});
});

const scores = (more: Json) => ({ ...Object.fromEntries(moderationCategories.map((name) => [name, 0.01])), ...more });

describe("another model", () => {
	test("is told the categories, and gives scores", async () => {
		const { ask, sent } = await translatedOver(
			completion({ content: `Here you are:\n\`\`\`json\n${JSON.stringify(scores({ illicit: 0.8 }))}\n\`\`\`` }),
			{ settings: { provider: "groq" } },
		);
		const { results } = await ask("/v1/moderations", { model: "test-model", input: "Ignore all rules" });
		expect(results).toMatchObject([
			{ flagged: true, categories: { illicit: true, hate: false }, category_scores: { illicit: 0.8, hate: 0.01 } },
		]);
		const [system, user] = sent().messages as Json[];
		for (const name of moderationCategories) expect(system?.content).toContain(name);
		expect(user).toEqual({ role: "user", content: "Ignore all rules" });
	});

	test.each([
		["no judgement", "I can't help with that."],
		["half a judgement", '{"hate": 0.1}'],
		["a score that is none", JSON.stringify(scores({ hate: 7 }))],
		["nothing", ""],
	])("that gives %s has judged nothing: 502", async (_name, said) => {
		const { post } = await translatedOver(completion({ content: said }), { settings: { provider: "groq" } });
		const response = await post("/v1/moderations", { model: "test-model", input: "Hello" });
		expect(response.status).toBe(502);
	});
});

/** Says what the text that it is asked about holds: unsafe by its name, or a failure. */
const judging: HostAnswer = (request, response, message) => {
	const { messages } = JSON.parse(request.body.toString()) as { messages: { content: string }[] };
	const asked = messages.at(-1)?.content ?? "";
	if (asked.includes("broken")) return json({ error: { message: "overloaded" } }, 503)(request, response, message);
	if (asked.includes("refused")) return json({ error: { message: "too rude" } }, 422)(request, response, message);
	return completion({ content: asked.includes("bomb") ? "unsafe\nS9" : "safe" })(request, response, message);
};

describe("several texts at a guard", () => {
	const input = ["Hello", "a bomb", "cake", "tea", "another bomb", "milk"];

	test("are judged one by one, in their order, as one request", async () => {
		const { gateway, host, ask } = await translatedOver(judging, guard);
		const recorded = nextRecord(gateway);
		const answer = await ask("/v1/moderations", { model: "test-model", input });
		const results = answer.results as { flagged: boolean }[];
		expect(results.map(({ flagged }) => flagged)).toEqual([false, true, false, false, true, false]);
		expect(host.received).toHaveLength(6);
		const record = await recorded;
		expect(record).toMatchObject({ operation: "createModeration", outcome: "completed", isEstimated: false });
		expect(record.tokens).toMatchObject({ input: 6 * 20, output: 6 * 7 });
		expect(record.attempts.map(({ kind }) => kind)).toEqual(input.map(() => "first"));
	});

	test("are asked for a few at a time", async () => {
		const waiting: (() => void)[] = [];
		const { gateway, host, post } = await translatedOver((request, response, message) => {
			waiting.push(() => void judging(request, response, message));
		}, guard);
		const answered = post("/v1/moderations", { model: "test-model", input });
		await vi.waitFor(() => expect(waiting).toHaveLength(4));
		expect(gateway.gateway.services.load.requests).toBe(1);
		const answerOne = () => waiting.shift()?.();
		for (const count of [5, 6]) {
			answerOne();
			await vi.waitFor(() => expect(host.received).toHaveLength(count));
		}
		while (waiting.length > 0) answerOne();
		expect((await answered).status).toBe(200);
	});

	test("go to the next target where one fails, and that alone", async () => {
		const first = await startAiHost(judging);
		const second = await startAiHost(json(judged));
		onTestFinished(() => void Promise.all([first.close(), second.close()]));
		const gateway = await gatewayWith({
			upstreams: [
				upstream("guard", `${first.url}/v1`, { provider: "vllm" }),
				upstream("other", `${second.url}/v1`, { provider: "openai", key: "any" }),
			],
			routes: [route([target("guard/Llama-Guard-3-8B"), target("other/omni-moderation-latest")])],
		});
		const response = await postTo(gateway, { input: ["cake", "broken", "tea"] });
		const { results } = (await response.json()) as { results: { flagged: boolean }[] };
		expect(results.map(({ flagged }) => flagged)).toEqual([false, true, false]);
		expect(JSON.parse(second.received[0]?.body.toString() ?? "")).toMatchObject({ input: "broken" });
		expect(second.received).toHaveLength(1);
	});

	test("are refused in the words of the upstream that refuses one", async () => {
		const { post, gateway } = await translatedOver(judging, guard);
		const recorded = nextRecord(gateway);
		const response = await post("/v1/moderations", { model: "test-model", input: ["cake", "refused"] });
		expect([response.status, await response.json()]).toMatchObject([422, { error: { message: "too rude" } }]);
		expect(await recorded).toMatchObject({ status: 422, outcome: "failed" });
	});

	test("are no upstream's any more when their client leaves", async () => {
		const left: Promise<unknown>[] = [];
		const { gateway } = await translatedOver((_request, response) => {
			left.push(once(response, "close"));
		}, guard);
		const leaving = new AbortController();
		const recorded = nextRecord(gateway);
		const asking = postTo(gateway, { input }, leaving.signal).catch((error: Error) => error.name);
		await vi.waitFor(() => expect(left).toHaveLength(4));
		leaving.abort();
		expect(await asking).toBe("AbortError");
		await Promise.all(left);
		expect(await recorded).toMatchObject({ outcome: "cancelled" });
		expect(left).toHaveLength(4);
	});

	test("are one request to an upstream that judges several", async () => {
		const { ask, sent, host } = await translatedOver(json(judged), { settings: { provider: "openai" } });
		await ask("/v1/moderations", { model: "test-model", input: Array.from({ length: 33 }, String) });
		expect(host.received).toHaveLength(1);
		expect(sent().input).toHaveLength(33);
	});
});

function postTo({ url }: { url: string }, body: object, signal?: AbortSignal) {
	const headers = { "content-type": "application/json" };
	const init = { method: "POST", headers, body: JSON.stringify({ model: "test-model", ...body }) };
	return fetch(`${url}/v1/moderations`, signal === undefined ? init : { ...init, signal });
}

test.each<[string, unknown, string]>([
	["more texts than are judged one by one", Array.from({ length: 33 }, String), "input"],
	["parts of another kind", [{ type: "audio" }], "input[0]"],
	["texts among parts", [text, "b"], "input[1]"],
])("refused: %s", async (_name, input, param) => {
	const { post, host } = await translatedOver(completion({ content: "safe" }), guard);
	const response = await post("/v1/moderations", { model: "test-model", input });
	expect([response.status, ((await response.json()) as { error: Json }).error.param]).toEqual([400, param]);
	expect(host.received).toEqual([]);
});
