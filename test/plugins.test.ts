import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadPlugins } from "../src/gateway/loadPlugins.js";
import { chunk, completion, type HostAnswer, sendJson, startAiHost, startStream } from "./kit/aiHost.js";
import { errorOf, gatewayFor, hello, jsonOf, postChat, temporaryFile } from "./kit/gateway.js";

const example = (name: string) => fileURLToPath(new URL(`../examples/plugins/${name}.js`, import.meta.url));

async function hostFor(answer?: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

const pluginFile = (source: string) => temporaryFile("plugin.mjs", source);

describe("a plugin", () => {
	test("stands at its stage and gets its options with their defaults", async () => {
		const file = pluginFile(`export default { name: "greeter", stage: "edge",
			options: { type: "object", properties: { greeting: { type: "string", default: "hi" }, to: { type: "string" } } },
			middleware: (options) => (ctx, next) => { ctx.set("x-greeting", options.greeting + " " + options.to); return next(); } }`);
		const gateway = await gatewayFor(await hostFor(), { plugin: [`${file}={"to":"you"}`] });
		expect((await postChat(gateway.baseUrl, hello)).headers.get("x-greeting")).toBe("hi you");
		expect(gateway.gateway.chain.map(({ plugin }) => plugin.name)).toEqual([
			"request-id",
			"helmet",
			"errors",
			"exchange",
			"metrics",
			"usage",
			"request-shape",
			"local-names",
			"greeter",
			"router",
			"authenticate",
			"rate-limit",
			"realtime",
			"body",
			"prompts",
			"validate",
			"calls",
			"resolve",
			"files",
			"sessions",
			"replay",
			"background",
			"responses",
			"input-context",
			"inline-files",
			"prompt-cache",
			"store-completions",
			"limits",
		]);
	});

	test("that throws gives its caller a 500 and harms nobody else", async () => {
		const file = pluginFile(`export default { name: "thrower", stage: "validated",
			middleware: () => (ctx, next) => { if (ctx.get("x-throw")) throw new Error("secret detail"); return next(); } }`);
		const gateway = await gatewayFor(await hostFor(), { plugin: [file] });
		const [bad, good] = await Promise.all([
			postChat(gateway.baseUrl, hello, { "x-throw": "1" }),
			postChat(gateway.baseUrl, hello),
		]);
		expect([bad.status, good.status]).toEqual([500, 200]);
		const text = await bad.text();
		expect(JSON.parse(text).error).toMatchObject({ type: "api_error", code: "internal_error" });
		expect(text).not.toContain("secret detail");
		expect(bad.headers.get("x-content-type-options")).toBe("nosniff");
		expect(gateway.printed.join()).toContain("secret detail");
	});

	test("is not asked about health probes, which bring none of what it asks for", async () => {
		const file = pluginFile(`export default { name: "shut", stage: "authenticated",
			middleware: () => (ctx) => { ctx.throw(403, "Closed.") } }`);
		const gateway = await gatewayFor(await hostFor(), { plugin: [file] });
		const status = async (path: string) => (await fetch(gateway.url + path)).status;
		expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 200]);
		expect([await status("/v1/models"), await status("/docs")]).toEqual([403, 403]);
	});

	test("adds an operation to the contract with its handler", async () => {
		const file = pluginFile(`export default { name: "echo",
			overlay: { overlay: "1.0.0", info: { title: "echo", version: "1" }, actions: [{ target: "$.paths", update: { "/v1/echo": {
				post: { operationId: "echo", requestBody: { required: true, content: { "application/json": { schema: {
					type: "object", required: ["say"], properties: { say: { type: "string" }, loud: { type: "boolean", default: true } } } } } },
					responses: { "200": { description: "what was said" } } } } } }] },
			handlers: () => ({ echo: (ctx) => ({ said: ctx.state.exchange.body.json }) }) }`);
		const gateway = await gatewayFor(await hostFor(), { plugin: [file] });
		const post = (body: object) =>
			fetch(`${gateway.url}/v1/echo`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(body),
			});
		expect(await (await post({ say: "hi" })).json()).toEqual({ said: { say: "hi", loud: true } });
		expect(await errorOf(await post({}))).toMatchObject({ param: "say", code: "missing_required_parameter" });
		expect(Object.keys((await jsonOf<{ paths: object }>(await fetch(`${gateway.url}/openapi.json`))).paths)).toContain(
			"/v1/echo",
		);
	});

	test.each([
		["no such file", "./nowhere.js", /no such file or installed package/],
		["no default export", pluginFile("export const x = 1"), /no default export/],
		[
			"a bad name",
			pluginFile('export default { name: "Bad Name", stage: "edge", middleware: () => () => {} }'),
			/name/,
		],
		[
			"an unknown stage",
			pluginFile('export default { name: "x", stage: "middle", middleware: () => () => {} }'),
			/stage/,
		],
		[
			"options that don't fit",
			`${example("promptGuard")}={"maxCharacters":0}`,
			/its option maxCharacters must be >= 1/,
		],
		["options it doesn't know", `${example("promptGuard")}={"max":1}`, /it has no option max$/],
		["a missing option", example("wordFilter"), /its option words is missing/],
		["options that are no object", `${example("promptGuard")}=5`, /promptGuard\.js: its options must be a JSON object/],
		["no options where there is a =", `${example("promptGuard")}=`, /promptGuard\.js: its options are not JSON/],
		["options that are no JSON", `${example("promptGuard")}={max:1}`, /not JSON/],
		["a syntax error", pluginFile("export default {"), /plugin\.mjs: .*(syntax|Unexpected)/],
		[
			"an empty overlay",
			pluginFile('export default { name: "x", overlay: {} }'),
			/plugin\.mjs: overlay: not an OpenAPI/,
		],
		[
			"a factory that gives no middleware",
			pluginFile('export default { name: "x", stage: "edge", middleware: () => 5 }'),
			/plugin x \(.*\): its `middleware` must return a function/,
		],
		[
			"handlers that are none",
			pluginFile('export default { name: "x", handlers: 5 }'),
			/`handlers` must be a function/,
		],
		[
			"handlers that throw",
			pluginFile('export default { name: "x", handlers() { throw new Error("no disk") } }'),
			/^plugin x \(.*\): no disk$/,
		],
		[
			"a factory that throws",
			pluginFile('export default { name: "x", stage: "edge", middleware() { throw new Error("no disk") } }'),
			/no disk/,
		],
	])("is refused at start for %s", async (_name, specification, reason) => {
		await expect(gatewayFor({ url: "http://127.0.0.1:1" }, { plugin: [specification] })).rejects.toThrow(reason);
	});

	test("is refused when its module never settles", async () => {
		const file = pluginFile("await new Promise(() => {})");
		await expect(loadPlugins([file], 100)).rejects.toThrow(`--plugin ${file}: it was not loaded within 0.1 s`);
	});

	test("is refused without showing its options, which may hold a credential", async () => {
		for (const options of ['={"key":"sk-secret"', '=["sk-secret"]', '={"key":"sk-secret"}']) {
			const refused = loadPlugins([example("promptGuard") + options]).catch(String);
			expect(await refused).toMatch(/promptGuard\.js: (?!.*sk-secret)/);
		}
	});

	test("gets defaults of its own, which no other request sees", async () => {
		const file = pluginFile(`export default { name: "changer", stage: "validated",
			overlay: { overlay: "1.0.0", info: { title: "x", version: "1" }, actions: [{
				target: "$.components.schemas.CreateChatCompletionRequest.properties",
				update: { extra: { type: "object", default: { seen: 0 } } } }] },
			middleware: () => (ctx, next) => { ctx.set("x-seen", String(ctx.state.exchange.body.json.extra.seen++)); return next(); } }`);
		const gateway = await gatewayFor(await hostFor(), { plugin: [file] });
		for (let count = 0; count < 2; count += 1)
			expect((await postChat(gateway.baseUrl, hello)).headers.get("x-seen")).toBe("0");
	});

	test("is refused when another has its name", async () => {
		const plugin = [example("promptGuard"), example("promptGuard")];
		await expect(gatewayFor({ url: "http://127.0.0.1:1" }, { plugin })).rejects.toThrow(
			/two plugins are called prompt-guard/,
		);
	});
});

