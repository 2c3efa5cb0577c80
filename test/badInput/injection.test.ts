/** Nothing in a request becomes another path, another header or another request at the upstream, nor anything but text here. */
import { describe, expect, test } from "vitest";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { gatewayFor, postChat } from "../kit/gateway.js";
import { openRaw, requestText } from "../kit/rawHttp.js";
import { expectRefusal, pairForAll, rawRefusal, refusalOf, shown, testHealthAfterwards } from "./pair.js";

const pair = pairForAll({}, (_request, response) => sendJson(response, { id: "m" }));

const words = (text: string) => text.split(" ");
const named = (values: readonly string[]) => values.map((value) => [shown(value), value] as const);
const newId = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function ask(target: string, headers: readonly string[] = []) {
	const connection = openRaw(pair.gateway.port);
	connection.send(requestText({ target, headers: [...headers, "connection: close"] }));
	await connection.closed;
	const [message] = connection.messages();
	if (!message) throw new Error(`no answer: ${connection.text()}`);
	return { message, arrivals: pair.arrivals() };
}

describe("x-request-id", () => {
	test.each([
		...words(
			"a 1 abc-123 req_9f A.B:C/D+E=F@G 0f8fad5b-d9cd-469f-a165-70867728950e 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		),
		...["x".repeat(128), "=", "/", "../..", "__proto__", "constructor", "null", "undefined", "1".repeat(64)],
	])("%s is kept and sent on", async (id) => {
		const { message, arrivals } = await ask("/v1/models", [`x-request-id: ${id}`]);
		expect(message.headers["x-request-id"]).toBe(id);
		expect(arrivals[0]?.headers["x-request-id"]).toBe(id);
	});

	test.each(
		named([
			...[
				"",
				" ",
				"a b",
				"a\tb",
				"a,b",
				"a;b",
				'a"b',
				"'a'",
				"<a>",
				"{a}",
				"[a]",
				"(a)",
				"a|b",
				"a\\b",
				"a`b",
				"a^b",
				"a~b",
				"a!b",
				"a#b",
			],
			...[
				"a$b",
				"a%0d%0ab",
				"a%b",
				"a&b",
				"a*b",
				"a?b",
				"\xe9",
				"a\xffb",
				"\x80",
				"\xc2\x85",
				"\xe2\x80\xa8",
				"\xf0\x9f\x98\x80",
				"a\x9b2Jb",
			],
			...[
				"x".repeat(129),
				"x".repeat(1000),
				"x".repeat(10_000),
				"$(id)",
				"`id`",
				"$" + "{jndi}",
				"<script>",
				"' OR 1=1--",
			],
		]),
	)("%s is replaced", async (_name, id) => {
		const { message, arrivals } = await ask("/v1/models", [`x-request-id: ${id}`]);
		expect(message.status).toBe(200);
		expect(message.headers["x-request-id"]).toMatch(newId);
		expect(arrivals[0]?.headers["x-request-id"]).toBe(message.headers["x-request-id"]);
	});

	test("given twice is replaced", async () => {
		const { message, arrivals } = await ask("/v1/models", ["x-request-id: a", "x-request-id: b"]);
		expect(message.headers["x-request-id"]).toMatch(newId);
		expect(arrivals[0]?.rawHeaders.filter((name) => /request-id/i.test(name))).toHaveLength(1);
	});

	test("is made where there is none, another each time", async () => {
		const ids = await Promise.all(
			[1, 2, 3].map(async () => (await fetch(`${pair.gateway.baseUrl}/models`)).headers.get("x-request-id")),
		);
		expect(new Set(ids).size).toBe(3);
		for (const id of ids) expect(id).toMatch(newId);
		pair.arrivals();
	});

	test.each([
		["a path that is not there", "/nowhere", 404],
		["a wrong percent-encoding", "/v1/models/%zz", 400],
		["a wrong host", "/v1/models#", 400],
	])("is kept on errors: %s", async (_name, target, status) => {
		const { message } = await ask(target, ["x-request-id: kept-1"]);
		expect([message.status, message.headers["x-request-id"]]).toEqual([status, "kept-1"]);
	});
});

/** Path segments at the host, decoded once, as it will see them. */
const segmentsOf = (url: string) => url.split("?")[0]?.split("/").map(decodeURIComponent);

describe("a model's name in the path", () => {
	test.each<[string, string]>([
		["plain", "plain"],
		["TheBloke/Mistral-7B-Instruct-v0.2-AWQ", "TheBloke/Mistral-7B-Instruct-v0.2-AWQ"],
		["TheBloke%2FMistral", "TheBloke/Mistral"],
		["a%2fb%2Fc", "a/b/c"],
		["a/b/c/d", "a/b/c/d"],
		["llama3:8b", "llama3:8b"],
		["llama3%3A8b", "llama3:8b"],
		["a%20b", "a b"],
		["a+b", "a+b"],
		["a%2Bb", "a+b"],
		["%C3%A9", "é"],
		["%F0%9F%98%80", "😀"],
		["%E2%80%A8", "\u2028"],
		["%EF%BB%BF", "\ufeff"],
		["a%3Fb", "a?b"],
		["a%3Fb=c&d", "a?b=c&d"],
		["a%23b", "a#b"],
		["a%25b", "a%b"],
		["%252e%252e", "%2e%2e"],
		["%252e%252e%252f", "%2e%2e%2f"],
		["%252F", "%2F"],
		["%2500", "%00"],
		["%250d%250a", "%0d%0a"],
		["a;b", "a;b"],
		["a,b", "a,b"],
		["a=b", "a=b"],
		["a&b", "a&b"],
		["a@b", "a@b"],
		["a:b@c", "a:b@c"],
		["~a", "~a"],
		["...", "..."],
		["....", "...."],
		["..a", "..a"],
		["a..", "a.."],
		["a..b", "a..b"],
		[".a", ".a"],
		["a.", "a."],
		["a/...", "a/..."],
		["..;", "..;"],
		["a//b", "a//b"],
		["a/", "a/"],
		["%2Fa", "/a"],
		["%2F%2Fevil.example", "//evil.example"],
		["http:%2F%2Fevil.example%2F", "http://evil.example/"],
		["http://evil.example/", "http://evil.example/"],
		["@evil.example", "@evil.example"],
		[":80", ":80"],
		["%22quoted%22", '"quoted"'],
		["%3Cscript%3E", "<script>"],
		["%7Bmodel%7D", "{model}"],
		["{model}", "{model}"],
		[":model", ":model"],
		["*", "*"],
		["$&", "$&"],
		["$1", "$1"],
		["$$", "$$"],
		["$%60", "$`"],
		["__proto__", "__proto__"],
		["constructor", "constructor"],
		["undefined", "undefined"],
		["a%5Cb", "a\\b"],
		["%5C%5Cevil%5Cshare", "\\\\evil\\share"],
		["chat", "chat"],
		["models", "models"],
		[`${"a".repeat(256)}`, "a".repeat(256)],
	])("%s stays one segment", async (path, name) => {
		const { message, arrivals } = await ask(`/v1/models/${path}`);
		expect(message.status, message.body).toBe(200);
		expect(arrivals.map(({ method, url }) => [method, segmentsOf(url)])).toEqual([["GET", ["", "v1", "models", name]]]);
		expect(arrivals[0]?.url).toMatch(/^\/v1\/models\/[A-Za-z0-9\-._~!'()*%]+$/);
	});

	test.each([
		...words(
			". .. ./ ../ ../.. ../chat/completions ../../etc/passwd a/.. a/../b a/. a/./b ./a ../a a/../../b a/../../../b //.. /..",
		),
		...words(
			"%2e %2E %2e%2e %2E%2E .%2e %2e. %2e%2e/ %2e%2e%2f %2e%2e%2fchat ..%2f ..%2F..%2F a%2f..%2fb a/%2e%2e/b a%2f%2e%2e %2f.. %2f%2e%2e%2f",
		),
		...words("..%5c ..%5C..%5Cetc %2e%2e%5c a%5c..%5cb a%5c.. %5c.. .%5c a%5c. ..%5c/ ../%5c"),
	])("%s is refused, for its dot segments", async (path) => {
		const { message, arrivals } = await ask(`/v1/models/${path}`);
		expectRefusal(rawRefusal(message), 400);
		expect(arrivals).toEqual([]);
	});

	test.each([
		...Array.from({ length: 32 }, (_, code) => `a%${code.toString(16).padStart(2, "0")}b`),
		...words(
			"%00 %0d%0ax:y %0aHost:evil a%7fb %0d%0a%0d%0aGET%20/ x%20HTTP/1.1%0d%0ahost:evil%0d%0a%0d%0a models%00.json",
		),
	])("%s is refused, for its control characters", async (path) => {
		const { message, arrivals } = await ask(`/v1/models/${path}`);
		expectRefusal(rawRefusal(message), 400);
		expect(arrivals).toEqual([]);
	});

	test.each([
		...words(
			"% %2 %zz %z1 %1z a%b a% %%41 %-1 %+1 %0x %u0041 %80 %bf %c0%80 %c0%ae%c0%ae %c0%af %c1%9c %e0%80%af %e0%80%ae %ed%a0%80 %ed%b0%80",
		),
		...words(
			"%f0%80%80%af %f4%90%80%80 %f5%80%80%80 %fe %ff %c3 %c3( %e2%82 %e2%82z %f0%9f%98 %C0%AE%C0%AE/ %e0%40%ae",
		),
	])("%s is refused, since it is not percent-encoded UTF-8", async (path) => {
		const { message, arrivals } = await ask(`/v1/models/${path}`);
		expectRefusal(rawRefusal(message), 400);
		expect(arrivals).toEqual([]);
	});

	test("that is too long is refused", async () => {
		for (const length of [257, 5000]) {
			const { message, arrivals } = await ask(`/v1/models/${"a".repeat(length)}`);
			expectRefusal(rawRefusal(message), 400);
			expect(arrivals).toEqual([]);
		}
	});
});

describe("a path next to the contract's is a 404", () => {
	test.each([
		...words(
			"/v1 /v1/ //v1// /v1/chat /v1/chat/ /v1/chat//x /V1/models /V1//models/ /v1/Models /v1/MODELS /models /models/ //models",
		),
		...words(
			"/v1/./models /v1/../v1/models /./v1/models /../v1/models /v1/models/.. /v1%2Fmodels /%76%31/models /v1/model%73 /v1/models%00 /v1/models%20",
		),
		...words(
			"/v1/models;x /v1/models;x=y /v1/models.json /v1/models:x /v1/models, /v1/models* /v1/{model} /{x} /:x /* /v1/* /(.*) /v1/models(x)?",
		),
		...words(
			"/__proto__ /constructor /toString /v1/__proto__ /.env /.git/config /admin /server-status /healthz/x /healthz//x /readyz/.. /healthz%2f",
		),
		...words(
			"/openapi.json/x /openapi.yaml%00 /openapi /docs/../openapi.json /docs/%2e%2e%2fopenapi.json /docs/..%2f..%2fpackage.json /docs/a/b",
		),
		...words(
			"/docs/%2e /docs/.%2f /docs/.%2e/package.json /docs/..%5cpackage.json /docs/%2fetc%2fpasswd /docs/C:%5cboot.ini /docs/__proto__ /docs/constructor /docs/index.html%00",
		),
		`/${"a/".repeat(2000)}`,
		`/${"../".repeat(1000)}etc/passwd`,
		`/${"%2e%2e%2f".repeat(500)}etc/passwd`,
	])("%s", async (target) => {
		const { message, arrivals } = await ask(target);
		// A path that begins with the models' may be a name that is refused.
		expectRefusal(rawRefusal(message), target.startsWith("/v1/models/") ? [400, 404] : [404, 400]);
		expect(arrivals).toEqual([]);
	});
});

describe("a slash too many says nothing: the answer and what the host gets are those of the contract's path", () => {
	test.each(words("/v1/models/ /v1//models //v1/models //v1//models//"))("%s", async (target) => {
		const { message, arrivals } = await ask(target);
		expect([message.status, message.body]).toEqual([200, '{"id":"m"}']);
		expect(arrivals.map(({ url }) => url)).toEqual(["/v1/models"]);
	});

	test.each([
		["//", "/"],
		["/v1/chat/completions/", "/v1/chat/completions"],
		["/openapi.json/", "/openapi.json"],
	])("%s is answered here, as %s", async (target, path) => {
		const [{ message, arrivals }, plain] = [await ask(target), await ask(path)];
		expect([message.status, message.body]).toEqual([200, plain.message.body]);
		expect([...arrivals, ...plain.arrivals]).toEqual([]);
	});

	test("/healthz/ is answered here", async () => {
		const { message, arrivals } = await ask("/healthz/");
		expect([message.status, JSON.parse(message.body).status]).toEqual([200, "ok"]);
		expect(arrivals).toEqual([]);
	});
});

test("/ greets, and the host hears nothing of it", async () => {
	const { message, arrivals } = await ask("/");
	expect(message.status).toBe(200);
	expect(JSON.parse(message.body)).toMatchObject({ name: "llmw", models: "/v1/models" });
	expect(arrivals).toEqual([]);
});

describe("a query string", () => {
	test.each([
		...words(
			"?a=1 ?a=1&b=2 ?a=1&a=2 ?a ?a= ?=a ?& ?&& ?? ?a?b ?a=%20 ?a=+ ?a=%0d%0a ?a=%00 ?%zz ?a=%zz ?a=% ?a=%ff ?a[]=1 ?a[b]=1 ?a.b=1",
		),
		...words(
			"?__proto__=1 ?__proto__[x]=1 ?constructor[prototype][x]=1 ?a=/../../x ?../../x ?a=http://evil.example/ ?a=@b ?a=;b ?a={b} ?a=|b ?a=^b ?a='b' ?a=`b`",
		),
		`?${"a=1&".repeat(1000)}`,
	])("%s goes on as it is", async (query) => {
		const { message, arrivals } = await ask(`/v1/models${query}`);
		expect(message.status, message.body).toBe(200);
		expect(arrivals.map(({ url }) => url)).toEqual([`/v1/models${query}`]);
	});

	test("alone is nothing", async () => {
		const { arrivals } = await ask("/v1/models?");
		expect(arrivals.map(({ url }) => url.replace(/\?$/, ""))).toEqual(["/v1/models"]);
	});

	test.each([
		["/v1/models/a?b=c", "/v1/models/a?b=c"],
		["/v1/models/a%3Fb?c=d", "/v1/models/a%3Fb?c=d"],
		["/v1/models/a%26b?c=/../d", "/v1/models/a%26b?c=/../d"],
	])("after a name stays after it: %s", async (target, url) => {
		expect((await ask(target)).arrivals.map((arrival) => arrival.url)).toEqual([url]);
	});

	test("goes on after a body's operation too", async () => {
		const response = await postChat(`${pair.gateway.url}/v1`, { messages: [{ role: "user", content: "x" }] });
		expect(response.status).toBe(200);
		expect(pair.arrivals().map(({ url }) => url)).toEqual(["/v1/chat/completions"]);
	});
});

describe("a model's name in the body is only text", () => {
	test.each(
		named([
			...words(
				"../../admin ..%2f..%2fadmin /etc/passwd http://evil.example/ //evil.example @evil.example a?b a#b a%00b %0d%0ax:y {model} $1 $& __proto__",
			),
			...[
				"a\r\nx-evil: 1",
				"a\nb",
				"\0",
				"\x1b[2J",
				"a b",
				"é",
				"😀",
				"\u2028",
				"\ufeff",
				"\ud800",
				"' OR 1=1 --",
				"<script>",
				"a".repeat(200),
			],
		]),
	)("%s", async (_name, model) => {
		const sent = JSON.stringify({ messages: [{ role: "user", content: "x" }], model, max_tokens: 1, temperature: 0.5 });
		const response = await postChat(pair.gateway.baseUrl, sent);
		const text = await response.text();
		const arrivals = pair.arrivals();
		// The contract may refuse a name; then it goes nowhere.
		if (response.status === 400) expect(arrivals).toEqual([]);
		else {
			expect(response.status, text).toBe(200);
			expect(arrivals.map(({ url, body }) => [url, body.toString()])).toEqual([["/v1/chat/completions", sent]]);
			expect(Object.keys(arrivals[0]?.headers ?? {}).filter((name) => name.includes("evil"))).toEqual([]);
		}
	});
});

describe("a header field", () => {
	test.each([
		...words(
			"x-custom openai-organization openai-project openai-beta user-agent accept accept-language x-stainless-lang x-tenant traceparent tracestate",
		),
		...words(
			"authorization api-key x-api-key anthropic-version x_custom x.custom constructor tostring a 1 !#$%&'*+-.^`|~",
		),
	])("%s reaches the host", async (name) => {
		const { arrivals } = await ask("/v1/models", [`${name}: value 1`]);
		expect(arrivals[0]?.headers[name]).toBe("value 1");
	});

	test.each([
		...words(
			"keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade http2-settings cookie origin referer forwarded via",
		),
		...words(
			"x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-anything x-real-ip true-client-ip cf-connecting-ip",
		),
		...words(
			"sec-fetch-mode sec-ch-ua sec-websocket-key access-control-request-method content-encoding x-original-url x-rewrite-url x-http-method",
		),
		...words(
			"x-http-method-override x-method-override content_length transfer_encoding x_forwarded_for x_real_ip host_ x_request_id content_encoding",
		).filter((name) => name !== "host_"),
		...words("Cookie X-Forwarded-For PROXY-AUTHORIZATION X_Forwarded_For"),
	])("%s does not", async (name) => {
		const { message, arrivals } = await ask("/v1/models", [`${name}: 1`]);
		expect(message.status, message.body).toBe(200);
		expect(arrivals[0]?.headers).not.toHaveProperty(name.toLowerCase());
	});

	test.each([
		["connection: x-a", "x-a"],
		["connection: X-A", "x-a"],
		["connection: close, x-a", "x-a"],
		["connection: x-a , keep-alive", "x-a"],
		["connection: ,x-a,,", "x-a"],
		["connection: keep-alive\r\nconnection: x-a", "x-a"],
		["connection: x-b\r\nconnection: x-a", "x-a"],
		["connection: authorization", "authorization"],
		["connection: x-a,x-request-id,host,content-length", "x-a"],
	])("that %j names does not", async (connection, name) => {
		const { message, arrivals } = await ask("/v1/models", [...connection.split("\r\n"), `${name}: secret`]);
		expect(message.status).toBe(200);
		expect(arrivals[0]?.headers).not.toHaveProperty(name);
		expect(arrivals[0]?.headers).toMatchObject({
			host: `127.0.0.1:${pair.host.port}`,
			"x-request-id": expect.any(String),
		});
	});

	test("that tells the type of a body can't be taken from it", async () => {
		const body = '{"messages":[{"role":"user","content":"x"}]}';
		const headers = [
			"content-type: application/json",
			"connection: content-type, close",
			`content-length: ${body.length}`,
		];
		const connection = openRaw(pair.gateway.port);
		connection.send(requestText({ method: "POST", target: "/v1/chat/completions", headers, body }));
		await connection.closed;
		expect(pair.arrivals()[0]?.headers["content-type"]).toBe("application/json");
	});

	test.each(
		named([
			"é\xff",
			"\x80",
			"a\tb",
			"a  b",
			'"',
			"'",
			";",
			",",
			"%0d%0a",
			"\\r\\n",
			"=?utf-8?q?=0d=0a?=",
			"\xe5\x98\x8d\xe5\x98\x8a",
			"a".repeat(5000),
		]),
	)("of %s arrives as it is", async (_name, value) => {
		const { arrivals } = await ask("/v1/models", [`x-a: ${value}`]);
		expect(arrivals[0]?.headers["x-a"]).toBe(value);
		expect(Object.keys(arrivals[0]?.headers ?? {})).not.toContain("x-evil");
	});

	test("under the name __proto__ changes nothing", async () => {
		const { message } = await ask("/v1/models", ["__proto__: x", "__proto__: y"]);
		expect(message.status).toBe(200);
		expect(({} as { x?: unknown }).x).toBeUndefined();
	});

	test("given twice arrives as one list", async () => {
		const { arrivals } = await ask("/v1/models", ["x-a: 1", "x-a: 2"]);
		expect(arrivals[0]?.headers["x-a"]).toBe("1, 2");
	});

	test("for the host's own credential is the client's, or that of --aikey", async () => {
		const { arrivals } = await ask("/v1/models", ["authorization: Bearer client"]);
		expect(arrivals[0]?.headers.authorization).toBe("Bearer client");
		const host = await startAiHost();
		const gateway = await gatewayFor(host, { aikey: "gateway-key" });
		for (const headers of [
			{},
			{ authorization: "Bearer client" },
			{ connection: "authorization", authorization: "Bearer x" },
		]) {
			await (await fetch(`${gateway.baseUrl}/models`, { headers: withoutConnection(headers) })).text();
		}
		const lines = ["Authorization: Bearer a", "authorization: Bearer b", "connection: authorization, close"];
		const connection = openRaw(gateway.port);
		connection.send(requestText({ headers: lines }));
		await connection.closed;
		expect(
			host.received.map(({ rawHeaders }) =>
				rawHeaders.filter((_, index) => /authorization/i.test(rawHeaders[index - 1] ?? "")),
			),
		).toEqual(new Array(4).fill(["Bearer gateway-key"]));
		await host.close();
	});
});

/** fetch sets `connection` itself. */
function withoutConnection({ connection: _own, ...headers }: Record<string, string>): Record<string, string> {
	return headers;
}

describe("what a client sent comes back only as JSON text", () => {
	test.each(
		words(
			"/<script>alert(1)</script> /%3Cscript%3E /v1/models/%22%3E%3Cimg%3E /x%0d%0ax-evil:1 /x%22,%22a%22:1 /%1b[2J /%00",
		),
	)("%s", async (target) => {
		const { message } = await ask(target.replaceAll("<", "%3C").replaceAll(">", "%3E"));
		expect(message.headers["content-type"]).toMatch(/^application\/json/);
		expect(message.headers["x-content-type-options"]).toBe("nosniff");
		expect(Object.keys(message.headers)).not.toContain("x-evil");
		expect(() => JSON.parse(message.body)).not.toThrow();
	});

	test("in a refused body not at all", async () => {
		const refusal = await refusalOf(await postChat(pair.gateway.baseUrl, '{"secret":"s3cr3t-token",}'));
		expectRefusal(refusal, 400);
		expect(refusal.body).not.toContain("s3cr3t");
	});
});

testHealthAfterwards(pair);
