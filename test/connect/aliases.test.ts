/** Claude Code shows models of Claude alone, so others are offered to it under names that it shows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentTurn } from "../kit/agentTurns.js";
import { type Scene, startScene } from "./scene.js";

const claudeCode = { "user-agent": "claude-code/2.1.197", "anthropic-version": "2023-06-01" };
const routes = `
  - {model: [qwen3-coder, "lab/*"], targets: [{upstream: lab, model: ok, capabilities: {context: 131072}}]}
  - {model: claude-sonnet-4-5, targets: [lab/ok]}
  - {model: "own-*", targets: ["lab/*"]}
  - {model: limited, targets: [lab/ok]}
  - {model: text-embedding-3, targets: [lab/ok]}`;

let scene: Scene;
beforeAll(async () => {
	scene = await startScene("contract: openai\nlimits: {models: {limited: {requestsPerDay: 1}}}\n", routes);
});
afterAll(() => scene.end());

const listed = async (url: string, headers: Record<string, string>) => {
	const { data } = (await (await fetch(`${url}/v1/models?limit=1000`, { headers })).json()) as {
		data: { id: string; display_name?: string }[];
	};
	return data;
};

async function ask(model: string, path = "/v1/chat/completions"): Promise<{ status: number; model: unknown }> {
	const response = await fetch(scene.url + path, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(path === "/v1/messages" ? { "anthropic-version": "2023-06-01" } : {}),
		},
		body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: "user", content: "Hello AI" }] }),
	});
	return { status: response.status, model: ((await response.json()) as { model?: unknown }).model };
}

const lastSent = async () => {
	const { data } = (await (await fetch(`${scene.labUrl}/lab/requests?limit=1`)).json()) as {
		data: { model: string }[];
	};
	return data.at(-1)?.model;
};

test("Claude Code is offered all models that can chat, by names that it shows", async () => {
	const shown = await listed(scene.url, claudeCode);
	expect(shown.map(({ id, display_name: name }) => [id, name])).toEqual(
		expect.arrayContaining([
			["claude/qwen3-coder", "qwen3-coder"],
			["claude-sonnet-4-5", "claude-sonnet-4-5"],
			["text-embedding-3", "text-embedding-3"],
		]),
	);
	const { "user-agent": _agent, ...others } = claudeCode;
	const ids = (await listed(scene.url, others)).map(({ id }) => id);
	expect(ids).toContain("qwen3-coder");
	expect(ids.filter((id) => id.startsWith("claude/"))).toEqual([]);
	const one = await fetch(`${scene.url}/v1/models/claude/qwen3-coder`, { headers: claudeCode });
	expect(await one.json()).toMatchObject({ type: "model", id: "claude/qwen3-coder", max_input_tokens: 131072 });
	expect((await fetch(`${scene.url}/v1/models/claude/gone`, { headers: claudeCode })).status).toBe(404);
});

test("an alias is answered by the model behind it, under the name that was asked for", async () => {
	expect(await ask("claude/qwen3-coder", "/v1/messages")).toEqual({ status: 200, model: "claude/qwen3-coder" });
	expect(await lastSent()).toBe("ok");
	expect(await ask("claude/own-ok,id=a")).toMatchObject({ status: 200 });
	expect(await lastSent()).toBe("ok,id=a");
	expect(await ask("claude/lab/anything")).toMatchObject({ status: 200 });
	expect(await ask("claude/no-such")).toMatchObject({ status: 404 });
	expect(await ask("claude/")).toMatchObject({ status: 404 });
});

test("what agents send by an alias passes", async () => {
	const { path, headers, body } = agentTurn("claude", "a-session", 0, "claude/qwen3-coder");
	const response = await fetch(scene.url + path, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});
	expect(response.status).toBe(200);
	expect(await response.text()).toContain('"model":"claude/qwen3-coder"');
});

test("an alias gets round no limit of the model, and usage counts the model", async () => {
	expect(await ask("claude/limited")).toMatchObject({ status: 200 });
	expect(await ask("limited")).toMatchObject({ status: 429 });
	expect(await ask("claude/limited")).toMatchObject({ status: 429 });
	const recorded = async () => (await scene.run("/", ["requests", "--json", "--model", "limited"])).stdout;
	await expect.poll(async () => (await recorded()).match(/"model":"limited"/g), { timeout: 20_000 }).toHaveLength(3);
});

test("a key is for the model behind an alias, whatever it is called", async () => {
	const keyed = await startScene("contract: openai\nrequireKeys: true\n", routes);
	try {
		const key = await keyed.key("some", "--models", "qwen3-*");
		const authorization = { authorization: `Bearer ${key}` };
		expect((await listed(keyed.url, { ...claudeCode, ...authorization })).map(({ id }) => id)).toEqual([
			"claude/qwen3-coder",
		]);
		const status = async (model: string) =>
			(
				await fetch(`${keyed.url}/v1/chat/completions`, {
					method: "POST",
					headers: { "content-type": "application/json", ...authorization },
					body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello AI" }] }),
				})
			).status;
		expect([await status("claude/qwen3-coder"), await status("claude/limited")]).toEqual([200, 403]);
	} finally {
		keyed.end();
	}
});

test.each([
	["another prefix", "claudeModelPrefix: anthropic.\n", routes, "anthropic.qwen3-coder"],
	["none", "claudeModelPrefix: none\n", routes, "qwen3-coder"],
	["a route of one's own for such names", "", `${routes}\n  - {model: "claude/*", targets: ["lab/ok"]}`, "qwen3-coder"],
])("%s", async (_what, settings, given, id) => {
	const other = await startScene(`contract: openai\n${settings}`, given);
	try {
		expect((await listed(other.url, claudeCode)).map((model) => model.id)).toContain(id);
	} finally {
		other.end();
	}
});
