/** `llmw completions` and `llmw replay` as child processes, against a real gateway. */
import type { ServerResponse } from "node:http";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { completion, type Received, sendJson, startAiHost, type TestHost } from "../kit/aiHost.js";
import { gatewayFor, jsonOf, postChat, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { resultOf } from "../kit/llmw.js";

let host: TestHost;
let gateway: TestGateway;

/** Says what it was asked; the model "loud" in capitals, and "mute" nothing but an error. */
function echo({ body }: Received, response: ServerResponse): void {
	const { model, messages } = JSON.parse(body.toString()) as { model: string; messages: { content: string }[] };
	const said = messages.at(-1)?.content ?? "";
	const content = model === "loud" ? said.toUpperCase() : said;
	const choices = [{ index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop" }];
	const usage = { prompt_tokens: 1000, completion_tokens: 500 };
	if (model === "mute") sendJson(response, { error: { message: "I say nothing" } }, 400);
	else sendJson(response, { ...completion, model, choices, usage });
}

beforeEach(async () => {
	host = await startAiHost(echo);
	onTestFinished(() => host.close());
	gateway = await gatewayFor(host, { overlay: [withoutRateLimit()] });
});

async function store(content: string, more: object = {}): Promise<string> {
	const messages = [
		{ role: "system", content: "Echo." },
		{ role: "user", content },
	];
	const request = { model: "plain", messages, store: true, ...more };
	const response = await postChat(gateway.baseUrl, request, { authorization: "Bearer k" });
	return (await jsonOf<{ id: string }>(response)).id;
}

function llmw(...args: string[]) {
	return resultOf([...args, "--url", gateway.baseUrl, "--key", "k"]);
}

function linesOf(text: string): unknown[] {
	return text
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
}

describe("llmw completions", () => {
	test("list shows the newest first, and those that fit", async () => {
		const one = await store("a", { metadata: { team: "blue" } });
		const two = await store("b", { metadata: { team: "red" }, model: "loud" });
		const all = await llmw("completions", "list");
		expect(all).toMatchObject({ code: 0, stderr: "" });
		expect(all.stdout.split("\n").map((line) => line.split(/ +/)[0])).toEqual(["ID", two, one, ""]);
		expect((await llmw("completions", "list", "--where", "metadata.team=blue,model=plain")).stdout).not.toContain(two);
		expect((await llmw("completions", "list", "--limit", "1", "--json")).stdout).toContain(`"id":"${two}"`);
		expect((await llmw("completions", "list", "--where", "metadata.team=x")).stderr).toContain("nothing is stored");
	});

	test("get shows one with its messages", async () => {
		const id = await store("What?", { metadata: { team: "blue" } });
		const shown = JSON.parse((await llmw("completions", "get", id)).stdout);
		expect(shown).toMatchObject({
			id,
			metadata: { team: "blue" },
			messages: [{ content: "Echo." }, { content: "What?" }],
		});
		const missing = await llmw("completions", "get", "chatcmpl-x");
		expect(missing).toMatchObject({ code: 1, stdout: "" });
		expect(missing.stderr).toContain('404: There is no stored chat completion "chatcmpl-x"');
	});

	test("rm removes", async () => {
		const ids = [await store("a"), await store("b"), await store("c")];
		expect(await llmw("completions", "rm", ids[0] ?? "", ids[2] ?? "")).toMatchObject({ code: 0 });
		const { stdout } = await llmw("completions", "list", "--json");
		expect(linesOf(stdout)).toMatchObject([{ id: ids[1] }]);
	});

	test("export writes a file for fine-tuning, of more than a page", async () => {
		const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
		for (let count = 0; count < 103; count += 1) await store(`say ${count}`, count === 0 ? { tools } : {});
		const { stdout, code } = await llmw("completions", "export");
		expect(code).toBe(0);
		const lines = linesOf(stdout);
		expect(lines).toHaveLength(103);
		const line = (said: string) => ({
			messages: [
				{ role: "system", content: "Echo." },
				{ role: "user", content: said },
				{ role: "assistant", content: said },
			],
		});
		expect(lines[0]).toEqual({ ...line("say 0"), tools });
		expect(lines[102]).toEqual(line("say 102"));
	});

	test("export --eval writes a file for evaluations", async () => {
		const id = await store("Hi", { metadata: { team: "blue" } });
		expect(linesOf((await llmw("completions", "export", "--eval")).stdout)).toEqual([
			{
				item: {
					id,
					input: [
						{ role: "system", content: "Echo." },
						{ role: "user", content: "Hi" },
					],
					metadata: { team: "blue" },
				},
				sample: expect.objectContaining({ model: "plain", output_text: "Hi", output_tools: [], finish_reason: "stop" }),
			},
		]);
	});

	test.each([
		[["completions", "dance"], "is followed by list"],
		[["completions", "get"], "is followed by list"],
		[["completions", "list", "--where", "colour=red"], '"colour=red" is none of'],
		[["completions", "list", "--limit", "-1"], "--limit: must be a whole number"],
	])("%j says what would be right", async (args, message) => {
		const result = await llmw(...args);
		expect(result.code).toBe(1);
		expect(result.stderr).toContain(message);
	});

	test("without keys it is seen whatever credential was sent, and with keys by its owner alone", async () => {
		const id = await store("a");
		const list = (...more: string[]) => resultOf(["completions", "list", "--url", gateway.baseUrl, ...more]);
		expect((await list()).stdout).toContain(id);
		expect((await list("--key", "sk-other")).stdout).toContain(id);
		const { secret } = await addKey(gateway);
		expect((await list("--key", secret)).stderr).toContain("nothing is stored");
	});
});

describe("llmw replay", () => {
	const bodies = () => host.received.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);

	test("succeeds where the other model says the same, and shows tokens, time and cost", async () => {
		const ids = [
			await store("a", { metadata: { team: "blue" }, seed: 7 }),
			await store("b", { metadata: { team: "blue" } }),
		];
		await store("c");
		const result = await llmw(
			"replay",
			"--where",
			"metadata.team=blue",
			"--to",
			"other",
			"--price",
			"1/2",
			"--price-before",
			"10/20",
		);
		expect(result).toMatchObject({ code: 0 });
		expect(result.stderr).toContain("replayed 2 of 2");
		for (const id of ids)
			expect(result.stdout).toMatch(
				new RegExp(`${id} +same +1\\.000 +1000 → 1000 +500 → 500 +\\d+ → \\d+ +\\$0\\.020000 → \\$0\\.002000`),
			);
		expect(result.stdout).toContain("2 of 2 the same, score 1.000, threshold 0.9: good");
		const replayed = bodies().slice(3);
		expect(replayed).toHaveLength(2);
		for (const body of replayed) {
			expect(body).toMatchObject({ model: "other", temperature: 0.7 });
			expect(body).not.toHaveProperty("store");
			expect(body).not.toHaveProperty("metadata");
		}
		expect(replayed.some(({ seed }) => seed === 7)).toBe(true);
		// And nothing of it is kept.
		expect(linesOf((await llmw("completions", "list", "--json")).stdout)).toHaveLength(3);
	});

	test("fails below the threshold", async () => {
		await store("one two three FOUR");
		await store("SAME");
		const result = await llmw("replay", "--to", "loud");
		expect(result.code).toBe(1);
		expect(result.stderr).toContain("1 of 2 the same, score 0.500, threshold 0.9: not good enough");
		expect(result.stdout).toContain("[-one two three-] {+ONE TWO THREE+} FOUR");
		expect(await llmw("replay", "--to", "loud", "--threshold", "0.5")).toMatchObject({ code: 0 });
		const diff = await llmw("replay", "--to", "loud", "--judge", "diff", "--threshold", "0.7");
		expect(diff.stderr).toContain("score 0.625, threshold 0.7");
	});

	test("judges by schema", async () => {
		const response_format = {
			type: "json_schema",
			json_schema: { name: "x", schema: { type: "object", required: ["a"], properties: { a: { const: "x" } } } },
		};
		await store('{"a":"x"}', { response_format });
		await store("no schema");
		expect(await llmw("replay", "--to", "other", "--judge", "schema")).toMatchObject({ code: 0 });
		const loud = await llmw("replay", "--to", "loud", "--judge", "schema");
		expect(loud.code).toBe(1);
		expect(loud.stdout).toContain("must have required property 'a'");
		expect(loud.stdout).toMatch(/not judged +–/);
	});

	test("counts an answer that fails as different, and goes on", async () => {
		await store("a");
		const result = await llmw("replay", "--to", "mute", "--threshold", "0");
		expect(result.code).toBe(0);
		expect(result.stdout).toMatch(/failed +0\.000/);
		expect(result.stdout).toContain("I say nothing");
	});

	test("asks another address without the gateway's credential, and keeps replays when asked", async () => {
		const other = await startAiHost(echo);
		onTestFinished(() => other.close());
		const id = await store("a", { metadata: { team: "blue" } });
		expect(await llmw("replay", "--to-url", other.url)).toMatchObject({ code: 0 });
		expect(other.received).toMatchObject([{ url: "/v1/chat/completions" }]);
		expect(other.received[0]?.headers.authorization).toBeUndefined();
		expect(await llmw("replay", "--to", "other", "--keep")).toMatchObject({ code: 0 });
		const kept = linesOf((await llmw("completions", "list", "--json")).stdout);
		expect(kept).toMatchObject([{ model: "other", metadata: { team: "blue", replay_of: id } }, { id }]);
		// A replay is not replayed.
		expect((await llmw("replay", "--to", "other")).stderr).toContain("replayed 1 of 1");
	});

	test.each([
		[["replay"], "needs --to MODEL"],
		[["replay", "--to", "x"], "nothing is stored that fits"],
		[["replay", "--to", "x", "--judge", "mood"], "--judge: must be exact, schema or diff"],
		[["replay", "--to", "x", "--threshold", "2"], "--threshold: must be a number from 0 to 1"],
		[["replay", "--to", "x", "--price", "2"], "--price: must be two prices"],
	])("%j says what would be right", async (args, message) => {
		const result = await llmw(...args);
		expect(result.code).toBe(1);
		expect(result.stderr).toContain(message);
	});
});

test("a rate limit is waited for", async () => {
	let asked = 0;
	const limited = await startAiHost((_request, response) => {
		asked += 1;
		if (asked === 1) return sendJson(response, { error: { message: "slow down" } }, 429, { "retry-after": "1" });
		sendJson(response, { object: "list", data: [], first_id: null, last_id: null, has_more: false });
	});
	onTestFinished(() => limited.close());
	const result = await resultOf(["completions", "list", "--url", limited.url]);
	expect(result).toMatchObject({ code: 0 });
	expect(result.stderr).toContain("over the rate limit; goes on in 1 s");
});
