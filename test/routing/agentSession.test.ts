/** Sessions of agents, as they are named in the headers and bodies that were recorded of them. */
import { describe, expect, test } from "vitest";
import { agentOf, agentSessionOf } from "../../src/upstream/routing/agentSession.js";

const id = "0199c0de-1111-7222-8333-444455556666";
const other = "0199c0de-9999-7222-8333-444455556666";

const cases: readonly [
	what: string,
	headers: Record<string, string>,
	body: Record<string, unknown>,
	session: object,
][] = [
	["Claude Code", { "x-claude-code-session-id": id }, {}, { id, agent: "claude-code" }],
	[
		"a sub-agent of Claude Code",
		{ "x-claude-code-session-id": id, "x-claude-code-agent-id": "a1" },
		{},
		{ id, agent: "claude-code", subagent: "a1" },
	],
	["Codex", { "session-id": id, "thread-id": id, originator: "codex_exec" }, {}, { id, agent: "codex" }],
	[
		"a thread of Codex",
		{ "session-id": id, "thread-id": other, originator: "codex_exec" },
		{},
		{ id, agent: "codex", subagent: other },
	],
	[
		"a reviewer of Codex",
		{ "session-id": id, "thread-id": other, "x-openai-subagent": "review", "user-agent": "codex_cli_rs/1 (x)" },
		{},
		{ id, agent: "codex", subagent: "review" },
	],
	[
		"an agent that Codex has started",
		{
			"session-id": id,
			"thread-id": other,
			originator: "codex_exec",
			"x-codex-turn-metadata": JSON.stringify({ session_id: id, agent_name: "/root/reviewer" }),
		},
		{},
		{ id, agent: "codex", subagent: "reviewer" },
	],
	[
		"Codex' own agent",
		{
			"session-id": id,
			"thread-id": id,
			originator: "codex_exec",
			"x-codex-turn-metadata": JSON.stringify({ session_id: id, agent_name: "/root" }),
		},
		{},
		{ id, agent: "codex" },
	],
	[
		"opencode",
		{ "x-session-id": "ses_1", "user-agent": "opencode/1.18 ai-sdk/4" },
		{},
		{ id: "ses_1", agent: "opencode" },
	],
	["an agent's affinity", { "x-session-affinity": "ses_2" }, {}, { id: "ses_2", agent: "unknown" }],
	[
		"JSON in user_id",
		{ "user-agent": "claude-cli/2.1 (external, cli)" },
		{ metadata: { user_id: JSON.stringify({ device_id: "d", session_id: id }) } },
		{ id, agent: "claude-code" },
	],
	["an older user_id", {}, { metadata: { user_id: `user_ab_account__session_${id}` } }, { id, agent: "unknown" }],
	["a key of the prompt cache", { "user-agent": "x/1" }, { prompt_cache_key: "k" }, { id: "k", agent: "x" }],
];

describe("an agent's session", () => {
	test.each(cases)("%s", (_what, headers, body, session) => {
		expect(agentSessionOf(headers, body)).toEqual({ subagent: undefined, ...session });
	});

	const own = { session: "x-my-session", agent: "x-my-agent", subagent: "x-my-role" };

	test.each([
		["all by headers of one's own", { "x-my-session": "s", "x-my-agent": "a", "x-my-role": "r" }, ["s", "a", "r"]],
		["its session alone", { "x-my-session": "s", "user-agent": "crew/2" }, ["s", "crew", undefined]],
		["its role in a session of a known agent", { "x-session-id": "o", "x-my-role": "r" }, ["o", "unknown", "r"]],
		["both names of its session", { "x-session-id": "o", "x-my-session": "s" }, ["s", "unknown", undefined]],
	])("that names %s", (_what, headers: Record<string, string>, [name, agent, subagent]) => {
		expect(agentSessionOf(headers, undefined, own)).toEqual({ id: name, agent, subagent });
	});

	test("a known agent is one without a session too, and other programs are none", () => {
		expect(agentOf({ "user-agent": "GeminiCLI-tui/0.61.0/gemini (linux)" })).toBe("gemini-cli");
		expect(agentOf({ "user-agent": "OpenAI/Python 1.2" })).toBeUndefined();
		expect(agentOf({ "user-agent": "OpenAI/Python 1.2", "x-my-agent": "crew" }, own)).toBe("crew");
	});

	test.each([
		["no name", {}, { metadata: { user_id: "someone" } }],
		["an empty name", { "x-session-id": "" }, { prompt_cache_key: 7, metadata: "none" }],
		["no body", { "user-agent": "curl/8" }, undefined],
	])("%s is none", (_what, headers, body) => {
		expect(agentSessionOf(headers, body)).toBeUndefined();
	});

	test("a name is kept short", () => {
		expect(agentSessionOf({ "x-session-id": "a".repeat(5000) }, undefined)?.id).toHaveLength(200);
	});
});
