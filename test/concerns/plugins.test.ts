/** What a plugin may do (docs/plugins.md), for every dialect, in both lanes. */
import { describe, expect, test, vi } from "vitest";
import * as api from "../../src/index.js";
import { temporaryFile } from "../kit/gateway.js";
import { gatewayWith, route } from "../kit/routing.js";
import { ask, fewLanes, hostOf, type Lane, words } from "./lanes.js";

/** Plugins run in this process, so they can tell the tests what they see. */
const shared = globalThis as unknown as { llmwOfTests: typeof api; seenByPlugin: unknown[] };

async function start(lane: Lane, stage: string, body: string) {
	shared.llmwOfTests = api;
	shared.seenByPlugin = [];
	const plugin = temporaryFile(
		"plugin.mjs",
		`const { answerWith, changeAnswer, chatRequest, GatewayError, mapCompletionText, replaceBody, watchAnswer } = globalThis.llmwOfTests;
		const note = (value) => globalThis.seenByPlugin.push(value);
		export default { name: "mine", stage: "${stage}", middleware: () => async (ctx, next) => { const { exchange } = ctx.state; ${body} } };`,
	);
	const host = await hostOf(lane);
	const routes = [route(["one/real-model"], { models: ["public", "other"] })];
	const gateway = await gatewayWith({ upstreams: [host.settings()], routes }, { plugin: [plugin] });
	return {
		host,
		seen: shared.seenByPlugin,
		asks: (more: object = {}) => ask(gateway.url, lane, { more: more as Record<string, unknown> }),
	};
}

describe.each(fewLanes)("a plugin with %s", (_name, lane) => {
	const { client, isStream } = lane;

	test("reads the request in the neutral model, and watches the answer", async () => {
		const { asks, seen } = await start(
			lane,
			"upstream",
			`const { model, messages, isStream } = chatRequest(ctx);
			note([exchange.operation.id, exchange.model, exchange.route.name, model, messages.at(-1).parts[0].text, isStream]);
			await next();
			let text = "";
			watchAnswer(ctx, {
				events: (events) => { for (const event of events) if (event.type === "text") text += event.text; },
				end: (failure) => note([text, failure === undefined]),
			});`,
		);
		expect((await asks()).text).toBe(words.join(""));
		await vi.waitFor(() =>
			expect(seen).toEqual([
				[client.operation(isStream), "public", "public", "public", "Hello", isStream],
				[words.join(""), true],
			]),
		);
	});

	test.each(["edge", "authenticated", "validated", "upstream"])(
		"refuses at the stage %s, in the client's words",
		async (stage) => {
			const { asks, host } = await start(
				lane,
				stage,
				`throw new GatewayError(403, "Not on a Sunday.", { code: "sunday" });`,
			);
			const { status, error } = await asks();
			const kind = client.name === "Gemini" ? "PERMISSION_DENIED" : "permission_error";
			const told = client.hasBareErrors ? {} : { kind, code: "sunday" };
			expect([status, error]).toEqual([403, { message: "Not on a Sunday.", ...told }]);
			expect(host.questions).toEqual([]);
		},
	);

	test("replaces the request's body, with another model too", async () => {
		const { asks, host, seen } = await start(
			lane,
			"validated",
			`await replaceBody(ctx, { ...exchange.body.json, model: "other", user_added: true }); note(exchange.model); await next();`,
		);
		expect((await asks()).status).toBe(200);
		expect(seen).toEqual(["other"]);
		expect(host.questions).toMatchObject([{ model: "real-model", text: "Hello" }]);
	});

	test("changes the answer, and may end it with an error", async () => {
		const { asks } = await start(
			lane,
			"upstream",
			`await next(); changeAnswer(ctx, { push: async (bytes) => Buffer.from(bytes.toString().replaceAll("three", "THREE")) });`,
		);
		expect((await asks()).text).toBe("One two THREE four.");
		const { asks: refused } = await start(
			lane,
			"upstream",
			`await next(); changeAnswer(ctx, { async push(bytes, events) {
				if (events.some(({ type, text }) => type === "text" && text.includes("three"))) throw new GatewayError(403, "Against the rules.", { code: "rules" });
				return bytes;
			} });`,
		);
		const { error, text } = await refused();
		expect(error?.message).toBe("Against the rules.");
		expect(text).not.toContain("four");
	});

	test("answers in place of an upstream", async () => {
		const { asks, host } = await start(
			lane,
			"upstream",
			`answerWith(ctx, { own: true }, { headers: { "x-mine": "1" } });`,
		);
		const { status, headers, body } = await asks();
		expect([status, headers.get("x-mine"), JSON.parse(body)]).toEqual([200, "1", { own: true }]);
		expect(host.questions).toEqual([]);
	});

	test("maps the text of the answer, over the borders of events", async () => {
		const { asks } = await start(
			lane,
			"upstream",
			`await next(); mapCompletionText(exchange.answer, () => {
				let kept = "";
				return (piece, isLast) => {
					const all = (kept + piece).replaceAll("two three", "2 3");
					kept = isLast ? "" : all.slice(-8);
					return isLast ? all : all.slice(0, -8);
				};
			});`,
		);
		const { status, text, finish } = await asks();
		expect([status, text, finish]).toEqual([200, "One 2 3 four.", client.done]);
	});

	test("measures prompts with the example promptGuard", async () => {
		const host = await hostOf(lane);
		const guard = new URL("../../examples/plugins/promptGuard.js", import.meta.url).pathname;
		const routing = { upstreams: [host.settings()], routes: [route(["one/real-model"], { models: ["public"] })] };
		const gateway = await gatewayWith(routing, { plugin: [`${guard}={"maxCharacters":10}`] });
		expect((await ask(gateway.url, lane, { text: "x".repeat(10) })).status).toBe(200);
		const { status, error } = await ask(gateway.url, lane, { text: "x".repeat(11) });
		expect([status, lane.client.hasBareErrors ? "prompt_too_long" : error?.code, error?.message]).toEqual([
			400,
			"prompt_too_long",
			expect.stringContaining("has 11 characters"),
		]);
		expect(host.questions).toHaveLength(1);
	});
});
