/** Routes that learn: what a target refuses by name is left out, the request sent once more, and the lesson remembered. */
import { expect, onTestFinished, test } from "vitest";
import type { Route, UpstreamSettings } from "../../src/settings/routes.js";
import { settingsFrom } from "../config/files.js";
import { type HostAnswer, type Received, startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import { route, upstream } from "../kit/routing.js";
import { completion, dropped, json, message } from "../kit/translated.js";

const chat = "/v1/chat/completions";
const messages = [{ role: "user", content: "Hello" }];
const learn = { forMs: 3_600_000 };

/** Refuses while `refusalOf` has one, and else answers. */
const picky =
	(refusalOf: (request: Received) => object | undefined, answer: HostAnswer, status = 400): HostAnswer =>
	(request, response, raw) => {
		const refusal = refusalOf(request);
		return refusal === undefined ? answer(request, response, raw) : json(refusal, status)(request, response, raw);
	};

const bodyOf = ({ body }: Received) => JSON.parse(body.toString()) as Record<string, unknown>;
const ok = completion({ content: "Hi" });

/** Refuses these members, one at a time, as OpenAI does. */
const refusing = (...names: string[]) =>
	picky((request) => {
		const name = names.find((one) => bodyOf(request)[one] !== undefined);
		const text = `Unsupported parameter: '${name}' is not supported with this model.`;
		if (name === undefined) return undefined;
		return { error: { message: text, param: name, code: "unsupported_parameter", type: "invalid_request_error" } };
	}, ok);

async function learningOver(
	answers: Readonly<Record<string, HostAnswer>>,
	more: Partial<Route> = {},
	settings: Partial<UpstreamSettings> = {},
) {
	const hosts = await Promise.all(
		Object.entries(answers).map(async ([name, answer]) => {
			const host = await startAiHost(answer);
			onTestFinished(() => host.close());
			return { name, host, settings: upstream(name, `${host.url}/v1`, settings) };
		}),
	);
	const routing = {
		upstreams: hosts.map((one) => one.settings),
		routes: [
			route(
				hosts.map(({ name }) => `${name}/m`),
				{ learn, ...more },
			),
			route(
				hosts.map(({ name }) => `${name}/m`),
				{ models: ["elsewhere"] },
			),
		],
	};
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	return {
		gateway,
		lessons: async () =>
			(await gateway.gateway.services.upstreams.lessons.list()).map(({ kind, name, value }) => ({ kind, name, value })),
		sent: () => hosts.flatMap(({ host }) => host.received.map((request) => request)),
		count: () => hosts.map(({ host }) => host.received.length),
		post: (body: object | string, path = chat, headers: Record<string, string> = {}) =>
			fetch(gateway.url + path, {
				method: "POST",
				headers: { "content-type": "application/json", ...headers },
				body: typeof body === "string" ? body : JSON.stringify({ model: "test-model", messages, ...body }),
			}),
	};
}

test("a member that is refused is spliced out of the client's bytes, and the answer says so", async () => {
	const { post, sent, lessons } = await learningOver({ one: refusing("seed") });
	const text =
		'{ "model":"test-model", "seed" : 7,\n  "messages":[{"role":"user","content":"\\u0041"}], "temperature":1.50 }';
	const answer = await post(text);
	expect([answer.status, dropped(answer)]).toEqual([200, ["seed"]]);
	expect(answer.headers.get("x-llmgw-attempts")).toBe('"one/m";status=400, "one/m";status=200');
	expect(sent().map(({ body }) => body.toString())).toEqual([
		text.replace("test-model", "m"),
		'{ "model":"m",\n  "messages":[{"role":"user","content":"\\u0041"}], "temperature":1.50 }',
	]);
	expect(await lessons()).toEqual([{ kind: "member", name: "seed", value: undefined }]);
	const second = await post(text);
	expect([second.status, dropped(second), second.headers.get("x-llmgw-attempts")]).toEqual([200, ["seed"], null]);
	expect(sent()).toHaveLength(3);
});

test("a request that has not what was refused is sent as it came", async () => {
	const { post, sent } = await learningOver({ one: refusing("seed") });
	await post({ seed: 1 });
	const answer = await post({ user: "u" });
	expect([answer.status, dropped(answer)]).toEqual([200, []]);
	expect(bodyOf(sent().at(-1) as Received)).toEqual({ model: "m", messages, user: "u" });
});

test("several members that are refused one after the other are each left out", async () => {
	const { post, count, lessons } = await learningOver({ one: refusing("seed", "top_p", "user") });
	const answer = await post({ seed: 1, top_p: 1, user: "u" });
	expect([answer.status, dropped(answer), count()]).toEqual([200, ["seed", "top_p", "user"], [4]]);
	expect((await lessons()).map(({ name }) => name)).toEqual(["seed", "top_p", "user"]);
});

test("no more requests are made than the route allows", async () => {
	const { post, count, lessons } = await learningOver(
		{ one: refusing("seed", "top_p", "user") },
		{ retry: { ...route([]).retry, attempts: 2 } },
	);
	const answer = await post({ seed: 1, top_p: 1, user: "u" });
	expect([answer.status, count(), await lessons()]).toEqual([400, [2], []]);
	expect(await answer.json()).toMatchObject({ error: { param: "top_p" } });
});

test("streams are asked again as well", async () => {
	const stream: HostAnswer = (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(
			`data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`,
		);
	};
	const { post } = await learningOver({
		one: picky(
			(request) =>
				bodyOf(request).seed === undefined
					? undefined
					: { detail: [{ type: "extra_forbidden", loc: ["body", "seed"] }] },
			stream,
			422,
		),
	});
	const answer = await post({ seed: 1, stream: true });
	expect([answer.status, dropped(answer)]).toEqual([200, ["seed"]]);
	expect(await answer.text()).toContain("[DONE]");
});

test("a refusal is the client's where the route does not learn, in the vendor's own words", async () => {
	const { post, count } = await learningOver({ one: refusing("seed") }, { learn: undefined });
	const answer = await post({ seed: 1 });
	expect([answer.status, count()]).toEqual([400, [1]]);
	expect(await answer.json()).toMatchObject({ error: { param: "seed", code: "unsupported_parameter" } });
});

test("what another route has learned changes nothing on one that does not learn", async () => {
	const { post, count } = await learningOver({ one: refusing("seed") });
	await post({ seed: 1 });
	const answer = await post({ seed: 1, model: "elsewhere" });
	expect([answer.status, count()]).toEqual([400, [3]]);
});

test("what the request is about is never left out", async () => {
	const { post, count } = await learningOver({ one: refusing("response_format") });
	const answer = await post({ response_format: { type: "json_object" } });
	expect([answer.status, count()]).toEqual([400, [1]]);
});

test("a refusal that stays without the member teaches nothing, and is the client's", async () => {
	const always: HostAnswer = json({ error: { message: "Unsupported parameter: 'seed'" } }, 400);
	const { post, count, lessons } = await learningOver({ one: always });
	const answer = await post({ seed: 1 });
	expect([answer.status, count(), await lessons()]).toEqual([400, [2], []]);
});

test("a word that is refused is remembered as that word alone", async () => {
	const { post, sent } = await learningOver({
		one: picky(
			(request) =>
				bodyOf(request).reasoning_effort === "minimal"
					? { error: { message: "", param: "reasoning_effort", code: "unsupported_value" } }
					: undefined,
			ok,
		),
	});
	expect((await post({ reasoning_effort: "minimal" })).status).toBe(200);
	expect(dropped(await post({ reasoning_effort: "minimal" }))).toEqual(["reasoning_effort"]);
	expect(dropped(await post({ reasoning_effort: "high" }))).toEqual([]);
	expect(bodyOf(sent().at(-1) as Received)).toMatchObject({ reasoning_effort: "high" });
});

test("in a translation, what the gateway has written is left out", async () => {
	const { post, sent } = await learningOver(
		{
			one: picky(
				(request) =>
					bodyOf(request).temperature === undefined
						? undefined
						: {
								type: "error",
								error: { type: "invalid_request_error", message: "`temperature` is deprecated for this model." },
							},
				message([{ type: "text", text: "Hi" }]),
			),
		},
		{},
		{ provider: "anthropic", key: "secret" },
	);
	const answer = await post({ temperature: 0.5, seed: 1 });
	expect([answer.status, dropped(answer).sort()]).toEqual([200, ["seed", "temperature"]]);
	expect(sent().map((request) => bodyOf(request).temperature)).toEqual([0.5, undefined]);
});

test("a refusal in a translation names the member to a strict route too, which asks elsewhere and learns nothing", async () => {
	const { post, count, lessons } = await learningOver({ one: refusing("seed"), two: ok }, { strict: true });
	const answer = await post({ seed: 1 });
	expect([answer.status, count(), dropped(answer), await lessons()]).toEqual([200, [1, 1], [], []]);
});

test("a strict route passes over a target that is known to refuse a part of the request", async () => {
	const { post, count, gateway } = await learningOver({ one: ok, two: ok }, { strict: true });
	gateway.gateway.services.upstreams.lessons.add({
		id: "l",
		upstream: "one",
		model: "m",
		kind: "member",
		name: "seed",
		learnedAt: Date.now(),
		expiresAt: Date.now() + 60_000,
	});
	expect([(await post({ seed: 1 })).status, count()]).toEqual([200, [0, 1]]);
	expect([(await post({ user: "u" })).status, count()]).toEqual([200, [1, 1]]);
});

const anthropicPath = "/v1/messages";
const claudes = {
	max_tokens: 5,
	context_management: { edits: [] },
	tools: [{ name: "now", input_schema: {}, strict: true }],
};
const betas = "claude-code-20250219, context-management-2025-06-27,structured-outputs-2025-11-13";
const anthropicError = (text: string) => ({ type: "error", error: { type: "invalid_request_error", message: text } });
const knows = ({ headers }: Received, beta: string) => String(headers["anthropic-beta"]).includes(beta);

test.each([
	[
		"the beta is refused",
		(request: Received) =>
			knows(request, "context-management")
				? anthropicError("Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header.")
				: "context_management" in bodyOf(request)
					? anthropicError("context_management: Extra inputs are not permitted")
					: undefined,
	],
	[
		"the member is refused",
		(request: Received) =>
			"context_management" in bodyOf(request)
				? anthropicError("context_management: Extra inputs are not permitted")
				: knows(request, "context-management")
					? anthropicError("this beta needs context_management")
					: undefined,
	],
])("a beta and its members go together: %s", async (_which, refusalOf) => {
	const { post, sent } = await learningOver(
		{ one: picky(refusalOf, message([{ type: "text", text: "Hi" }])) },
		{},
		{ provider: "anthropic", key: "secret" },
	);
	const answer = await post(claudes, anthropicPath, { "anthropic-beta": betas });
	expect(answer.status).toBe(200);
	expect(dropped(answer).sort()).toEqual(["anthropic-beta:context-management-2025-06-27", "context_management"]);
	const { context_management: _gone, ...others } = claudes;
	expect(bodyOf(sent()[1] as Received)).toEqual({ model: "m", messages, ...others });
	expect(sent()[1]?.headers["anthropic-beta"]).toBe("claude-code-20250219,structured-outputs-2025-11-13");
	expect(sent()).toHaveLength(2);
	const later = await post({ ...claudes, context_management: undefined }, anthropicPath, {
		"anthropic-beta": "effort-2025-11-24",
	});
	expect([later.status, dropped(later), sent()[2]?.headers["anthropic-beta"]]).toEqual([200, [], "effort-2025-11-24"]);
});

test("a header of which no beta is left is not sent", async () => {
	const { post, sent } = await learningOver(
		{
			one: picky(
				({ headers }) =>
					headers["anthropic-beta"] === undefined
						? undefined
						: anthropicError("Unexpected value(s) `effort-2025-11-24` for the `anthropic-beta` header."),
				message([{ type: "text", text: "Hi" }]),
			),
		},
		{},
		{ provider: "anthropic", key: "secret" },
	);
	expect((await post({ max_tokens: 5 }, anthropicPath, { "anthropic-beta": "effort-2025-11-24" })).status).toBe(200);
	expect(sent()[1]?.headers).not.toHaveProperty("anthropic-beta");
});

test("what was learned is forgotten after its time", async () => {
	const { post, count } = await learningOver({ one: refusing("seed") }, { learn: { forMs: 0 } });
	await post({ seed: 1 });
	await post({ seed: 1 });
	expect(count()).toEqual([4]);
});

test("a lesson of one model is none of another's", async () => {
	const host = await startAiHost(refusing("seed"));
	onTestFinished(() => host.close());
	const routing = {
		upstreams: [upstream("one", `${host.url}/v1`)],
		routes: [route(["one"], { models: ["*"], learn })],
	};
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	for (const model of ["a", "a", "b"])
		await fetch(gateway.url + chat, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model, messages, seed: 1 }),
		});
	expect(host.received.map((request) => [bodyOf(request).model, bodyOf(request).seed])).toEqual([
		["a", 1],
		["a", undefined],
		["a", undefined],
		["b", 1],
		["b", undefined],
	]);
});

test("a route of the configuration file learns if it, or else `defaults`, says so", async () => {
	const learning = async (defaults: string, own: string) => {
		const settings = await settingsFrom(`
defaults: {${defaults}}
upstreams: {one: {url: "http://127.0.0.1:1001"}}
routes: [{model: a, targets: [one]${own}}]
`);
		return settings.routing.routes[0]?.learn;
	};
	expect(await learning("", "")).toBeUndefined();
	expect(await learning("", ", learn: true")).toEqual({ forMs: 86_400_000 });
	expect(await learning("learn: {for: 2h}", "")).toEqual({ forMs: 7_200_000 });
	expect(await learning("learn: {for: 2h}", ", learn: false")).toBeUndefined();
});
