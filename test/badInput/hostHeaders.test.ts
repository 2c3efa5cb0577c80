/** Headers of an upstream's response that reveal its machines, or set cookies for its name, are not passed on. */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { chunk, completion } from "../kit/aiHost.js";
import { hello, postChat } from "../kit/gateway.js";
import { expectRefusal, pairForAll, refusalOf, testHealthAfterwards } from "./pair.js";

let answer: (response: ServerResponse) => void;
const pair = pairForAll({}, (_request, response) => answer(response));

const words = (text: string) => text.split(" ");

async function ask(body: object = hello) {
	const response = await postChat(pair.gateway.baseUrl, body);
	const text = await response.text();
	pair.arrivals();
	return { response, text };
}

const whole = (status: number, headers: Record<string, string | string[]>) => (response: ServerResponse) =>
	void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(completion));

const stream = (headers: Record<string, string | string[]>) => (response: ServerResponse) => {
	response.writeHead(200, { "content-type": "text/event-stream", ...headers });
	response.end(`${chunk({ content: "Hello" }, "stop")}data: [DONE]\n\n`);
};

const kept = [
	...words(
		"set-cookie set-cookie2 server via location content-location refresh x-powered-by x-served-by x-backend x-backend-server x-upstream alt-svc",
	),
	...words(
		"x-aspnet-version x-runtime x-varnish x-cache x-cache-hits age date-x link p3p nel report-to reporting-endpoints server-timing x-envoy-upstream-service-time",
	),
	...words(
		"x-envoy-decorator-operation x-amzn-requestid x-amz-cf-id cf-ray cf-cache-status x-vercel-id fly-request-id x-kong-upstream-latency x-request-host",
	),
	...words(
		"access-control-allow-origin access-control-allow-credentials access-control-expose-headers www-authenticate proxy-authenticate proxy-connection",
	),
	...words(
		"strict-transport-security-x public-key-pins expect-ct clear-site-data content-security-policy-report-only sourcemap x-sourcemap x-debug x-host",
	),
	...words(
		"x-real-ip x-forwarded-for forwarded trailer upgrade x-ratelimit-limit-x etag-x last-modified-x warning x-internal-token authorization cookie",
	),
];

describe.each([
	["a whole answer", whole, hello],
	["a stream", (_status: number, headers: Record<string, string>) => stream(headers), { ...hello, stream: true }],
] as const)("%s", (_name, answering, body) => {
	test.each(kept)("does not hand on %s", async (name) => {
		answer = answering(200, { [name]: name === "trailer" ? "x-a" : "http://10.1.2.3:8000/secret" });
		const { response, text } = await ask(body);
		expect(response.status, text).toBe(200);
		expect([...response.headers].filter(([, value]) => value.includes("10.1.2.3") || value === "x-a")).toEqual([]);
	});

	test("has the gateway's own request id and security headers, whatever the host says", async () => {
		answer = answering(200, {
			"x-request-id": "host-1",
			"content-security-policy": "default-src *",
			"x-frame-options": "ALLOWALL",
		});
		const { response } = await ask(body);
		expect(response.headers.get("x-request-id")).not.toBe("host-1");
		expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
		expect(response.headers.get("x-frame-options")).toBe("SAMEORIGIN");
	});

	test.each(
		words("openai-model openai-processing-ms openai-version retry-after x-ratelimit-remaining-tokens content-language"),
	)("hands on %s", async (name) => {
		answer = answering(200, { [name]: "1" });
		expect((await ask(body)).response.headers.get(name)).toBe("1");
	});
});

describe("an error of the host keeps its status and body, and no more", () => {
	test.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 501, 502, 503, 504, 529])("%i", async (status) => {
		answer = whole(status, { server: "secret", "set-cookie": "a=b", "retry-after": "7", location: "http://10.1.2.3/" });
		const { response, text } = await ask();
		expect([response.status, text]).toEqual([status, JSON.stringify(completion)]);
		expect(response.headers.get("retry-after")).toBe("7");
		for (const name of ["server", "set-cookie", "location"]) expect(response.headers.has(name)).toBe(false);
	});
});

describe("a redirect of the host is a 502 and is not followed", () => {
	const statuses = [300, 301, 302, 303, 305, 307, 308];
	const places = [
		"http://169.254.169.254/",
		"https://evil.example/v1/chat/completions",
		"/v1/other",
		"//evil.example/",
		"",
		"javascript:alert(1)",
	];
	test.each(statuses.flatMap((status) => places.map((location) => [status, location] as const)))(
		"%i to %j",
		async (status, location) => {
			answer = whole(status, { location });
			const response = await postChat(pair.gateway.baseUrl, hello);
			expect(response.status).toBe(502);
			expect(response.headers.has("location")).toBe(false);
			const { error } = (await response.json()) as { error: { type: string; code: string; message: string } };
			expect(error).toMatchObject({ type: "upstream_error", code: "upstream_redirect" });
			if (location !== "") expect(JSON.stringify(error)).not.toContain(location);
			expect(pair.arrivals()).toHaveLength(1);
		},
	);
});

test("a refusal by the gateway itself names no host", async () => {
	const refusal = await refusalOf(await postChat(pair.gateway.baseUrl, {}));
	expectRefusal(refusal, 400);
	expect(refusal.body).not.toContain(String(pair.host.port));
	answer = whole(200, {});
});

testHealthAfterwards(pair);
