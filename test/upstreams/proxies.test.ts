/** Upstreams that are reached by way of a proxy: by the environment's word, or by their own. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { stringify } from "yaml";
import { settingsWithoutSecrets } from "../../src/process/control/legibleSettings.js";
import { readSettings } from "../../src/settings/settings.js";
import { createUpstreamProbe } from "../../src/upstream/probe.js";
import { problemsIn, settingsFrom } from "../config/files.js";
import { answerShortly, chunk, startAiHost, startStream } from "../kit/aiHost.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { runLlmw, serveLlmw } from "../kit/llmw.js";
import { needs } from "../kit/programs.js";
import { startProxy } from "../kit/proxy.js";
import { ask, clientOf, gatewayWith, hear, question, route, upstream } from "../kit/routing.js";

const name = "http://ai.example:8000/v1";

async function startHost(answer = answerShortly) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

/** A host for `api.example`, whose certificate is its own. */
async function startSecureHost() {
	needs("openssl");
	const folder = temporaryFolder();
	const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
	const names = ["-subj", "/CN=api.example", "-addext", "subjectAltName=DNS:api.example"];
	const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert];
	execFileSync("openssl", ["req", "-x509", "-days", "2", ...made, ...names], { stdio: "ignore" });
	const plain = await startHost();
	const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
		plain.server.emit("request", request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { port: (server.address() as AddressInfo).port, cert, received: plain.received };
}

const through = (url: string, authorization?: string) => ({ proxy: { url, authorization, from: "proxy" } });

describe("by its own setting", () => {
	test("an upstream is asked through a tunnel: answers, streams, and lists of models", async () => {
		const host = await startHost();
		const proxy = await startProxy(host);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", name, through(proxy.url, "Basic dTpw"))],
			routes: [route(["a"], { models: ["*"] })],
		});
		const client = clientOf(gateway);
		expect((await ask(client)).text).toBe("Hello");
		expect((await hear(client)).text).toBe("Hello");
		expect((await client.models.list()).data).toHaveLength(1);
		expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
		expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT ai.example:8000"]));
		expect(proxy.headers[0]).toMatchObject({ "proxy-authorization": "Basic dTpw", host: "ai.example:8000" });
		for (const { headers } of host.received) {
			expect(headers.host).toBe("ai.example:8000");
			expect(headers["proxy-authorization"]).toBeUndefined();
		}
	});

	test("a client that leaves a stream ends the request at the upstream, behind the tunnel", async () => {
		const host = await startHost((_request, response) => {
			startStream(response);
			response.write(chunk({ content: "Hel" }));
		});
		const proxy = await startProxy(host);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", name, through(proxy.url))],
			routes: [route(["a"], { models: ["*"] })],
		});
		const stream = await clientOf(gateway).chat.completions.create({ ...question, stream: true });
		const aborted = host.nextAbort();
		for await (const _chunk of stream) break;
		stream.controller.abort();
		await aborted;
		expect(host.aborted).toBe(1);
	});

	test.each([403, 405, 0])("a proxy that refuses tunnels for plain HTTP (%i) is sent whole URLs", async (status) => {
		const host = await startHost();
		const proxy = await startProxy(host, () => status);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", name, through(proxy.url, "Basic dTpw"))],
			routes: [route(["a"], { models: ["*"] })],
		});
		expect((await ask(clientOf(gateway))).text).toBe("Hello");
		expect((await hear(clientOf(gateway))).text).toBe("Hello");
		expect(proxy.asked.at(-1)).toBe("POST http://ai.example:8000/v1/chat/completions");
		expect(proxy.headers.at(-1)).toMatchObject({ "proxy-authorization": "Basic dTpw", host: "ai.example:8000" });
		const probe = createUpstreamProbe(upstream("a", name, through(proxy.url)));
		expect(await probe.status("/models", 5_000)).toBe(200);
	});

	test.each<[string, string, number | undefined]>([
		[
			"asks for a password",
			"The proxy on the way to the upstream asks for a user name and password (status 407).",
			407,
		],
		["can't be reached", "The proxy on the way to the upstream can't be reached, or hung up.", undefined],
	])("a proxy that %s is named in the error, without its address", async (_what, message, status) => {
		const host = await startHost();
		const proxy = status === undefined ? { url: "http://127.0.0.1:9" } : await startProxy(host, () => status);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", "https://api.example/v1", through(proxy.url, "Basic c2VjcmV0"))],
			routes: [route(["a"], { models: ["*"] })],
		});
		const { error } = await ask(clientOf(gateway));
		expect(error).toMatchObject({ status: 502, message: `502 ${message}` });
		expect(gateway.printed.join("")).not.toContain("c2VjcmV0");
	});
});