describe("the about example", () => {
	test("adds an operation that is in the contract", async () => {
		const plugin = [`${example("about")}={"contact":"ai@example.org"}`];
		const gateway = await gatewayFor(await hostFor(), { plugin });
		expect(await jsonOf(await fetch(`${gateway.url}/about`))).toEqual({ contact: "ai@example.org" });
		expect((await fetch(`${gateway.url}/about`, { method: "POST" })).status).toBe(405);
	});
});

describe("the tenant tag example", () => {
	test("tags known tenants and refuses others", async () => {
		const gateway = await gatewayFor(await hostFor(), {
			plugin: [`${example("tenantTag")}={"tenants":["acme"],"required":true}`],
			verbose: true,
		});
		const known = await postChat(gateway.baseUrl, hello, { "x-tenant": "acme" });
		expect([known.status, known.headers.get("x-tenant")]).toEqual([200, "acme"]);
		expect((await postChat(gateway.baseUrl, hello, { "x-tenant": "globex" })).status).toBe(403);
		expect((await postChat(gateway.baseUrl, hello)).status).toBe(400);
		await known.text();
		expect(gateway.printed.join()).toContain("tenant acme");
	});
});

describe("the prompt guard example", () => {
	test("refuses prompts over its length, and only those", async () => {
		const host = await hostFor();
		const gateway = await gatewayFor(host, { plugin: [`${example("promptGuard")}={"maxCharacters":10}`] });
		const ask = (content: unknown) => postChat(gateway.baseUrl, { messages: [{ role: "user", content }] });
		expect((await ask("1234567890")).status).toBe(200);
		expect(
			(await ask([{ type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(99)}` } }])).status,
		).toBe(200);
		const refused = await ask([
			{ type: "text", text: "123456" },
			{ type: "text", text: "789012" },
		]);
		expect(await errorOf(refused)).toMatchObject({ code: "prompt_too_long", param: "messages" });
		expect(host.received).toHaveLength(2);
	});
});

describe("the word filter example", () => {
	const plugin = [`${example("wordFilter")}={"words":["secret plan","bomb"]}`];
	const said = "The Secret Plan is a bomb, not bombastic; secret plan!";
	const filtered = "The *** is a ***, not bombastic; ***!";

	test("filters an answer", async () => {
		const host = await hostFor((_request, response) => {
			const message = { role: "assistant", content: said };
			sendJson(response, { ...completion, choices: [{ index: 0, message, finish_reason: "stop" }] });
		});
		const gateway = await gatewayFor(host, { plugin });
		const answer = await jsonOf<typeof completion>(await postChat(gateway.baseUrl, hello));
		expect(answer.choices[0]?.message.content).toBe(filtered);
		expect(answer.usage).toEqual(completion.usage);
	});

	test.each([1, 2, 3, 7, 100])("filters a stream cut into pieces of %i characters", async (size) => {
		const host = await hostFor((_request, response) => {
			startStream(response);
			for (let at = 0; at < said.length; at += size) response.write(chunk({ content: said.slice(at, at + size) }));
			response.write(chunk({}, "stop"));
			response.end("data: [DONE]\n\n");
		});
		const gateway = await gatewayFor(host, { plugin });
		const text = await (await postChat(gateway.baseUrl, { ...hello, stream: true })).text();
		const events = text.split("\n\n").filter((event) => event.startsWith("data: {"));
		const content = events.map((event) => JSON.parse(event.slice(6)).choices[0].delta.content ?? "").join("");
		expect(content).toBe(filtered);
		expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
	});

	test("leaves errors alone", async () => {
		const host = await hostFor((_request, response) => sendJson(response, { error: { message: "bomb" } }, 500));
		const gateway = await gatewayFor(host, { plugin });
		expect(await (await postChat(gateway.baseUrl, hello)).json()).toEqual({ error: { message: "bomb" } });
	});

	test("lets nothing compressed slip through unread", async () => {
		const host = await hostFor((_request, response) => {
			response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end("xx");
		});
		const gateway = await gatewayFor(host, { plugin });
		const response = await postChat(gateway.baseUrl, hello);
		expect([response.status, (await errorOf(response)).code]).toEqual([502, "upstream_encoded"]);
	});
});
