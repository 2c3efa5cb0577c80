/** Sessions for administrators, in a gateway of two workers: listed, shown as a tree, stopped in the middle of streams, resumed. */
import { beforeAll, expect, test } from "vitest";
import { sessions } from "../../src/cli/commands/sessions.js";
import { chunk, completion, sendJson, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { runLlmw } from "../kit/llmw.js";

const adminKey = "an-administrator-of-sessions";
const asAdmin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };

let host: TestHost;
let gateway: Awaited<ReturnType<typeof start>>;
let data = "";
let key = "";

async function start() {
	const llmw = runLlmw(
		["--bindport", "0", "--aihost", host.url, "--workers", "2", "--data", data, "--overlay", withoutRateLimit()],
		{ LLMW_ADMIN_KEY: adminKey },
		{ whenDone: () => {} },
	);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url };
}

beforeAll(async () => {
	host = await startAiHost((request, response) => {
		const usage = {
			prompt_tokens: 100,
			completion_tokens: 10,
			total_tokens: 110,
			prompt_tokens_details: { cached_tokens: 75 },
		};
		if (!request.body.includes('"stream":true')) return sendJson(response, { ...completion, usage });
		startStream(response);
		response.write(chunk({ content: "begin" }));
	});
	data = temporaryFolder();
	gateway = await start();
	key = (await admin<{ secret: string }>("POST", "/admin/keys", { name: "bot" })).secret;
	return async () => {
		gateway.process.kill("SIGKILL");
		await gateway.exited;
		await host.close();
	};
});