describe("by the environment", () => {
	const proxyOf = (aihost: string, environment: Record<string, string>) =>
		readSettings({ aihost }, environment).routing.upstreams[0]?.proxy;

	test.each<[string, Record<string, string>, string | undefined]>([
		["https://api.example/v1", { HTTPS_PROXY: "http://p:1" }, "http://p:1"],
		["https://api.example/v1", { https_proxy: "http://p:1" }, "http://p:1"],
		["https://api.example/v1", { https_proxy: "http://p:1", HTTPS_PROXY: "http://q:2" }, "http://p:1"],
		["https://api.example/v1", { HTTP_PROXY: "http://p:1" }, undefined],
		["http://api.example/v1", { HTTP_PROXY: "http://p:1" }, "http://p:1"],
		["http://api.example/v1", { HTTPS_PROXY: "http://p:1" }, undefined],
		["http://api.example/v1", { HTTP_PROXY: "p.example" }, "http://p.example:80"],
		["http://api.example/v1", { HTTP_PROXY: "p.example:3128" }, "http://p.example:3128"],
		["http://api.example/v1", { HTTP_PROXY: "https://p.example" }, "https://p.example:443"],
		["http://api.example/v1", { HTTP_PROXY: "" }, undefined],
		["http://127.0.0.1:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
		["http://localhost:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
		["http://[::1]:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
	])("%s with %j goes through %s", (url, environment, expected) => {
		expect(proxyOf(url, environment)?.url).toBe(expected);
	});

	test.each<[string, string, boolean]>([
		["http://api.example/v1", "api.example", true],
		["http://api.example/v1", "API.EXAMPLE", true],
		["http://api.example/v1", "example", true],
		["http://api.example/v1", ".example", true],
		["http://api.example/v1", "*.example", true],
		["http://api.example/v1", "ample", false],
		["http://api.example/v1", "other, api.example", true],
		["http://api.example/v1", "other api.example", true],
		["http://api.example/v1", "*", true],
		["http://api.example/v1", "api.example:80", true],
		["http://api.example/v1", "api.example:8080", false],
		["http://api.example:8080/v1", "api.example:8080", true],
		["http://10.1.2.3/v1", "10.0.0.0/8", true],
		["http://11.1.2.3/v1", "10.0.0.0/8", false],
		["http://10.1.2.3/v1", "10.1.2.3", true],
		["http://10.1.2.3:8000/v1", "10.1.2.3:8000", true],
		["http://10.1.2.3:8001/v1", "10.1.2.3:8000", false],
		["http://[fd00::1]/v1", "fd00::/8", true],
		["http://[fd00::1]:80/v1", "[fd00::1]:80", true],
		["http://[fd00::1]/v1", "fd01::/16", false],
		["http://api.example/v1", "10.0.0.0/99,,/,nonsense/8", false],
		["http://api.example/v1", "", false],
	])("%s with NO_PROXY=%s: directly, %s", (url, list, isDirect) => {
		for (const variable of ["NO_PROXY", "no_proxy"])
			expect(proxyOf(url, { HTTP_PROXY: "http://p:1", [variable]: list }) === undefined).toBe(isDirect);
	});

	test.each([
		"ftp://user:secret@p:1",
		"socks5://user:secret@p:1",
		"http://user:secret@p:1/path",
		"http://user:sec%ret@p",
		"http://",
	])("what is no proxy ends the start, without being shown: %s", (value) => {
		const given = () => readSettings({ aihost: "https://api.example" }, { HTTPS_PROXY: value });
		expect(given).toThrow(/HTTPS_PROXY/);
		expect(given).not.toThrow(/sec/);
	});

	test("each upstream of a file has its own word, then the environment's; credentials are never shown", async () => {
		const text = `
upstreams:
  env: {url: "https://api.example/v1"}
  own: {url: "https://api.example/v1", proxy: "http://user:secret@own:3128"}
  variable: {url: "https://api.example/v1", proxy: "\${OWN}"}
  none: {url: "https://api.example/v1", proxy: none}
  near: {url: "http://127.0.0.1:1/v1", proxy: "http://own:3128"}
routes: [{model: "*", targets: [env, own, variable, none, near]}]
`;
		const settings = await settingsFrom(text, { https_proxy: "http://u:secret@env:1", OWN: "https://variable" });
		expect(settings.routing.upstreams.map(({ proxy }) => proxy?.url)).toEqual([
			"http://env:1",
			"http://own:3128",
			"https://variable:443",
			undefined,
			"http://own:3128",
		]);
		const shown = JSON.stringify(settingsWithoutSecrets(settings));
		for (const secret of [
			"secret",
			Buffer.from("user:secret").toString("base64"),
			Buffer.from("u:secret").toString("base64"),
		])
			expect(shown).not.toContain(secret);
		const wrong = await problemsIn(text.replace("http://user:secret@own:3128", "gopher://user:secret@own"));
		expect(wrong.join()).toMatch(/upstreams\.own\.proxy: must be the URL of an http or https proxy/);
		expect(wrong.join()).not.toContain("secret");
	});

	test("the whole gateway: https through a tunnel, said at start, also for health checks", async () => {
		const host = await startSecureHost();
		const proxy = await startProxy(host);
		const config = temporaryFile(
			"llmw.yaml",
			stringify({
				upstreams: { api: { url: "https://api.example/v1", tls: { ca: host.cert }, health: { interval: "50ms" } } },
			}),
		);
		const environment = { HTTPS_PROXY: proxy.url.replace("//", "//user:secret@") };
		const llmw = runLlmw(["--config", config, "--bindport", "0", "--workers", "1"], environment);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		await llmw.says(new RegExp(`^through the proxy ${proxy.url} \\(HTTPS_PROXY\\): api$`, "m"));
		expect((await ask(clientOf({ baseUrl: `${url}/v1` }))).text).toBe("Hello");
		expect((await hear(clientOf({ baseUrl: `${url}/v1` }))).text).toBe("Hello");
		await vi.waitFor(() => expect(host.received.some(({ method }) => method === "GET")).toBe(true), 10_000);
		expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT api.example:443"]));
		expect(llmw.stdout() + llmw.stderr()).not.toContain("secret");
	});

	test("a local upstream is asked directly all the same", async () => {
		const host = await startHost();
		const proxy = await startProxy(host);
		const environment = {
			HTTP_PROXY: proxy.url,
			HTTPS_PROXY: proxy.url,
			http_proxy: proxy.url,
			https_proxy: proxy.url,
		};
		const llmw = await serveLlmw(host, ["--workers", "1"], environment);
		expect((await ask(clientOf({ baseUrl: `${llmw.url}/v1` }))).text).toBe("Hello");
		expect(proxy.asked).toEqual([]);
		expect(llmw.stdout()).not.toContain("through the proxy");
	});
});
