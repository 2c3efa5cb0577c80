/** Requests without hints about prompt caches get them, where the route says so. */
import { describe, expect, test } from "vitest";
import { withBreakpoints } from "../../src/chat/breakpoints.js";
import type { ChatRequest } from "../../src/chat/request.js";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { defaultPromptCache } from "../../src/settings/singleUpstream.js";
import { markBody } from "../../src/upstream/promptCache/markBody.js";
import { type AgentName, agentNames, agentTurn } from "../kit/agentTurns.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";

type Json = Record<string, unknown>;

const bytesOf = (json: unknown) => ({ bytes: Buffer.from(JSON.stringify(json, undefined, 1)) });
const marked = (json: Json, ttl: "5m" | "1h" = "5m") => JSON.parse(markBody(bytesOf(json), ttl).bytes.toString());
const mark = { cache_control: { type: "ephemeral" } };
const text = (content: string, more: Json = {}) => ({ type: "text", text: content, ...more });

describe("a Messages request that passes in its client's bytes", () => {
	test("is marked after tools, instructions and the last two turns of the user, and nowhere else", () => {
		const user = (...content: Json[]) => ({ role: "user", content });
		const said = { role: "assistant", content: [{ type: "thinking", thinking: "hm", signature: "s" }, text("yes")] };
		const result = { type: "tool_result", tool_use_id: "t", content: "x" };
		const given = {
			tools: [{ name: "a" }, { name: "b" }, { name: "c", defer_loading: true }],
			system: [text("one"), text("two")],
			messages: [
				user(text("1")),
				said,
				user(text("2")),
				said,
				user(result, text(" ")),
				{ role: "system", content: "note" },
			],
		};
		expect(marked(given)).toEqual({
			tools: [{ name: "a" }, { name: "b", ...mark }, { name: "c", defer_loading: true }],
			system: [text("one"), text("two", mark)],
			messages: [
				user(text("1")),
				said,
				user(text("2", mark)),
				said,
				user({ ...result, ...mark }, text(" ")),
				{ role: "system", content: "note" },
			],
		});
	});

	test("has its texts made blocks where they have to be, for an hour where the route says so", () => {
		const hour = { cache_control: { type: "ephemeral", ttl: "1h" } };
		expect(marked({ system: 'a "b" \\ ü', messages: [{ role: "user", content: "hi" }] }, "1h")).toEqual({
			system: [text('a "b" \\ ü', hour)],
			messages: [{ role: "user", content: [text("hi", hour)] }],
		});
	});

	const untouched: [name: string, json: Json][] = [
		["its own hints", { system: [text("one", mark)], messages: [{ role: "user", content: "hi" }] }],
		["automatic ones", { ...mark, messages: [{ role: "user", content: "hi" }] }],
		[
			"nothing to mark",
			{
				messages: [
					{ role: "user", content: " " },
					{ role: "user", content: [] },
				],
				tools: [],
				system: "",
			},
		],
		["odd members", { messages: "none", tools: { a: 1 }, system: 7 }],
	];
	test.each(untouched)("stays as it is with %s", (_name, json) => {
		const given = bytesOf(json);
		expect(markBody(given, "5m")).toBe(given);
	});

	test.each(["bytes", "two pieces"])("stays as it is with hints whose name is written with escapes, in %s", (form) => {
		const written = '{"system":[{"type":"text","text":"one","cache\\u005fcontrol":{"type":"ephemeral"}}]}';
		const bytes = Buffer.from(written);
		const given = form === "bytes" ? { bytes } : { bytes: bytes.subarray(0, 48), rest: bytes.subarray(48) };
		expect(markBody(given, "5m")).toBe(given);
	});

	test("keeps all else as it was written", () => {
		const written =
			'{ "messages" : [ {"role":"user","content":[ {"type":"text","text":"1e2"} ]} ], "n" : 1.0e2, "b":12345678901234567890 }';
		const { bytes } = markBody(
			{ bytes: Buffer.from(written.slice(0, 30)), rest: Buffer.from(written.slice(30)) },
			"5m",
		);
		expect(bytes.toString()).toBe(written.replace('"1e2"}', '"1e2","cache_control":{"type":"ephemeral"}}'));
	});
});

test("a request that is translated stays as it is with hints inside a tool's result, or of a tool that the vendor runs", () => {
	const call = { id: "c", type: "function", function: { name: "t", arguments: "{}" } };
	const asked = { role: "assistant", tool_calls: [call] };
	const result = { role: "tool", tool_call_id: "c", content: [text("r", mark)] };
	const inResult = openaiChat.translation?.readRequest({ messages: [{ role: "user", content: "q" }, asked, result] });
	const search = { type: "web_search_20250305", name: "web_search", ...mark };
	const inTool = anthropicMessages.translation?.readRequest({
		tools: [search],
		messages: [{ role: "user", content: "q" }],
	});
	for (const request of [inResult, inTool] as ChatRequest[])
		expect(withBreakpoints(request, "5m", { tools: true, prompt: true })).toBe(request);
});

/** The turn as a client without hints would send it. */
function plainTurn(agent: AgentName, turn: number, model: string) {
	const { body, ...rest } = agentTurn(agent, "inject", turn, model);
	const json = JSON.stringify(body, (name, value) =>
		name === "cache_control" || name === "prompt_cache_key" ? undefined : value,
	);
	return { ...rest, body: json };
}

const hosts = ["anthropic", "bedrock", "openai"] as const;

async function twoTurns(injects: boolean) {
	const lab = await startLab();
	const of = (provider: (typeof hosts)[number]) => {
		const url = provider === "bedrock" ? lab.url.replace("/v1", "") : lab.url;
		return upstream(provider, url, { provider, key: "key" });
	};
	const model = "ok,cache=vendor,id=claude";
	const { url } = await gatewayWith({
		upstreams: hosts.map(of),
		routes: hosts.map((host) =>
			route([target(host, { model })], { models: [host], promptCache: { ...defaultPromptCache, injects } }),
		),
	});
	const ask = async (agent: AgentName, host: string) => {
		lab.clear();
		for (const turn of [3, 4]) {
			const { path, headers, body } = plainTurn(agent, turn, host);
			const all = { "content-type": "application/json", authorization: "Bearer someone", ...headers };
			const response = await fetch(`${url}${path}`, { method: "POST", headers: all, body });
			await response.text();
			expect(response.status).toBe(200);
			expect(response.headers.get("x-llmgw-dropped") ?? "").not.toContain("cache");
		}
		return lab.ledger.entries();
	};
	return ask;
}

describe("where the route injects", () => {
	test.each(agentNames)("%s's next turn comes from the cache of any vendor", async (agent) => {
		const ask = await twoTurns(true);
		for (const host of hosts) {
			const [first, second] = await ask(agent, host);
			expect(second?.cached_tokens, host).toBeGreaterThan(0.85 * (first?.prompt_tokens ?? 0));
			const marks = JSON.stringify(second?.body).match(/"cache_control":|"cachePoint":/g)?.length;
			expect(marks, host).toBe(host === "openai" ? undefined : 4);
			if (host === "openai") {
				const [one, two] = [first, second].map((entry) => (entry?.body as Json | undefined)?.prompt_cache_key);
				expect(one).toMatch(/^llmw-[0-9a-f]{32}$/);
				expect(two).toBe(one);
			}
		}
	});
});

test("no vendor is given a hint where the route doesn't inject", async () => {
	const ask = await twoTurns(false);
	for (const host of hosts)
		for (const { body } of await ask("opencode", host))
			expect(JSON.stringify(body)).not.toMatch(/cache_control|cachePoint|prompt_cache_key/);
});
