/** Tokens on the way to Vertex AI: shared by workers, exchanged when they are refused, and what clients get without one. */
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createPrimaryTokens } from "../../src/upstream/tokens/primary.js";
import { createTokens } from "../../src/upstream/tokens/tokens.js";
import { type HostAnswer, sendJson, startAiHost } from "../kit/aiHost.js";
import { temporaryFile } from "../kit/gateway.js";
import { content } from "../kit/geminiScene.js";
import { resultOf, runLlmw } from "../kit/llmw.js";
import { route, upstream } from "../kit/routing.js";
import { claude, message, place, vertexGateway } from "../kit/vertex.js";

/** Numbers its tokens. */
async function startIssuer(refuses: () => boolean = () => false) {
	let granted = 0;
	const issuer = await startAiHost((_request, response) => {
		if (refuses()) return sendJson(response, { error: "invalid_grant", error_description: "Revoked" }, 400);
		granted += 1;
		return sendJson(response, { access_token: `token-${granted}`, expires_in: 3600 });
	});
	onTestFinished(() => issuer.close());
	const credentials = JSON.stringify({
		type: "authorized_user",
		client_id: "gcloud",
		client_secret: "hush",
		refresh_token: "hush-too",
		token_uri: `${issuer.url}/token`,
		quota_project_id: "billed",
	});
	return { issuer, credentials };
}

const chat = { model: claude, messages: [{ role: "user", content: "Hello" }] };
const messages = { ...chat, max_tokens: 5 };
const answering: HostAnswer = (_request, response) => sendJson(response, message("Hi"));
const shown = (host: { received: { headers: Record<string, unknown> }[] }) =>
	host.received.map(({ headers }) => headers.authorization);
afterEach(() => void vi.restoreAllMocks());

/** From now on it is so much later. */
function pass(ms: number): void {
	const { now } = Date;
	const before = now();
	const since = performance.now();
	vi.spyOn(Date, "now").mockImplementation(() => before + ms + performance.now() - since);
}

test("a token is shown with each request, and its quota project", async () => {
	const { issuer, credentials } = await startIssuer();
	const { host, post } = await vertexGateway(answering, { key: undefined, vertex: { credentials } });
	const answers = await Promise.all([1, 2, 3].map(() => post("/v1/messages", messages)));
	expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
	expect(shown(host)).toEqual(Array(3).fill("Bearer token-1"));
	expect(host.received[0]?.headers["x-goog-user-project"]).toBe("billed");
	expect(issuer.received).toHaveLength(1);
});

