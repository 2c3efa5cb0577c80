/** Which MCP servers are asked, with what, and what becomes of those that don't do well. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createAllowList } from "../../src/mcp/allowList.js";
import { isPrivateAddress } from "../../src/mcp/privateAddresses.js";
import { requestedServers } from "../../src/mcp/requestedTools.js";
import { startMcpServer } from "../kit/mcpServer.js";
import { asking, echo, mcpTool, scene, serverSettings } from "./scene.js";

const call = [[["echo", "hi"]], "Done."] as const;

test.each([
	["another host", "http://127.0.0.1:9/mcp", 403, "mcp_server_not_allowed"],
	["another path", undefined, 403, "mcp_server_not_allowed"],
	["no URL at all", "nonsense", 400, "invalid_value"],
	["another protocol", "file:///etc/passwd", 400, "invalid_value"],
	["a password", "http://a:b@127.0.0.1/mcp", 400, "invalid_value"],
] as const)("a server that isn't allowed is never asked: %s", async (_name, url, status, code) => {
	const { client, theirs, asked } = await scene({ says: call });
	const tool = mcpTool({ url: url ?? `${theirs.url}/more` });
	const answer = client.responses.create({ ...asking, tools: [tool] });
	await expect(answer).rejects.toMatchObject({ status, code, param: "tools[0].server_url" });
	expect([theirs.received, asked()]).toEqual([[], []]);
});

test("patterns take one part of the URL alone, and a host that only a pattern allows is not named", () => {
	const allow = createAllowList([serverSettings("own", "https://*.example.com/*/mcp")]);
	const who = { route: "r", key: undefined, team: undefined };
	const allowed = (url: string) => {
		const [server] = requestedServers([{ type: "mcp", server_label: "a", server_url: url }]);
		return server && allow(server, who).mayBePrivate;
	};
	expect(allowed("https://one.example.com/x/mcp")).toBe(false);
	for (const url of [
		"https://example.com/x/mcp",
		"http://one.example.com/x/mcp",
		"https://evil.com/a.example.com/x/mcp",
		"https://one.example.com.evil.com/x/mcp",
		"https://one.example.com:8443/x/mcp",
	])
		expect(() => allowed(url), url).toThrow("not among those");
});

test.each([
	["127.0.0.1", true],
	["10.1.2.3", true],
	["169.254.169.254", true],
	["::1", true],
	["::ffff:127.0.0.1", true],
	["fd00::1", true],
	["8.8.8.8", false],
	["2001:4860:4860::8888", false],
])("%s is private: %s", (address, isPrivate) => expect(isPrivateAddress(address)).toBe(isPrivate));

test("a private address that only a pattern allows is not asked", async () => {
	const theirs = await startMcpServer({ tools: [echo] });
	const { port } = new URL(theirs.url);
	for (const host of ["127.0.0.1", "localhost"]) {
		const servers = [serverSettings("any", `http://*:${port}/mcp`)];
		const { client } = await scene({ says: ["Done."], mcp: { servers } });
		const tool = mcpTool({ url: `http://${host}:${port}/mcp` });
		const { output } = await client.responses.create({ ...asking, tools: [tool] });
		expect(output[0]).toMatchObject({ type: "mcp_list_tools", error: expect.stringContaining("private address") });
	}
	expect(theirs.received).toEqual([]);
});

test("a redirect to another host is not followed", async () => {
	const other = await startMcpServer({ tools: [echo] });
	const { client, theirs } = await scene({
		says: ["Done."],
		before(request, response) {
			request.resume();
			response.writeHead(307, { location: other.url }).end();
			return true;
		},
	});
	const { output } = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(output[0]).toMatchObject({ type: "mcp_list_tools", error: expect.any(String), tools: [] });
	expect(other.received).toEqual([]);
});

