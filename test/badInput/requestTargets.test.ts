/** Request targets that are not quite those of the contract, and still mean something: URLs, and slashes too many. */
import { describe, expect, onTestFinished, test } from "vitest";
import { answerShortly, startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, postChat, temporaryFile } from "../kit/gateway.js";
import { sendRaw } from "../kit/rawHttp.js";

async function start() {
	const host = await startAiHost((request, response) =>
		answerShortly({ ...request, url: request.url.split("?")[0] ?? "" }, response),
	);
	onTestFinished(() => host.close());
	return { host, gateway: await gatewayFor(host, { "allowed-host": "*" }) };
}

const get = (target: string, host = "gateway") =>
	`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

describe("an absolute target is served (RFC 9112 §3.2.2)", () => {
	test.each([
		"http://gateway/v1/models",
		"https://gateway/v1/models",
		"HTTP://GATEWAY:80/v1/models",
		"http://other/v1/models",
		"http://[::1]:42069/v1/models",
		"http://gateway/v1/models?x=1",
	])("%s", async (target) => {
		const { host, gateway } = await start();
		const { status, body } = await sendRaw(gateway.port, get(target));
		expect(status).toBe(200);
		expect(body).toContain("test-model");
		expect(host.received[0]?.url).toBe(target.endsWith("?x=1") ? "/v1/models?x=1" : "/v1/models");
	});

	test("with a body, and more than one on a connection", async () => {
		const { gateway } = await start();
		const body = JSON.stringify(hello);
		const post = (more: string) =>
			`POST http://gateway/v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
		const { text } = await sendRaw(gateway.port, post("") + post("connection: close\r\n"), 5_000);
		expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
	});

	test.each([
		["http://gateway"],
		["http://gateway/"],
		["http://gateway?x"],
		["http://169.254.169.254/latest/meta-data"],
	])("%s is not fetched from there: the gateway has its own paths alone", async (target) => {
		const { host, gateway } = await start();
		const { status } = await sendRaw(gateway.port, get(target));
		expect([200, 404]).toContain(status);
		expect(host.received).toHaveLength(0);
	});

	test("what the target names is the host that the request is for, whatever the header says", async () => {
		const plugin = temporaryFile(
			"host.mjs",
			`export default { name: "host", stage: "edge", middleware: () => (ctx, next) => {
				ctx.set("x-seen", ctx.host + " " + ctx.req.headers.host);
				return next();
			} };`,
		);
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const gateway = await gatewayFor(host, { plugin, "allowed-host": "*" });
		const { head } = await sendRaw(gateway.port, get("http://evil.example/v1/models", "127.0.0.1"));
		expect(head).toContain("x-seen: evil.example evil.example");
	});

	test("and so a name that is not this machine's is refused there as in the header", async () => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const gateway = await gatewayFor(host);
		expect((await sendRaw(gateway.port, get("http://evil.example/v1/models", "127.0.0.1"))).status).toBe(403);
		expect((await sendRaw(gateway.port, get("http://127.0.0.1/v1/models", "127.0.0.1"))).status).toBe(200);
	});

	test.each(["http://u:p@gateway/v1/models", "http:///v1/models", "ftp://gateway/v1/models", "http://a b/", "*"])(
		"%s is refused",
		async (target) => {
			const { gateway } = await start();
			expect((await sendRaw(gateway.port, get(target))).status).toBe(400);
		},
	);
});

describe("slashes too many say nothing", () => {
	test.each(["//chat/completions", "/chat/completions/", "//chat//completions//", "/chat/completions/?x=1"])(
		"POST /v1%s",
		async (path) => {
			const { host, gateway } = await start();
			const response = await fetch(`${gateway.baseUrl}${path}`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(hello),
			});
			expect(response.status).toBe(200);
			expect(host.received[0]?.url.split("?")[0]).toBe("/v1/chat/completions");
		},
	);

	test.each(["/v1/models/", "//v1/models", "/v1//models/test-model", "/healthz/", "/v1/embeddings//"])(
		"%s is found",
		async (path) => {
			const { gateway } = await start();
			const { status } = await sendRaw(gateway.port, get(path));
			expect(status).toBe(path.includes("embeddings") ? 405 : 200);
		},
	);

	test.each(["/v1/", "/v1//nothing/", "//v1/"])("%s is what it was without them", async (path) => {
		const { gateway } = await start();
		expect((await sendRaw(gateway.port, get(path))).status).toBe(404);
	});

	test("a base URL with /v1 twice, or none, is told what was meant", async () => {
		const { gateway } = await start();
		for (const base of [`${gateway.baseUrl}/v1`, gateway.url]) {
			const { error } = (await (await postChat(base, hello)).json()) as { error: { message: string } };
			expect(error.message).toContain("Did you mean /v1/chat/completions?");
		}
	});
});
