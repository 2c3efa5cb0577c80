/** Bedrock's recorded traffic other than Converse's: embeddings, and models that an overlay's own operation reaches. */
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway, temporaryFile } from "../kit/gateway.js";
import { exchangesWith, type RecordedExchange, recordedBytes, recordedRequest } from "../kit/recordedChat.js";
import { route, upstream } from "../kit/routing.js";
import { dropped, type Json } from "../kit/translated.js";

/** Operations of InvokeModel, for any model and its own body. */
const invoke = `overlay: 1.0.0
info: { title: InvokeModel, version: 1.0.0 }
actions:
  - target: $.paths
    update:
${["invoke", "invoke-with-response-stream"]
	.map(
		(name) => `      /model/{model}/${name}:
        post:
          operationId: ${name.replace(/-\w/g, ([, letter = ""]) => letter.toUpperCase())}
          x-upstream: /model/{model}/${name}
          parameters: [{ name: model, in: path, required: true, schema: { type: string } }]
          requestBody: { content: { application/json: { schema: { type: object } } } }
          responses: { '200': { description: Anything } }
`,
	)
	.join("")}`;

const exchanges = exchangesWith("bedrock");
const isOther = ({ id }: RecordedExchange) => /cohere_completion|guardrail_invoke|nova_invoke/.test(id);
const vectors = exchanges.filter(({ id }) => id.includes("embed"));
const others = exchanges.filter(isOther);
const modelOf = ({ request }: RecordedExchange) =>
	decodeURIComponent(/\/model\/([^/]+)\//.exec(request.url)?.[1] ?? "");
let passed = 0;

async function replay(exchange: RecordedExchange, more: { answers?: Json } = {}) {
	const host = await startAiHost((_request, response) => {
		const { status, headers } = exchange.response;
		response.writeHead(status, { "content-type": headers["content-type"] ?? "application/json" });
		const bytes = more.answers === undefined ? recordedBytes(exchange) : Buffer.from(JSON.stringify(more.answers));
		for (let at = 0; at < bytes.length; at += 1009) response.write(bytes.subarray(at, at + 1009));
		response.end();
	});
	onTestFinished(() => host.close());
	const overlay = [...openAiOverlay(), temporaryFile("invoke.yaml", invoke)];
	const vendor = upstream("aws", host.url, { provider: "bedrock", key: "k", aws: { region: "us-east-1" } });
	const routing = { upstreams: [vendor], routes: [route(["aws"], { models: ["*"] })] };
	const gateway = await startGateway("127.0.0.1", { overlay }, routing);
	onTestFinished(() => gateway.stop());
	const post = (path: string, body: object) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	return { host, post };
}

describe("embeddings", () => {
	test.each(vectors.map((exchange) => [exchange.id, exchange] as const))("%s", async (_id, exchange) => {
		const asked = recordedRequest(exchange) as { inputText?: string; texts?: string[] };
		const { host, post } = await replay(exchange);
		const response = await post("/v1/embeddings", { model: modelOf(exchange), input: asked.inputText ?? asked.texts });
		const answer = (await response.json()) as { data: Json[]; usage: Json };
		const said = JSON.parse(recordedBytes(exchange).toString()) as Json & { embeddings?: { float: number[][] } };
		expect(answer.data.map(({ embedding }) => embedding)).toEqual(said.embeddings?.float ?? [said.embedding]);
		expect(answer.usage.prompt_tokens).toEqual(said.inputTextTokenCount ?? expect.any(Number));
		expect(host.received[0]?.url).toBe(`/model/${encodeURIComponent(modelOf(exchange))}/invoke`);
		const sent = JSON.parse(host.received[0]?.body.toString() ?? "") as Json;
		expect(sent).toEqual(
			asked.texts === undefined
				? { inputText: asked.inputText }
				: { texts: asked.texts, input_type: "search_document", embedding_types: ["float"] },
		);
		passed += 1;
	});

	const [example] = vectors as [RecordedExchange];

	test("of several texts are Cohere's, and a clear refusal for Titan", async () => {
		const { post, host } = await replay(example, { answers: { embeddings: [[1], [2]] } });
		const two = await post("/v1/embeddings", {
			model: "cohere.embed-english-v3",
			input: ["a", "b"],
			dimensions: 5,
			user: "u",
		});
		expect(((await two.json()) as { data: Json[] }).data.map(({ embedding }) => embedding)).toEqual([[1], [2]]);
		expect(dropped(two).sort()).toEqual(["dimensions", "user"]);
		const refused = await post("/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", input: ["a", "b"] });
		expect([refused.status, await refused.json()]).toMatchObject([
			400,
			{ error: { code: "unsupported_input", message: expect.stringContaining("one text at a time") } },
		]);
		expect(host.received).toHaveLength(1);
	});

	test.each([
		["amazon.titan-embed-text-v2:0", { inputText: "a", dimensions: 256 }],
		[
			"cohere.embed-v4:0",
			{ texts: ["a"], input_type: "search_document", embedding_types: ["float"], output_dimension: 256 },
		],
	])("of %s have the length that is asked for", async (model, expected) => {
		const { post, host } = await replay(example, { answers: { embedding: [1], embeddings: { float: [[1]] } } });
		expect((await post("/v1/embeddings", { model, input: "a", dimensions: 256 })).status).toBe(200);
		expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual(expected);
	});
});

test.each(others.map((exchange) => [exchange.id, exchange] as const))(
	"%s comes byte for byte by an operation that an overlay adds",
	async (_id, exchange) => {
		const { host, post } = await replay(exchange);
		const path = `/model/${encodeURIComponent(modelOf(exchange))}/${exchange.api}`;
		const response = await post(path, recordedRequest(exchange) ?? {});
		expect(Buffer.from(await response.arrayBuffer()).equals(recordedBytes(exchange))).toBe(true);
		expect(response.headers.get("content-type")).toBe(exchange.response.headers["content-type"]);
		expect([host.received[0]?.url, JSON.parse(host.received[0]?.body.toString() ?? "")]).toEqual([
			path,
			recordedRequest(exchange),
		]);
		passed += 1;
	},
);

/** Those of Converse, of Claude's stream and of the host bedrock-mantle are replayed in other files. */
afterAll(() => {
	const elsewhere = exchanges.filter(
		({ id, api }) => /converse|responses/.test(api) || id.includes("anthropic_3_completion"),
	);
	expect([passed, elsewhere.length + vectors.length + others.length]).toEqual([6, exchanges.length]);
});
