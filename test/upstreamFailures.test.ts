import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { completion, type HostAnswer, sendJson, startAiHost } from "./kit/aiHost.js";
import { errorOf, gatewayFor, hello, postChat } from "./kit/gateway.js";
import { needs } from "./kit/programs.js";

async function listening(server: Server): Promise<number> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => void server.close());
	return (server.address() as AddressInfo).port;
}

async function hostFor(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

async function tcpHost(onConnection: (socket: Socket) => void) {
	const sockets = new Set<Socket>();
	const port = await listening(
		createTcpServer((socket) => {
			sockets.add(socket.on("error", () => {}));
			onConnection(socket);
		}),
	);
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
	});
	return { url: `http://127.0.0.1:${port}` };
}

async function failure(host: { url: string }, flags: Record<string, unknown> = {}, body: object = hello) {
	const gateway = await gatewayFor(host, flags);
	const response = await postChat(gateway.baseUrl, body);
	return { status: response.status, error: await errorOf(response), gateway };
}

describe.each([
	["not streamed", hello],
	["streamed", { ...hello, stream: true }],
])("%s", (_name, body) => {
	test("a host that refuses connections: 502", async () => {
		const server = createTcpServer();
		const port = await listening(server);
		await new Promise((resolve) => server.close(resolve));
		const { status, error } = await failure({ url: `http://127.0.0.1:${port}` }, {}, body);
		expect({ status, ...error }).toMatchObject({ status: 502, type: "upstream_error", code: "upstream_refused" });
		expect(error.message).not.toContain(String(port));
	});

	test("a name that can't be resolved: 502", async () => {
		const { status, error } = await failure({ url: "http://no-such-host.invalid" }, {}, body);
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_unresolvable" });
	});

	test("a host that does not begin to answer in time: 504", async () => {
		const host = await hostFor(() => {});
		const { status, error } = await failure(host, { timeout: "300ms" }, body);
		expect({ status, ...error }).toMatchObject({ status: 504, type: "timeout_error", code: "upstream_timeout" });
		expect(host.aborted).toBe(1);
	});

	test("a host that hangs up without an answer: 502", async () => {
		const host = await hostFor((_request, response) => void response.destroy());
		const { status, error } = await failure(host, {}, body);
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_closed" });
	});

	test("a host that does not speak HTTP: 502", async () => {
		const host = await tcpHost((socket) => socket.end("SSH-2.0-OpenSSH\r\n\r\n"));
		const { status, error } = await failure(host, {}, body);
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_invalid" });
	});

	test("https towards a host that speaks none: 502", async () => {
		const host = await tcpHost((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
		const { status, error } = await failure({ url: host.url.replace("http:", "https:") }, {}, body);
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_tls" });
	});

	test("a redirect is not followed: 502 that leaks no place", async () => {
		let elsewhere = 0;
		const trap = await hostFor((_request, response) => {
			elsewhere += 1;
			response.end();
		});
		const host = await hostFor((_request, response) => {
			response.writeHead(307, { location: `${trap.url}/v1/chat/completions` }).end();
		});
		const { status, error } = await failure(host, { aikey: "sk-secret" }, body);
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_redirect" });
		expect(elsewhere).toBe(0);
		expect(JSON.stringify(error)).not.toContain(String(trap.port));
	});
});

test("a body that is cut before its end becomes a 502, not half a JSON", async () => {
	const host = await hostFor((_request, response) => {
		response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
		response.write('{"id":"x",', () => response.destroy());
	});
	const { status, error } = await failure(host);
	expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_closed" });
});

test("status 200 with nothing after it is no answer: 502", async () => {
	const { status, error } = await failure(await hostFor((_request, response) => void response.end()));
	expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_closed" });
});

test("a large body that is cut once it is on its way breaks the client's connection", async () => {
	const host = await hostFor((_request, response) => {
		response.writeHead(200, { "content-type": "application/json", "content-length": "10000000" });
		response.write(Buffer.alloc(1_000_000, "x"), () => response.destroy());
	});
	const gateway = await gatewayFor(host);
	const response = await postChat(gateway.baseUrl, hello);
	await expect(response.text()).rejects.toThrow();
});

test("the host's own errors keep their status, body and retry-after", async () => {
	const cases: [number, string, string][] = [
		[401, "application/json", '{"error":{"message":"bad key","type":"invalid_request_error"}}'],
		[429, "application/json", '{"error": {"message": "slow down"} }'],
		[500, "text/plain", "Internal Server Error"],
		[503, "text/html", "<h1>busy</h1>"],
	];
	for (const [status, type, body] of cases) {
		const host = await hostFor((_request, response) => {
			response.writeHead(status, { "content-type": type, "retry-after": "7" }).end(body);
		});
		const gateway = await gatewayFor(host);
		const response = await postChat(gateway.baseUrl, { ...hello, stream: true });
		expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
			status,
			type,
			body,
		]);
		expect(response.headers.get("retry-after")).toBe("7");
	}
});

