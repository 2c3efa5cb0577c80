/** What is sent of a conversation is the beginning of what is sent of its next turn, in every wire format: else no cache would have it. */
import { describe, expect, test } from "vitest";
import { dialects } from "../../src/dialects/dialects.js";
import { createLocalSeals } from "../../src/dialects/seals.js";
import { providerOf } from "../../src/providers/providers.js";
import { laneTo } from "../../src/upstream/lane.js";
import { type AgentName, agentNames, agentTurn } from "../kit/agentTurns.js";

type Json = Record<string, unknown>;

const clientDialects: Readonly<Record<AgentName, string>> = {
	claude: "anthropic.messages",
	codex: "openai.responses",
	opencode: "openai.chat",
	gemini: "gemini.generate_content",
};

/** Each with a dialect that its upstream speaks. */
const upstreams: readonly [provider: string, model: string][] = [
	["anthropic", "claude-sonnet-4-5"],
	["bedrock", "anthropic.claude-sonnet-4-5-v1:0"],
	["bedrock", "amazon.nova-pro-v1:0"],
	["openai", "gpt-5"],
	["openai-compatible", "qwen3"],
	["gemini", "gemini-3-pro"],
	["cohere", "command-a"],
	["ollama", "qwen3"],
	["mistral", "mistral-large"],
	["deepseek", "deepseek-chat"],
];

/** Other requests have other ids and times. */
let requests = 0;

/** @returns undefined where the client's bytes pass as they came */
function sent(agent: AgentName, turn: number, provider: string, model: string, cacheTtl?: "5m"): Json | undefined {
	const { body, path } = agentTurn(agent, "keep", turn, "any");
	requests += 1;
	const isStream = path.includes("stream") || body.stream === true;
	const lane = laneTo(providerOf(provider === "ollama" ? { ollama: {} } : { provider }), {
		dialect: dialects.get(clientDialects[agent]),
		json: { ...body, model: "any", stream: isStream },
		requestId: `request-${requests}`,
		model,
		seals: createLocalSeals(),
		promptTokens: () => 10_000 + requests,
		...(cacheTtl && { cacheTtl }),
	});
	if (lane?.translator === undefined) expect(lane?.dialect?.name).toBe(clientDialects[agent]);
	return lane?.translator?.body(model) as Json | undefined;
}

/** What caches go by, block by block and in its order; breakpoints are no part of it. */
function blocksOf(body: Json): string[] {
	const { tools, toolConfig, system, instructions, systemInstruction, messages, input, contents } = body;
	const heads = {
		tools: tools ?? (toolConfig as Json | undefined)?.tools,
		system: system ?? instructions ?? systemInstruction,
	};
	return [heads, ...((messages ?? input ?? contents) as Json[])].map(withoutMarks);
}

function withoutMarks(value: unknown): string {
	const plain = (item: unknown): unknown => {
		if (Array.isArray(item)) return item.filter((each) => !isPoint(each)).map(plain);
		if (typeof item !== "object" || item === null) return item;
		const entries = Object.entries(item).filter(([name]) => name !== "cache_control");
		return Object.fromEntries(entries.map(([name, member]) => [name, plain(member)]));
	};
	return JSON.stringify(plain(value));
}

function isPoint(item: unknown): boolean {
	return typeof item === "object" && item !== null && "cachePoint" in item;
}

describe.each(agentNames)("%s's history", (agent) => {
	test.each(upstreams)("grows at its end alone for %s, %s", (provider, model) => {
		const first = sent(agent, 0, provider, model);
		// Its own dialect passes as it came.
		if (first === undefined) return;
		for (const ttl of [undefined, "5m"] as const) {
			let before = blocksOf(first);
			for (let turn = 1; turn < 5; turn += 1) {
				const body = sent(agent, turn, provider, model, ttl) as Json;
				expect(JSON.stringify(sent(agent, turn, provider, model, ttl)), "the same twice").toBe(JSON.stringify(body));
				const blocks = blocksOf(body);
				expect(blocks.length).toBeGreaterThan(before.length);
				expect(blocks.slice(0, before.length)).toEqual(before);
				before = blocks;
			}
		}
	});
});
