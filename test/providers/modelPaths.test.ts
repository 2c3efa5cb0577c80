/** Upstreams that have the model in their path, asked for models with names that would change it. */
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { json } from "../kit/translated.js";

const servers = {
	gemini: { base: "/v1beta", provider: "gemini" },
	bedrock: { base: "", provider: "bedrock" },
	azure: { base: "/openai", provider: "azure" },
} as const;

/** All models of clients are asked for by their own names. */
async function gatewayTo(name: keyof typeof servers) {
	const host = await startAiHost(json({ error: { message: "Nobody here." } }, 400));
	onTestFinished(() => host.close());
	const { base, provider } = servers[name];
	const gateway = await gatewayWith({
		upstreams: [upstream("one", new URL(base, host.url).href, { provider, key: "secret" })],
		routes: [route(["one"], { models: ["*"] })],
	});
	const ask = (path: string, body: object) =>
		fetch(`${gateway.url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	return { host, ask };
}

const messages = [{ role: "user", content: "Hi" }];

const refused: [keyof typeof servers, string][] = [
	["gemini", ".."],
	["gemini", "models/../../files/x"],
	["gemini", "tunedModels/../../../x"],
	["gemini", "a/./b"],
	["gemini", "a\\..\\b"],
	["gemini", "\ud800"],
	["gemini", "models/\udfff"],
	["bedrock", "."],
	["bedrock", ".."],
	["bedrock", "a/../b"],
	["bedrock", "x\ud83d"],
	["azure", ".."],
	["azure", "../../x"],
	["azure", "\udc00"],
];

test.each(refused)("%s is not asked for %j", async (name, model) => {
	const { host, ask } = await gatewayTo(name);
	const chat = await ask("/v1/chat/completions", { model, messages });
	const error = { type: "invalid_request_error", code: "invalid_path", message: expect.stringContaining("can't have") };
	expect([chat.status, await chat.json()]).toMatchObject([400, { error }]);
	expect(host.received).toEqual([]);
});

test("a refusal speaks the client's dialect, and says nothing of the upstream's health", async () => {
	const { host, ask } = await gatewayTo("bedrock");
	for (let at = 0; at < 20; at += 1) {
		const message = await ask("/v1/messages", { model: "\ud800", messages, max_tokens: 5 });
		const error = { type: "invalid_request_error", details: { error_code: "invalid_path" } };
		expect([message.status, await message.json()]).toMatchObject([400, { type: "error", error }]);
	}
	await ask("/v1/messages", { model: "well", messages, max_tokens: 5 });
	expect(host.received.map(({ url }) => url)).toEqual(["/model/well/converse"]);
});

test.each([
	["gemini", "real:a?b#c%2e", "/v1beta/models/real%3Aa%3Fb%23c%252e:generateContent"],
	["gemini", "tunedModels/a..b", "/v1beta/tunedModels/a..b:generateContent"],
	["bedrock", "arn:aws:bedrock:x:1:y/z😀", "/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ay%2Fz%F0%9F%98%80/converse"],
	["azure", "a/b..c", "/openai/deployments/a%2Fb..c/chat/completions"],
] as const)("%s is asked for %j in one place of its path", async (name, model, path) => {
	const { host, ask } = await gatewayTo(name);
	await ask("/v1/chat/completions", { model, messages });
	expect(host.received.map(({ url }) => url)).toEqual([path]);
});
