/** Messages at start about an upstream that can't be reached or is misconfigured. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { serveLlmw } from "../kit/llmw.js";

async function listening(server: Server): Promise<number> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return (server.address() as AddressInfo).port;
}

async function complaintAbout(url: string, flags: string[] = []): Promise<string> {
	const llmw = await serveLlmw({ url }, ["--workers", "1", ...flags]);
	const [complaint] = await llmw.says(/llmw: The upstream .*/);
	expect(llmw.stderr()).toContain(complaint);
	expect((await fetch(`${llmw.url}/healthz`)).status).toBe(200);
	return complaint;
}

test("one that refuses connections", async () => {
	const closed = createServer();
	const port = await listening(closed);
	closed.close();
	const complaint = await complaintAbout(`http://127.0.0.1:${port}`);
	expect(complaint).toContain(`aihost (http://127.0.0.1:${port}/v1) can't be reached: it refuses connections`);
});

test("one whose name is unknown", async () => {
	expect(await complaintAbout("http://no-such-host.invalid:8000")).toMatch(
		/can't be reached: .*(DNS|ENOTFOUND|EAI_AGAIN)/,
	);
});

test("one that speaks no TLS, and one that speaks no HTTP", async () => {
	const port = await listening(createHttpServer((_request, response) => void response.end("hello")));
	expect(await complaintAbout(`https://127.0.0.1:${port}`)).toContain("it speaks no TLS");
	const other = await listening(createServer((socket) => void socket.on("error", () => {}).end("SSH-2.0-OpenSSH\r\n")));
	expect(await complaintAbout(`http://127.0.0.1:${other}`)).toContain("no HTTP");
});

test("one that hangs up", async () => {
	const port = await listening(createServer((socket) => void socket.on("error", () => {}).destroy()));
	expect(await complaintAbout(`http://127.0.0.1:${port}`)).toContain("it hangs up");
});

test.each([
	["a page", 200, "text/html", "<html>Welcome to nginx!</html>"],
	["a plain 404", 404, "text/plain", "404 page not found"],
	["a redirect", 301, "text/html", "moved"],
	["other JSON", 200, "application/json", '{"version":"8.1","cluster":"x"}'],
])("one that answers %s is not an OpenAI-compatible API", async (_name, status, type, body) => {
	const host = await startAiHost(
		(_request, response) => response.writeHead(status, { "content-type": type, location: "/" }).end(body),
		{ listsModels: true },
	);
	onTestFinished(() => host.close());
	const complaint = await complaintAbout(host.url);
	expect(complaint).toContain("answers, but not as an OpenAI-compatible API");
	expect(complaint).toContain(`GET /models: ${status}`);
});

test("one that refuses the gateway's key; but not one that wants the client's own", async () => {
	const host = await startAiHost(
		(_request, response) =>
			response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"message":"Incorrect API key"}}'),
		{ listsModels: true },
	);
	onTestFinished(() => host.close());
	const complaint = await complaintAbout(host.url, ["--aikey", "sk-wrong-secret"]);
	expect(complaint).toContain("refuses the key it was given");
	expect(complaint).not.toContain("sk-wrong-secret");
	const asked = host.received.length;
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	while (host.received.length === asked) await fetch(`${llmw.url}/healthz`);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr()).toBe("");
});

test("one that is still loading is said to be so, and to answer when it does", async () => {
	let isReady = false;
	const host = await startAiHost(
		(_request, response) => {
			response.writeHead(isReady ? 200 : 503, { "content-type": "application/json" });
			response.end(isReady ? '{"object":"list","data":[{"id":"m"}]}' : '{"error":{"message":"Loading model"}}');
		},
		{ listsModels: true },
	);
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	await llmw.says(/is not ready: GET \/models was answered with 503/);
	isReady = true;
	await llmw.says(/answers now/);
});

test("a slow one does not hold up the start", async () => {
	const silent = await listening(createServer((socket) => void socket.on("error", () => {})));
	const llmw = await serveLlmw({ url: `http://127.0.0.1:${silent}` }, ["--workers", "1"]);
	expect(llmw.stderr()).toBe("");
	await llmw.says(/can't be reached: it does not answer within 5 s/);
});
