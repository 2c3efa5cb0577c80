/** What is kept of a request: usage with its cost, metrics, the log, traces and `--verbose`, the same for every dialect in both lanes. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { startCollector } from "../kit/collector.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { gatewayWith, route } from "../kit/routing.js";
import { type Answering, startWire, type WireHost, wireNames } from "../kit/wires.js";
import { ask, hostOf, lanes, words } from "./lanes.js";
import { adminKey, lineOf, recordOf } from "./recorded.js";

const kinds = {
	chat: {},
	messages: { provider: "anthropic" },
	responses: { dialects: ["openai.responses"] },
	gemini: { provider: "gemini" },
	ollama: { provider: "ollama", ollama: { keepAlive: "5m" } },
};
const closing: (() => Promise<void>)[] = [];
let llmw: Llmw & { url: string };
let collector: Awaited<ReturnType<typeof startCollector>>;

beforeAll(async () => {
	const whenDone = (close: () => Promise<void>) => void closing.push(close);
	const answer: Answering = (_question, response, { url }) => {
		if (!url.endsWith("/count_tokens")) return { words };
		response.writeHead(200, { "content-type": "application/json" }).end('{"input_tokens":9}');
		return undefined;
	};
	const hosts: WireHost[] = await Promise.all(wireNames.map((name) => startWire(name, answer, whenDone)));
	collector = await startCollector(whenDone);
	const config = stringify({
		overlay: withoutRateLimit(),
		upstreams: Object.fromEntries(
			hosts.map(({ wire, url }) => [
				wire.name,
				{
					url: url + wire.prefix,
					key: "${HOST_KEY}",
					...kinds[wire.name],
					cost: { input: 10, cached: 1, output: 100 },
				},
			]),
		),
		routes: wireNames.map((name) => ({ model: name, targets: [`${name}/real-model`] })),
	});
	const args = ["--bindport", "0", "--workers", "1", "--log-format", "json", "--admin-key", adminKey];
	const made = runLlmw(
		[...args, "--config", temporaryFile("llmw.yaml", config)],
		{
			OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
			OTEL_BSP_SCHEDULE_DELAY: "50",
			HOST_KEY: "sk-upstream-secret",
		},
		{ whenDone },
	);
	const [, url = ""] = await made.says(/listening on (http:\/\/[^\s"]+)/);
	llmw = { ...made, url };
});

afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

const tokens = { input: 20, cached: 8, output: 7, reasoning: 2, audio_input: 0, audio_output: 0 };
/** 12 tokens at 10 dollars for a million, 8 at one, 7 at 100. */
const cachedCost = 0.000828;
const wholeCost = 0.0009;

async function spansOf(id: string) {
	const request = await vi.waitFor(() => {
		const own = collector.spans.find((span) => span.attributes["llmgw.request_id"] === id);
		expect(own).toBeDefined();
		return own;
	}, 10_000);
	return { request, attempt: collector.spans.find(({ parentSpanId }) => parentSpanId === request?.spanId) };
}