async function admin<Reply>(method: string, path: string, body?: object): Promise<Reply> {
	const response = await fetch(`${gateway.url}/v1${path}`, {
		method,
		headers: asAdmin,
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return (await response.json()) as Reply;
}

/** On a connection of its own, so that both workers get some. */
function ask(session: string, body: object = {}, more: Record<string, string> = {}, path = "/v1/chat/completions") {
	return fetch(`${gateway.url}${path}`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${key}`,
			connection: "close",
			"content-type": "application/json",
			"x-claude-code-session-id": session,
			...more,
		},
		body: JSON.stringify({ model: "m", max_tokens: 5, messages: [{ role: "user", content: "hi" }], ...body }),
	});
}

interface Listed {
	data: { id: string; name: string; under_way: number; stopped_until: number | null; requests: number }[];
}

const active = async () => (await admin<Listed>("GET", "/admin/sessions?active=true")).data;

async function run(words: string[], flags: Record<string, string> = {}): Promise<string> {
	const printed: string[] = [];
	const output = { print: (text: string) => void printed.push(text), note: () => {} };
	await sessions(words, { "admin-key": adminKey, ...flags }, `${gateway.url}/v1`, output);
	return printed.join("\n");
}

test("a session is shown with its turns, its sub-agents, its costs and what came from the cache", async () => {
	for (const agent of [undefined, "explore", "explore/deep"])
		await (await ask("tree", {}, agent === undefined ? {} : { "x-claude-code-agent-id": agent })).text();
	await expect.poll(async () => (await admin<Listed>("GET", "/admin/sessions")).data[0]?.requests).toBe(3);
	const [session] = (await admin<Listed>("GET", "/admin/sessions?agent=claude-code&key=bot")).data;
	expect(session).toMatchObject({
		object: "gateway.agent_session",
		name: "tree",
		key: { name: "bot" },
		input_tokens: 300,
		cached_tokens: 225,
		cache_ratio: 0.75,
		under_way: 0,
		stopped_until: null,
	});
	expect((await admin<Listed>("GET", "/admin/sessions?agent=codex")).data).toEqual([]);
	const detail = await admin<object>("GET", "/admin/sessions/tree");
	expect(detail).toMatchObject({
		id: session?.id,
		agents: [
			{ agent: "claude-code", subagent: null, requests: 1, cache_ratio: 0.75 },
			{ subagent: "explore", requests: 1 },
			{ subagent: "explore/deep", requests: 1 },
		],
		// Of one second, those that the store got first stand first.
		turns: expect.arrayContaining(
			["explore/deep", "explore", null].map((subagent) =>
				expect.objectContaining({ subagent, session: expect.objectContaining({ name: "tree" }) }),
			),
		),
		has_more_turns: false,
		live: [],
	});
	expect(await run(["list"])).toMatch(/session_[0-9a-f]{24} +tree +bot +claude-code .* idle +3 +0 +300 +75\.0% +30 /);
	const { data: buckets } = await admin<{ data: { results: object[] }[] }>(
		"GET",
		"/usage?group_by=session,subagent&agent=claude-code",
	);
	expect(buckets.flatMap(({ results }) => results)).toHaveLength(3);
	const shown = await run(["show", session?.id ?? ""]);
	expect(shown).toMatch(/^claude-code +1 +0 +100 +75\.0%/m);
	expect(shown).toMatch(/^ {4}explore\/deep +1/m);
	expect(await run(["list"], { active: "true" })).toBe("");
});

test("stop ends streams in their dialects in all workers and refuses what comes, until it is resumed", async () => {
	const streams = await Promise.all([
		...Array.from({ length: 6 }, () => ask("runaway", { stream: true })),
		ask("runaway", { stream: true }, { "anthropic-version": "2023-06-01" }, "/v1/messages"),
		ask("other", { stream: true }),
	]);
	await expect.poll(async () => (await active()).map(({ under_way }) => under_way).sort()).toEqual([1, 7]);
	const [runaway] = (await active()).filter(({ name }) => name === "runaway");
	expect(await run(["stop", "runaway"], { for: "10m", reason: "Wrong branch" })).toMatch(
		new RegExp(`^${runaway?.id} is stopped until \\d{4}-`),
	);
	const texts = await Promise.all(streams.slice(0, 7).map((stream) => stream.text()));
	for (const text of texts.slice(0, 6)) {
		expect(text).toMatch(/data: \{"error":\{"message":"This session was stopped by the gateway's administrator until/);
		expect(text).not.toContain("[DONE]");
	}
	expect(texts[6]).toMatch(/event: error\ndata: \{"type":"error",.*This session was stopped/);
	expect((await active()).map(({ name }) => name)).toEqual(["other"]);
	for (const stream of [true, false, true, false]) {
		const refused = await ask("runaway", { stream });
		expect([refused.status, refused.headers.get("x-should-retry")]).toEqual([400, "false"]);
		expect(await refused.json()).toMatchObject({
			error: {
				code: "session_stopped",
				message: expect.stringMatching(/\(Wrong branch\)\. Stop here and tell the user\./),
			},
		});
	}
	expect((await ask("other")).status).toBe(200);
	const { data: entries } = await admin<{ data: { action: string; target: string; after: object }[] }>(
		"GET",
		"/admin/audit?limit=1",
	);
	expect(entries[0]).toMatchObject({
		action: "session.stopped",
		target: runaway?.id,
		after: { reason: "Wrong branch", until: expect.any(Number) },
	});
	gateway.process.kill("SIGTERM");
	await streams[7]?.body?.cancel();
	await gateway.exited;
	gateway = await start();
	expect((await ask("runaway")).status).toBe(400);
	expect(await run(["resume", runaway?.id ?? ""])).toBe(`${runaway?.id} may go on`);
	for (const _time of [1, 2, 3, 4]) expect((await ask("runaway")).status).toBe(200);
});

test("sessions that several keys call the same are told by their ids, and what is not there is a 404", async () => {
	const { secret } = await admin<{ secret: string }>("POST", "/admin/keys", { name: "second" });
	await (await ask("shared")).text();
	await (await ask("shared", {}, { authorization: `Bearer ${secret}` })).text();
	await expect
		.poll(async () => (await admin<{ error?: object }>("GET", "/admin/sessions/shared")).error)
		.toMatchObject({
			code: "session_ambiguous",
			message: expect.stringMatching(/session_[0-9a-f]{24} or session_[0-9a-f]{24}\.$/),
		});
	await ask("shared", { stream: true });
	await ask("tree", { stream: true });
	await expect
		.poll(async () => (await active()).map(({ name }) => name))
		.toEqual(expect.arrayContaining(["shared", "tree"]));
	const listed = (await admin<Listed>("GET", "/admin/sessions")).data;
	const idle: string[] = [];
	for (let after = "", isMore = true; isMore; after = `&after=${idle.at(-1)}`) {
		const page = await admin<Listed & { has_more: boolean }>("GET", `/admin/sessions?active=false&limit=1${after}`);
		idle.push(...page.data.map(({ id }) => id));
		isMore = page.has_more && page.data.length === 1;
	}
	expect(idle).toEqual(listed.filter(({ under_way }) => under_way === 0).map(({ id }) => id));
	expect(await run(["list"], { active: "true", limit: "1" })).toMatch(/^ID .*\n.* 1 under way .*$/);
	await expect(run(["show", "nothing"])).rejects.toThrow(/answered 404: There is no session "nothing"/);
	await expect(run(["show", ".."])).rejects.toThrow(/sessions: "\.\." can't be asked for by its name: give its id/);
	await expect(run(["stop"])).rejects.toThrow(/sessions: is followed by list, show SESSION/);
	await expect(run(["stop", "tree"], { for: "ever" })).rejects.toThrow(/--for: "ever" is not a duration/);
	expect(await admin("POST", "/admin/sessions/tree/stop", { seconds: 5 })).toMatchObject({
		error: { message: "Unknown parameter: 'seconds'." },
	});
	const denied = await fetch(`${gateway.url}/v1/admin/sessions`, { headers: { authorization: `Bearer ${key}` } });
	expect(denied.status).toBe(401);
});
