import { describe, expect, onTestFinished, test } from "vitest";
import { clientKey } from "../src/limits/clientKey.js";
import { MemoryCounters } from "../src/limits/memoryCounters.js";
import { startAiHost } from "./kit/aiHost.js";
import { gatewayFor, temporaryFile } from "./kit/gateway.js";
import { getAlone, serveLlmw, workerPids } from "./kit/llmw.js";

const limitHeader = "x-ratelimit-limit-requests";
const remainingHeader = "x-ratelimit-remaining-requests";
const resetHeader = "x-ratelimit-reset-requests";

function limitOf(max: number, window = "15m"): string {
	const update = `{max: ${max}, window: ${window}}`;
	return temporaryFile(
		"limit.yaml",
		`overlay: 1.0.0\ninfo: {title: Limit, version: 1.0.0}\nactions: [{target: "$['x-rate-limit']", update: ${update}}]\n`,
	);
}

async function hostFor() {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return host;
}

async function ask(url: string, headers: Record<string, string> = {}) {
	const response = await fetch(`${url}/v1/prompts`, { headers });
	return { status: response.status, headers: response.headers, text: await response.text() };
}

async function complete(url: string) {
	const response = await fetch(`${url}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }] }),
	});
	return { status: response.status, headers: response.headers, text: await response.text() };
}

test("of 1200 concurrent requests over four workers exactly 1000 are accepted, each counted once", async () => {
	const host = await hostFor();
	const llmw = await serveLlmw(host, ["--workers", "4"]);
	await workerPids(llmw.url, 4);
	const answers = await Promise.all(Array.from({ length: 1200 }, () => complete(llmw.url)));
	const accepted = answers.filter(({ status }) => status === 200);
	const refused = answers.filter(({ status }) => status === 429);
	expect([accepted.length, refused.length]).toEqual([1000, 200]);
	const remaining = accepted.map(({ headers }) => Number(headers.get(remainingHeader))).sort((a, b) => b - a);
	expect(remaining).toEqual(Array.from({ length: 1000 }, (_unused, index) => 999 - index));
	for (const { headers } of answers) {
		expect(headers.get(limitHeader)).toBe("1000");
		expect(headers.get(resetHeader)).toMatch(/^(15m0s|14m\d+s)$/);
	}
	for (const { headers, text } of refused) {
		expect(headers.get(remainingHeader)).toBe("0");
		expect(Number(headers.get("retry-after"))).toBeGreaterThan(800);
		expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(900);
		expect(JSON.parse(text)).toEqual({
			error: {
				message: expect.stringMatching(
					/^Rate limit reached: 1000 requests per 15m\. Try again in 1[45]m\d+s\. .*x-rate-limit in an overlay.*--contract no-rate-limit.*keys/,
				),
				type: "rate_limit_error",
				param: null,
				code: "rate_limit_exceeded",
			},
		});
	}
	expect(host.received).toHaveLength(1000);
});

test("over three workers, one after the other, the first request above the limit is the first refused", async () => {
	const llmw = await serveLlmw(await hostFor(), ["--workers", "3", "--overlay", limitOf(20)]);
	await workerPids(llmw.url, 3);
	const statuses: number[] = [];
	// Each on a connection of its own, so that they go around the workers.
	for (let count = 0; count < 23; count += 1) statuses.push((await getAlone(`${llmw.url}/v1/prompts`)).status);
	expect(statuses).toEqual([...new Array(20).fill(200), 429, 429, 429]);
});

test("requests that are refused for another reason count as well; those to health, docs and the contract do not", async () => {
	const { url } = await gatewayFor(await hostFor(), { overlay: limitOf(3) });
	const free = ["/healthz", "/readyz", "/openapi.json", "/openapi.yaml", "/docs"];
	for (const path of [...free, ...free]) {
		const response = await fetch(url + path);
		await response.text();
		expect([path, response.status, response.headers.get(limitHeader)]).toEqual([path, 200, null]);
	}
	const bad = await fetch(`${url}/v1/chat/completions`, { method: "POST" });
	expect([bad.status, bad.headers.get(remainingHeader)]).toEqual([400, "2"]);
	expect((await ask(url)).headers.get(remainingHeader)).toBe("1");
	expect((await ask(url)).headers.get(remainingHeader)).toBe("0");
	expect((await ask(url)).status).toBe(429);
	expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("when the window has ended requests are accepted again, as retry-after has said", async () => {
	const { url } = await gatewayFor(await hostFor(), { overlay: limitOf(2, "1500ms") });
	for (const remaining of ["1", "0"]) expect((await ask(url)).headers.get(remainingHeader)).toBe(remaining);
	const { status, headers } = await ask(url);
	expect(status).toBe(429);
	const seconds = Number(headers.get("retry-after"));
	expect(seconds).toBeGreaterThanOrEqual(1);
	expect(seconds).toBeLessThanOrEqual(2);
	expect(headers.get(resetHeader)).toBe(`${seconds}s`);
	await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
	const again = await ask(url);
	expect([again.status, again.headers.get(remainingHeader)]).toEqual([200, "1"]);
});

describe("x-forwarded-for", () => {
	const from = (addresses: string) => ({ "x-forwarded-for": addresses });

	test("is ignored without --trust-proxy", async () => {
		const { url } = await gatewayFor(await hostFor(), { overlay: limitOf(2) });
		expect((await ask(url, from("198.51.100.1"))).status).toBe(200);
		expect((await ask(url, from("198.51.100.2"))).status).toBe(200);
		expect((await ask(url, from("198.51.100.3"))).status).toBe(429);
	});

	test("with --trust-proxy 1 its last address is the client, whatever stands before it", async () => {
		const { url } = await gatewayFor(await hostFor(), { overlay: limitOf(1), "trust-proxy": "1" });
		expect((await ask(url, from("198.51.100.1"))).status).toBe(200);
		expect((await ask(url, from("203.0.113.9, 198.51.100.1"))).status).toBe(429);
		expect((await ask(url, from("198.51.100.1, 198.51.100.2"))).status).toBe(200);
		// Without the header it is who has connected.
		expect((await ask(url)).status).toBe(200);
		expect((await ask(url)).status).toBe(429);
	});

	test("with --trust-proxy 2 it is the last but one", async () => {
		const { url } = await gatewayFor(await hostFor(), { overlay: limitOf(1), "trust-proxy": "2" });
		expect((await ask(url, from("203.0.113.9, 198.51.100.1, 10.0.0.1"))).status).toBe(200);
		expect((await ask(url, from("203.0.113.8, 198.51.100.1, 10.0.0.2"))).status).toBe(429);
		expect((await ask(url, from("203.0.113.9, 198.51.100.2, 10.0.0.1"))).status).toBe(200);
	});
});

describe("one client is", () => {
	test.each([
		["an IPv4 address", "198.51.100.1", "198.51.100.1"],
		["an IPv4 address on an IPv6 socket", "::ffff:198.51.100.1", "198.51.100.1"],
		["an IPv4 address with a port, as some proxies write it", "198.51.100.1:4711", "198.51.100.1"],
		["an IPv6 /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
		["an IPv6 /64, shortened", "2001:db8:1:2::6", "2001:db8:1:2::/64"],
		["an IPv6 /64, shortened within it", "2001:db8::1", "2001:db8:0:0::/64"],
		["an IPv6 /64, written otherwise", "2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
		["an IPv6 /64, in brackets with a port", "[2001:db8:1:2::6]:4711", "2001:db8:1:2::/64"],
		["this machine", "::1", "0:0:0:0::/64"],
		["an IPv6 /64 with a zone", "fe80::1%eth0", "fe80:0:0:0::/64"],
		["what can't be read, as it is", "unknown", "unknown"],
	])("%s: %s", (_what, address, expected) => {
		expect(clientKey(address)).toBe(expected);
	});
});

describe("a window", () => {
	test("opens with a key's first request and ends its time later", () => {
		let now = 1_000;
		const counters = new MemoryCounters(() => now);
		const take = (key: string) => counters.countNow({ key, max: 2, windowMs: 100 });
		expect(take("a")).toEqual({ remaining: 2, resetAt: 1_100 });
		now = 1_099;
		expect(take("b")).toEqual({ remaining: 2, resetAt: 1_199 });
		expect([take("a").remaining, take("a").remaining, take("a").remaining]).toEqual([1, 0, 0]);
		now = 1_100;
		expect(take("a")).toEqual({ remaining: 2, resetAt: 1_200 });
		expect(take("b").remaining).toBe(1);
	});

	test("keeps its count when the limit changes", () => {
		const counters = new MemoryCounters(() => 0);
		const take = (max: number) => counters.countNow({ key: "a", max, windowMs: 100 }).remaining;
		expect([take(3), take(3), take(3), take(3)]).toEqual([3, 2, 1, 0]);
		expect([take(5), take(5), take(5), take(2)]).toEqual([2, 1, 0, 0]);
	});

	test("is as long as the limit says when it opens", () => {
		let now = 0;
		const counters = new MemoryCounters(() => now);
		const take = (windowMs: number) => counters.countNow({ key: "a", max: 9, windowMs });
		expect([take(100), take(500)].map((taken) => taken.resetAt)).toEqual([100, 100]);
		now = 100;
		expect(take(500)).toEqual({ remaining: 9, resetAt: 600 });
	});
});