test("the server is shown the client's token, and the configuration's own in its place", async () => {
	const tool = { authorization: "client-token", headers: { "x-tenant": "theirs", "x-more": "1", host: "evil" } };
	for (const headers of [{}, { authorization: "Bearer own", "x-tenant": "ours" }]) {
		const { client, theirs } = await scene({ says: call, server: { headers } });
		const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs, tool)] });
		const shown = theirs.received.map(({ headers: { authorization, host, ...rest } }) => [
			authorization,
			rest["x-tenant"],
			host,
		]);
		const { authorization = "Bearer client-token", "x-tenant": tenant = "theirs" } = headers as Record<string, string>;
		expect(new Set(shown.map(String))).toEqual(new Set([String([authorization, tenant, new URL(theirs.url).host])]));
		expect(JSON.stringify(response)).not.toContain("client-token");
	}
});

test("a request without a URL gets the server that is called by its label", async () => {
	const { client } = await scene({ says: call });
	const tool = { type: "mcp", server_label: "tools", require_approval: "never" } as never;
	const { output } = await client.responses.create({ ...asking, tools: [tool] });
	expect(output[1]).toMatchObject({ type: "mcp_call", output: "You said: hi" });
});

test("a dead server's list has an error, and the model answers without it", async () => {
	const { client, theirs } = await scene({ says: ["Hello."] });
	await theirs.close();
	const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(response.output_text).toBe("Hello.");
	expect(response.output[0]).toMatchObject({ error: expect.stringContaining("can't be reached") });
});

test("a server that refuses says its status, and nothing more", async () => {
	const { client, theirs } = await scene({
		says: ["Hello."],
		before(request, response) {
			request.resume();
			response.writeHead(401).end("secret words");
			return true;
		},
	});
	const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(response.output[0]).toMatchObject({ error: expect.stringContaining("401") });
	expect(JSON.stringify(response)).not.toContain("secret words");
});

test.each([
	["says that it has failed", () => ({ isError: true, content: [{ type: "text", text: "no disk" }] }), /^no disk$/],
	["throws", () => Promise.reject(new Error("broken")), /./],
	["says too much", () => "x".repeat(200_000), /longer than 65536 bytes/],
	["takes too long", () => new Promise(() => {}), /within 400ms/],
])("a tool that %s makes its item's error, and the model goes on", async (_name, run, error) => {
	const { client, theirs, asked } = await scene({
		says: call,
		tools: [{ name: "echo", run }],
		server: { timeoutMs: 400 },
		mcp: { listAgeMs: 60_000 },
	});
	const response = await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	expect(response.status).toBe("completed");
	expect(response.output[1]).toMatchObject({
		type: "mcp_call",
		output: null,
		status: "failed",
		error: expect.stringMatching(error),
	});
	expect(response.output_text).toBe("Done.");
	expect(asked()[1]?.messages.at(-1)).toMatchObject({ role: "tool", content: expect.stringContaining("Error: ") });
});

test("an older server with server-sent events is asked, too", async () => {
	let stream: import("node:http").ServerResponse | undefined;
	const server = createServer(async (request, response) => {
		if (request.method === "GET") {
			stream = response.writeHead(200, { "content-type": "text/event-stream" });
			stream.write("event: endpoint\ndata: /messages\n\n");
			return;
		}
		const body = Buffer.concat(await request.toArray()).toString();
		if (request.url !== "/messages") return void response.writeHead(405).end();
		response.writeHead(202).end();
		const { id, method, params } = JSON.parse(body) as {
			id?: number;
			method: string;
			params: { protocolVersion: string };
		};
		const results: Record<string, object> = {
			initialize: {
				protocolVersion: params?.protocolVersion,
				capabilities: { tools: {} },
				serverInfo: { name: "old", version: "1" },
			},
			"tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
			"tools/call": { content: [{ type: "text", text: "from of old" }] },
		};
		if (id !== undefined)
			stream?.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: results[method] })}\n\n`);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`;
	const { client } = await scene({ says: call, mcp: { servers: [serverSettings("old", url)] } });
	const { output } = await client.responses.create({ ...asking, tools: [mcpTool({ url })] });
	expect(output[1]).toMatchObject({ type: "mcp_call", output: "from of old" });
});