describe("a token that Vertex refuses", () => {
	const refusing =
		(refused: string): HostAnswer =>
		({ headers }, response) =>
			headers.authorization === `Bearer ${refused}` || refused === "*"
				? sendJson(response, { error: { code: 401, message: "Expired", status: "UNAUTHENTICATED" } }, 401)
				: sendJson(response, message("Hi"));

	test.each([
		["/v1/messages", messages],
		["/v1/chat/completions", chat],
	])("is exchanged, and %s sent once more", async (path, body) => {
		const { issuer, credentials } = await startIssuer();
		const vertex = { credentials };
		let refused = "none";
		const { host, post } = await vertexGateway((...all) => refusing(refused)(...all), { key: undefined, vertex });
		expect((await post(path, body)).status).toBe(200);
		refused = "token-1";
		pass(11_000);
		const answers = await Promise.all([1, 2, 3].map(() => post(path, body)));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(shown(host).filter((value) => value === "Bearer token-2")).toHaveLength(3);
		expect(issuer.received).toHaveLength(2);
	});

	test("once: a second refusal is the client's", async () => {
		const { issuer, credentials } = await startIssuer();
		let refused = "none";
		const more = { key: undefined, vertex: { credentials } };
		const { host, post } = await vertexGateway((...all) => refusing(refused)(...all), more);
		await post("/v1/messages", messages);
		refused = "*";
		pass(11_000);
		const answer = await post("/v1/messages", messages);
		expect(answer.status).toBe(401);
		expect(await answer.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
		expect(shown(host)).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
		expect(issuer.received).toHaveLength(2);
	});

	test("a fixed key is not asked for again", async () => {
		const { host, post } = await vertexGateway(refusing("*"));
		expect((await post("/v1/messages", messages)).status).toBe(401);
		expect(host.received).toHaveLength(1);
	});
});

test("without a token clients are told in their dialect, the operator the reason, and nobody a secret", async () => {
	const { credentials } = await startIssuer(() => true);
	const more = { key: undefined, vertex: { credentials } };
	const { host, post, gateway } = await vertexGateway(answering, more);
	const expected: [path: string, body: object, error: object][] = [
		["/v1/messages", messages, { type: "error", error: { type: "api_error" } }],
		["/v1/chat/completions", chat, { error: { code: "upstream_credential" } }],
		["/v1/responses", { model: claude, input: "?" }, { error: { code: "upstream_credential" } }],
		[
			"/v1beta/models/gemini-3-flash:generateContent",
			{ contents: [{ role: "user", parts: [{ text: "?" }] }] },
			{ error: { code: 502, details: [{ reason: "UPSTREAM_CREDENTIAL" }] } },
		],
	];
	for (const [path, body, error] of expected) {
		const answer = await post(path, body);
		const text = await answer.text();
		expect(answer.status).toBe(502);
		expect(JSON.parse(text)).toMatchObject(error);
		expect(text).not.toMatch(/hush|Revoked|token_uri|127\.0\.0\.1/);
	}
	expect(host.received).toEqual([]);
	expect(gateway.printed.join("\n")).toContain("answered with 400 (invalid_grant: Revoked)");
	expect(gateway.printed.join("\n")).not.toContain("hush");
});

test("the primary answers a worker with a token, another for one that was refused, and says why there is none", async () => {
	let isDown = false;
	const { issuer, credentials } = await startIssuer(() => isDown);
	const settings = upstream("vertex", "http://127.0.0.1:1", { provider: "vertex", vertex: { credentials } });
	const routing = { upstreams: [settings, upstream("other", "http://127.0.0.1:1")], routes: [route(["vertex"])] };
	const tokens = createTokens();
	const primary = createPrimaryTokens(async () => tokens);
	const { answers } = primary.join({ name: "worker 1", settings: { routing } as never, send: () => {} });
	const ask = (refused?: string, name = "vertex") => answers?.token({ upstream: name, refused });
	expect(await ask()).toMatchObject({ token: { value: "token-1" } });
	expect(await ask("token-1")).toMatchObject({ token: { value: "token-1" } });
	pass(11_000);
	expect(await ask("token-1")).toMatchObject({ token: { value: "token-2" } });
	expect(await ask("token-1")).toMatchObject({ token: { value: "token-2" } });
	expect(issuer.received).toHaveLength(2);
	isDown = true;
	pass(11_000);
	expect(await ask("token-2")).toEqual({ trouble: expect.stringContaining("invalid_grant") });
	expect(await ask(undefined, "other")).toEqual({ trouble: "the primary knows no token of other" });
	primary.adopt?.({ routing: { upstreams: [] } } as never);
	isDown = false;
	expect(await ask()).toMatchObject({ token: { value: "token-3" } });
});

const publisherModels = [
	{ name: "publishers/google/models/gemini-3-flash", displayName: "Gemini 3 Flash" },
	{ name: "publishers/google/models/text-embedding-005" },
	{ name: "publishers/anthropic/models/claude-sonnet-4-5", versionId: "20250929" },
	{ name: "publishers/meta/models/llama-4-maas" },
	{ name: "publishers/google/models/gemma3", supportedActions: { deploy: {} } },
	{ name: 7 },
];

describe("the command", () => {
	async function startVertex() {
		const { issuer, credentials } = await startIssuer();
		const host = await startAiHost(
			({ url }, response) =>
				url.includes("/publishers/*/models")
					? sendJson(response, { publisherModels })
					: sendJson(response, content([{ text: "Hi" }])),
			{ listsModels: true },
		);
		onTestFinished(() => host.close());
		const file = temporaryFile("key.json", credentials);
		const config = (more = "") =>
			temporaryFile(
				"llmw.yaml",
				`upstreams:
  google: {provider: vertex, url: "${host.url}${more}", vertex: {project: my-project, location: europe-west4, credentials: {file: ${file}}}}
routes:
  - {model: "*", targets: [google]}
`,
			);
		return { host, issuer, config };
	}

	test("check --live shows the models that need no deployment", async () => {
		const { host, config } = await startVertex();
		const { code, stdout, stderr } = await resultOf(["check", "--live", "--config", config()]);
		expect(stderr).toBe("");
		expect(code).toBe(0);
		expect(stdout).toMatch(
			/^google +vertex +gemini-3-flash and 3 more +gemini\.generate_content, .*anthropic\.messages/m,
		);
		expect(host.received[0]?.url).toBe("/v1beta1/publishers/*/models?pageSize=1000");
		expect(host.received[0]?.headers.authorization).toBe("Bearer token-1");
	});

	test("check --live tells why there is no token", async () => {
		const { issuer, config } = await startVertex();
		await issuer.close();
		const { code, stderr } = await resultOf(["check", "--live", "--config", config()]);
		expect(code).not.toBe(0);
		expect(stderr).toMatch(
			/the upstream google .*: can't be shown a credential: http.*\/token can't be reached \(ECONNREFUSED\)/,
		);
		expect(stderr).not.toContain("hush");
	});

	test("workers share one token, which the primary fetches; models are listed", async () => {
		const { host, issuer, config } = await startVertex();
		const llmw = runLlmw(["--config", config(), "--bindport", "0", "--workers", "3"]);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		const workers = new Set<number>();
		const ask = async () => {
			const { worker } = (await (await fetch(`${url}/healthz`, { headers: { connection: "close" } })).json()) as {
				worker: number;
			};
			workers.add(worker);
			const answer = await fetch(`${url}/v1beta/models/gemini-3-flash:generateContent`, {
				method: "POST",
				headers: { "content-type": "application/json", connection: "close" },
				body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "?" }] }] }),
			});
			expect(answer.status).toBe(200);
		};
		while (workers.size < 3) await Promise.all([1, 2, 3, 4].map(ask));
		for (let count = 0; count < 6; count += 1) await ask();
		expect(issuer.received).toHaveLength(1);
		expect(new Set(shown(host))).toEqual(new Set(["Bearer token-1"]));
		expect(host.received.at(-1)?.url).toBe(`/v1beta1${place}/publishers/google/models/gemini-3-flash:generateContent`);
		const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string; owned_by: string }[] };
		expect(data.map(({ id, owned_by: owner }) => [id, owner])).toEqual([
			["gemini-3-flash", "google"],
			["text-embedding-005", "google"],
			[claude, "anthropic"],
			["meta/llama-4-maas", "meta"],
		]);
	});
});
