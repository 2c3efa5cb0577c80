/** Recorded traffic of vendors whose chat completions are OpenAI's: through `provider: NAME`, as it came and translated. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { providerUrls } from "../../src/settings/providerUrls.js";
import { startAiHost, type TestHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import {
	type Body,
	eventsIn,
	exchangesWith,
	type RecordedExchange,
	recordedBytes,
	recordedRequest,
	saidByChat,
	saidByMessages,
} from "../kit/recordedChat.js";
import { route, upstream } from "../kit/routing.js";

/** Recordings by the provider that serves them. */
const recorded: Readonly<Record<string, string>> = {
	mistral: "mistral",
	deepseek: "deepseek",
	xai: "xai",
	groq: "groq",
	together: "together",
	openrouter: "openrouter",
	perplexity: "perplexity",
	moonshot: "moonshot",
	alibaba: "alibaba",
	cerebras: "cerebras",
	ollama: "ollama",
	gpustack: "openai-compatible",
	azure: "azure",
};

const operations: Readonly<Record<string, string>> = {
	"chat.completions": "/v1/chat/completions",
	completions: "/v1/completions",
	embeddings: "/v1/embeddings",
	responses: "/v1/responses",
};

/** Passed and all, by vendor: as they came, and as Messages. */
const results = new Map<string, { passed: [number, number]; translated: [number, number] }>();

/** Where the vendor's API is, or for Azure, where each recorded request went. */
function basePathOf(provider: string, { request }: RecordedExchange): string {
	const url =
		provider === "azure" ? request.url.replace(/\/(deployments|chat|responses|embeddings)\b.*/, "") : undefined;
	return new URL(url ?? providerUrls.get(provider) ?? "http://x/v1").pathname.replace(/\/$/, "");
}

async function replay(provider: string, exchange: RecordedExchange, dialects?: string[]) {
	const host = await startAiHost((_request, response) => {
		const { status, headers } = exchange.response;
		response.writeHead(status, { "content-type": headers["content-type"] ?? "application/json" });
		const bytes = recordedBytes(exchange);
		for (let at = 0; at < bytes.length; at += 1009) response.write(bytes.subarray(at, at + 1009));
		response.end();
	});
	onTestFinished(() => host.close());
	const base = basePathOf(provider, exchange);
	const vendor = upstream("vendor", host.url + base, { provider, key: "secret", dialects });
	const routing = { upstreams: [vendor], routes: [route(["vendor/vendor-model"])] };
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	const post = (path: string, body: Body) =>
		fetch(gateway.url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	return { host, base, post };
}

const usual: Readonly<Record<string, Body>> = {
	"chat.completions": { messages: [{ role: "user", content: "?" }] },
	completions: { prompt: "?" },
	embeddings: { input: "?" },
	responses: { input: "?" },
};

function askedOf({ api, stream, ...exchange }: RecordedExchange): Body {
	const counted = stream && api === "chat.completions" ? { stream_options: { include_usage: true } } : {};
	return {
		...usual[api],
		...recordedRequest({ api, stream, ...exchange }),
		...counted,
		model: "test-model",
		...(stream ? { stream } : {}),
	};
}

/** What was sent, but for what the provider does not take. */
function expectSent(host: TestHost, path: string, asked: Body, dropped: readonly string[]): void {
	const [sent] = host.received;
	expect(sent?.url).toBe(path);
	const body = JSON.parse(sent?.body.toString() ?? "") as Body;
	expect(body.model).toBe("vendor-model");
	for (const name of Object.keys(asked)) {
		if (name === "model" || dropped.includes(name) || name === "stream_options") continue;
		expect(withoutReasoning(body[name])).toEqual(withoutReasoning(asked[name]));
	}
	expect(sent?.headers["api-key"] ?? sent?.headers.authorization).toMatch(/^(Bearer )?secret$/);
}

/** Vendors have one name for it, each its own. */
function withoutReasoning(value: unknown): unknown {
	if (!Array.isArray(value)) return value;
	return value.map((message) => {
		if (typeof message !== "object" || message === null) return message;
		const { reasoning: _one, reasoning_content: _other, ...rest } = message as Body;
		return rest;
	});
}

describe.each(Object.entries(recorded))("%s", (vendor, provider) => {
	const exchanges = exchangesWith(vendor).filter(
		({ api, request }) => api in operations && !request.url.includes("/api/emb"),
	);
	const chats = exchanges.filter(({ api }) => api === "chat.completions");
	const result: NonNullable<ReturnType<typeof results.get>> = {
		passed: [0, exchanges.length],
		translated: [0, chats.length],
	};
	results.set(vendor, result);

	test.each(exchanges.map((exchange) => [exchange.id, exchange] as const))(
		"%s comes as it was",
		async (_id, exchange) => {
			const { host, base, post } = await replay(provider, exchange);
			const asked = askedOf(exchange);
			const operation = operations[exchange.api] as string;
			const answer = await post(operation, asked);
			expect(answer.status).toBe(exchange.response.status);
			const text = await answer.text();
			const dropped = (answer.headers.get("x-llmgw-dropped") ?? "").split(", ");
			const path = operation.slice("/v1".length);
			const between =
				base === "" && path !== "/chat/completions" ? "/v1" : /\/openai$/.test(base) ? "/deployments/vendor-model" : "";
			expectSent(host, base + between + path, asked, dropped);
			if (!exchange.stream || exchange.response.status !== 200) expect(text).toBe(recordedBytes(exchange).toString());
			else expect(eventsIn(text)).toEqual(eventsIn(recordedBytes(exchange).toString()));
			result.passed[0] += 1;
		},
	);

	test.each(chats.map((exchange) => [exchange.id, exchange] as const))(
		"%s comes as a message",
		async (_id, exchange) => {
			const { post } = await replay(provider, exchange, ["openai.chat"]);
			const { stream } = exchange;
			const answer = await post("/v1/messages", {
				model: "test-model",
				max_tokens: 1000,
				messages: [{ role: "user", content: "?" }],
				...(stream ? { stream } : {}),
			});
			expect(answer.status).toBe(exchange.response.status);
			const recordedText = recordedBytes(exchange).toString();
			if (answer.status !== 200) {
				expect(await answer.json()).toMatchObject({ type: "error", error: { message: expect.any(String) } });
			} else {
				const text = await answer.text();
				const expected = stream ? saidByChat(eventsIn(recordedText)) : saidByChat(JSON.parse(recordedText));
				const said = stream ? saidByMessages(eventsIn(text)) : saidByMessages(JSON.parse(text));
				const { input, output, ...words } = said;
				expect(words).toEqual({ text: expected.text, calls: expected.calls, finish: expected.finish });
				// Some count reasoning beside the answer, so that the whole is more.
				if (expected.input !== undefined) expect(input).toBe(expected.input);
				if (expected.output !== undefined) expect(output).toBeGreaterThanOrEqual(expected.output);
			}
			result.translated[0] += 1;
		},
	);
});

/** A row of the table in docs/providers.md. */
function rowOf([vendor, { passed, translated }]: [string, { passed: number[]; translated: number[] }]): string {
	return `| ${vendor} | ${passed.join("/")} | ${translated.join("/")} |`;
}

afterAll(() => {
	const rows = [...results].map(rowOf);
	console.log(["| provider | as they came | as Messages |", "|---|---|---|", ...rows].join("\n"));
	const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
	for (const row of rows) expect(page).toContain(row);
});
