/** What follows from an upstream's `provider` and key alone: its address, credential, wire formats, prices and health check. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { loadPriceTable, mayBeListed, type PriceTable } from "../../src/accounting/priceTable.js";
import { providerOf, providers } from "../../src/providers/providers.js";
import { readConfig } from "../../src/settings/config/readConfig.js";
import type { UpstreamSettings } from "../../src/settings/routes.js";
import { readSettings } from "../../src/settings/settings.js";
import { createProber } from "../../src/upstream/health/prober.js";
import { ownHeaders } from "../../src/upstream/ownHeaders.js";
import { ownUrl } from "../../src/upstream/ownUrl.js";
import { startAiHost } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";

interface Expected {
	/** What it needs beside its key. */
	more?: string;
	host: string;
	credential: string;
	/** A model, whose price is known by the provider. */
	priced?: string;
	/** Where its health is looked at, below a host's root. */
	health: string;
	/** What it is there for; chat without it. */
	operation?: string;
}

const bearer = "authorization: Bearer k-1";
const local = (port: number): Expected => ({
	host: `http://127.0.0.1:${port}`,
	credential: bearer,
	health: "/v1/models",
});
const openaiLike = (host: string, priced: string | undefined, path = "/v1"): Expected => ({
	host: `https://${host}`,
	credential: bearer,
	...(priced === undefined ? {} : { priced }),
	health: `${path}/models`,
});

const expected: Record<string, Expected> = {
	"openai-compatible": {
		more: "url: https://models.example.com/v1",
		host: "https://models.example.com",
		credential: bearer,
		health: "/v1/models",
	},
	openai: openaiLike("api.openai.com", "gpt-4o"),
	anthropic: {
		host: "https://api.anthropic.com",
		credential: "x-api-key: k-1",
		priced: "claude-sonnet-4-5",
		health: "/v1/models?limit=1000",
	},
	gemini: {
		host: "https://generativelanguage.googleapis.com",
		credential: "x-goog-api-key: k-1",
		priced: "gemini-2.5-pro",
		health: "/v1beta/models?pageSize=1000",
	},
	vertex: {
		more: "vertex: {project: mine, location: us-central1}",
		host: "https://us-central1-aiplatform.googleapis.com",
		credential: bearer,
		priced: "gemini-2.5-pro",
		health: "/v1beta1/projects/mine/locations/us-central1/models",
	},
	azure: {
		more: "url: https://mine.openai.azure.com",
		host: "https://mine.openai.azure.com",
		credential: "api-key: k-1",
		priced: "gpt-4o",
		health: "/openai/v1/models",
	},
	cohere: {
		host: "https://api.cohere.com",
		credential: bearer,
		priced: "command-a-03-2025",
		health: "/v1/models",
	},
	bedrock: {
		more: "aws: {region: us-east-1}",
		host: "https://bedrock-runtime.us-east-1.amazonaws.com",
		credential: bearer,
		priced: "us.amazon.nova-pro-v1:0",
		health: "/models",
	},
	mistral: openaiLike("api.mistral.ai", "mistral-small-latest"),
	deepseek: openaiLike("api.deepseek.com", "deepseek-chat"),
	xai: openaiLike("api.x.ai", "grok-4"),
	groq: openaiLike("api.groq.com", "llama-3.3-70b-versatile", "/openai/v1"),
	together: openaiLike("api.together.xyz", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
	openrouter: openaiLike("openrouter.ai", "openai/gpt-4o", "/api/v1"),
	perplexity: openaiLike("api.perplexity.ai", "sonar"),
	moonshot: openaiLike("api.moonshot.ai", "kimi-k2-0711-preview"),
	// The list has no prices of its own models.
	alibaba: openaiLike("dashscope-intl.aliyuncs.com", undefined, "/compatible-mode/v1"),
	cerebras: openaiLike("api.cerebras.ai", "gpt-oss-120b"),
	fireworks: openaiLike("api.fireworks.ai", "accounts/fireworks/models/gpt-oss-120b", "/inference/v1"),
	jina: { ...openaiLike("api.jina.ai", undefined), operation: "rerank" },
	voyage: { ...openaiLike("api.voyageai.com", undefined), operation: "rerank" },
	vllm: local(8000),
	sglang: local(30000),
	llamacpp: local(8080),
	tgi: local(3000),
	tei: { ...local(8080), operation: "rerank" },
	whispercpp: { ...local(8080), health: "/health", operation: "transcription" },
	lmstudio: local(1234),
	ollama: local(11434),
};

const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
let table: PriceTable;
beforeAll(async () => {
	table = await loadPriceTable();
});

function configured(provider: string, more = ""): UpstreamSettings {
	const members = [`provider: ${provider}`, 'key: "${KEY}"', "health: true", more].filter((member) => member !== "");
	const text = `upstreams:\n  one: {${members.join(", ")}}\nroutes:\n  - {model: m, targets: [one]}\n`;
	const config = temporaryFile("llmw.yaml", text);
	const { routing } = readSettings({ config }, {}, readConfig(config, { KEY: "k-1" }));
	return routing.upstreams[0] as UpstreamSettings;
}

test("every provider is here, and on the page about providers", () => {
	expect(Object.keys(expected).sort()).toEqual([...providers.keys()].sort());
	for (const [name, { priceList }] of providers) {
		expect(page).toContain(`\`${name}\``);
		// The row tells whose prices they are, where the row is its own.
		const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` | \`https`));
		if (row !== undefined && priceList !== undefined) expect(row.split("|").at(-2)?.trim()).toBe(`\`${priceList}\``);
	}
});

test.each(Object.entries(expected))(
	"%s",
	async (name, { more, host, credential, priced, health, operation: served = "chat" }) => {
		const upstream = configured(name, more);
		expect(new URL(upstream.url).origin).toBe(host);
		const provider = providerOf(upstream);
		expect(provider.dialects.some(({ operation }) => operation === served)).toBe(true);
		const sent = await ownHeaders(upstream, { method: "GET", url: ownUrl(upstream, "/"), body: [] });
		expect(Object.entries(sent).map((header) => header.join(": "))).toContain(credential);
		if (priced === undefined) expect(provider.priceList).toBeUndefined();
		else
			for (const url of [upstream.url, "https://llm-proxy.example.com/v1"]) {
				expect(mayBeListed({ ...upstream, url })).toBe(true);
				expect(table.find({ ...upstream, url }, priced)).toMatchObject({ input: expect.any(Number) });
			}
		expect(await healthPathOf(upstream)).toBe(health);
	},
);

/** Asks a host in the upstream's place. */
async function healthPathOf(upstream: UpstreamSettings): Promise<string | undefined> {
	const asked = new Promise<void>((resolve) => {
		void startAiHost(
			(_request, response) => {
				response.end("{}");
				resolve();
			},
			{ listsModels: true },
		).then((host) => {
			const prober = createProber(
				() => {},
				() => {},
			);
			const url = upstream.url.replace(/^https?:\/\/[^/]+/, host.url);
			prober.follow([{ ...upstream, url }]);
			received = host.received;
			onTestFinished(async () => {
				prober.follow([]);
				await host.close();
			});
		});
	});
	let received: { url: string }[] = [];
	await asked;
	return received[0]?.url;
}

test("what a provider takes is no price of a server with a private name, and none of a list that is named", () => {
	const upstream = configured("openai");
	for (const url of ["http://127.0.0.1:8080/v1", "http://gpu/v1", "http://llm.corp/v1"])
		expect(mayBeListed({ ...upstream, url })).toBe(false);
	expect(table.find({ ...upstream, priceList: "groq" }, "gpt-4o")).toBeUndefined();
});