describe.each(lanes)("%s", (name, lane) => {
	const { client, wire, isStream, isTranslated } = lane;
	const headers = { "x-request-id": name.replace(/\W+/g, "-") };
	const id = headers["x-request-id"];
	const path = client.path(isStream, wire).replace(/\?.*/, "");
	const operation = client.operation(isStream);
	// What Messages report of reasoning is a part of the output alone.
	// Ollama counts the prompt and the answer, and no parts of them.
	const isBare = wire === "ollama";
	const parts = { ...(isBare ? { cached: 0 } : {}), ...(isBare || wire === "messages" ? { reasoning: 0 } : {}) };
	const counted = { ...tokens, ...parts };
	const cost = isBare ? wholeCost : cachedCost;

	test("is answered, recorded with its cost, counted, logged and traced", async () => {
		const before = await scrape(llmw.url);
		const heard = await ask(llmw.url, lane, { more: { model: wire }, headers, secret: "sk-client-secret" });
		expect(heard).toMatchObject({ status: 200, text: words.join(""), finish: client.done });
		// Some clients give thinking back only to the model that they asked for.
		const isNamedAsAsked = client.name === "messages" || client.name === "responses";
		expect(heard.model).toBe(isTranslated && isNamedAsAsked ? wire : "real-model");
		const input = client.name === "messages" ? 12 : 20;
		expect(heard.usage).toEqual({ input, output: 7 });

		expect(await recordOf(llmw, id)).toMatchObject({
			...{ operation, route: wire, model: wire, response_model: "real-model", upstream: wire },
			...{ stream: isStream, status: 200, outcome: "completed", tokens: counted, is_estimated: false, cost },
		});
		const line = await lineOf(llmw, id);
		expect(line).toMatchObject({
			...{ operation, path, upstream: wire, model: wire, response_model: "real-model" },
			...{
				status: 200,
				stream: isStream,
				tokens: counted,
				cost,
				attempts: [{ target: `${wire}/real-model`, outcome: "200" }],
			},
		});
		if (isStream) expect(line.first_token_ms).toBeGreaterThan(0);
		expect(llmw.stdout()).not.toMatch(/sk-(client|upstream)-secret/);

		const { request, attempt } = await spansOf(id);
		const used = {
			"gen_ai.usage.input_tokens": 20,
			"gen_ai.usage.output_tokens": 7,
			...(isBare ? {} : { "gen_ai.usage.cache_read.input_tokens": 8 }),
		};
		const chat = {
			"gen_ai.operation.name": "chat",
			"gen_ai.response.model": "real-model",
			"http.response.status_code": 200,
		};
		expect(request).toMatchObject({
			name: `POST ${client.route(isStream)}`,
			attributes: { ...used, ...chat, "http.route": client.route(isStream), "gen_ai.request.model": wire },
		});
		expect(attempt).toMatchObject({
			name: "chat real-model",
			attributes: { ...used, ...chat, "gen_ai.provider.name": wire, "gen_ai.request.stream": isStream },
		});

		const after = await scrape(llmw.url);
		const more = (metric: string, labels: Record<string, string>) =>
			after.sum(metric, labels) - before.sum(metric, labels);
		expect(more("llmgw_requests_total", { operation, route: wire, status: "200" })).toBe(1);
		const of = { gen_ai_operation_name: "chat", upstream: wire };
		expect(more("gen_ai_client_token_usage_sum", { ...of, gen_ai_token_type: "input" })).toBe(20);
		expect(more("gen_ai_client_token_usage_sum", { ...of, gen_ai_token_type: "output" })).toBe(7);
		expect(more("gen_ai_server_request_duration_seconds_count", { route: wire })).toBe(1);
	});
});

describe.each(lanes.filter(([, { wire }]) => wire === "chat"))("%s", (_name, lane) => {
	test("is shown by --verbose: what was asked, answered and used", async () => {
		const host = await hostOf(lane, () => ({ reasoning: "Thinking.", words }));
		const routes = [route(["one/real-model"], { models: ["public"] })];
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes }, { verbose: true });
		await ask(gateway.url, lane, { text: "What is seen?" });
		const block = await vi.waitFor(() => {
			expect(gateway.printed.length).toBeGreaterThan(0);
			return gateway.printed.join("\n");
		}, 10_000);
		expect(block).toContain(`POST ${lane.client.path(lane.isStream).replace(/\?.*/, "")}`);
		for (const shown of ["What is seen?", words.join(""), "Thinking.", "20 in + 7 out"]) expect(block).toContain(shown);
	});
});

test("a count of tokens is logged, and is neither usage nor a limit's", async () => {
	const headers = { "content-type": "application/json", "x-request-id": "a-count" };
	const body = JSON.stringify({ model: "messages", messages: [{ role: "user", content: "Hello" }] });
	const response = await fetch(`${llmw.url}/v1/messages/count_tokens`, { method: "POST", headers, body });
	expect(response.status).toBe(200);
	expect(await lineOf(llmw, "a-count")).toMatchObject({
		operation: "countMessageTokens",
		route: "messages",
		status: 200,
	});
});