test("a client that leaves before the answer ends the host's work", async () => {
	const host = await hostFor(() => {});
	const gateway = await gatewayFor(host);
	const abort = new AbortController();
	const aborted = host.nextAbort();
	const call = fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(hello),
		signal: abort.signal,
	}).catch(() => {});
	while (host.received.length === 0) await new Promise(setImmediate);
	abort.abort();
	await Promise.all([aborted, call]);
	expect(host.aborted).toBe(1);
});

test("headers that tell of the host's machines or set cookies stay behind", async () => {
	const host = await hostFor((_request, response) => {
		sendJson(response, completion, 200, {
			server: "uvicorn",
			"set-cookie": "session=1",
			via: "1.1 internal-proxy",
			"x-powered-by": "Express",
			"x-served-by": "node-17.internal",
			"alt-svc": 'h3=":443"',
			"openai-processing-ms": "12",
			"x-request-id": "the-hosts-own",
		});
	});
	const gateway = await gatewayFor(host);
	const response = await postChat(gateway.baseUrl, hello, { "x-request-id": "mine-1" });
	for (const name of ["server", "set-cookie", "via", "x-powered-by", "x-served-by", "alt-svc"])
		expect(response.headers.has(name)).toBe(false);
	expect(response.headers.get("openai-processing-ms")).toBe("12");
	expect(response.headers.get("x-request-id")).toBe("mine-1");
	expect(host.received[0]?.headers["x-request-id"]).toBe("mine-1");
});

describe("TLS to the upstream", () => {
	const folder = mkdtempSync(join(tmpdir(), "llmgw-tls-"));
	const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
	async function tlsHost() {
		needs("openssl");
		const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
		const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert];
		if (!existsSync(cert)) execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
		const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
			request.resume().on("end", () => sendJson(response, completion));
		});
		const port = await listening(server);
		onTestFinished(() => server.closeAllConnections());
		return { url: `https://127.0.0.1:${port}` };
	}

	test("a certificate that nobody vouches for: 502", async () => {
		const { status, error } = await failure(await tlsHost());
		expect({ status, ...error }).toMatchObject({ status: 502, code: "upstream_tls" });
	});

	test("--cacert makes it trusted, --insecure asks no questions", async () => {
		for (const flags of [{ cacert: cert }, { insecure: true }]) {
			const host = await tlsHost();
			const gateway = await gatewayFor(host, flags);
			expect((await postChat(gateway.baseUrl, hello)).status).toBe(200);
			expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
		}
	});
});

describe("readiness", () => {
	test("ready when the host answers anything, 401 included", async () => {
		const host = await hostFor((_request, response) => sendJson(response, {}, 401));
		const gateway = await gatewayFor(host);
		expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
	});

	test("not ready when it does not; alive all the same", async () => {
		const gateway = await gatewayFor({ url: "http://127.0.0.1:1" });
		const response = await fetch(`${gateway.url}/readyz`);
		expect(response.status).toBe(503);
		expect(await errorOf(response)).toMatchObject({ type: "overloaded_error", code: "upstream_unavailable" });
		expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
	});
});

test("an operator hears of a host that fails, with the reason, and once for many requests", async () => {
	const server = createTcpServer();
	const port = await listening(server);
	await new Promise((resolve) => server.close(resolve));
	const gateway = await gatewayFor({ url: `http://127.0.0.1:${port}` });
	for (let count = 0; count < 20; count += 1) await (await postChat(gateway.baseUrl, hello)).text();
	await expect
		.poll(() => gateway.printed)
		.toEqual([
			`The upstream http://127.0.0.1:${port}/v1 refused the connection. (connect ECONNREFUSED 127.0.0.1:${port})`,
		]);
});
