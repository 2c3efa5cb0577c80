/** Active health checks, of real hosts. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { HealthSettings, UpstreamSettings } from "../../src/settings/routes.js";
import { createProber, healthCounter } from "../../src/upstream/health/prober.js";
import { type HostAnswer, startAiHost } from "../kit/aiHost.js";
import { anUpstream } from "../kit/upstreams.js";

const often: HealthSettings = { path: "/health", intervalMs: 10, timeoutMs: 5_000, unhealthyAfter: 2, healthyAfter: 3 };

test.each([
	["+", "up"],
	["-", "unknown"],
	["--", "down"],
	["-+-", "up"],
	["-+--", "up down"],
	["--++", "down"],
	["--+++", "down up"],
	["--++-+++", "down up"],
	["+-+-+--", "up down"],
])("of checks that go %s a host is %s", (checks, health) => {
	const count = healthCounter(often);
	const changes = [...checks].map((check) => count(check === "+")).filter((change) => change !== undefined);
	expect(changes.join(" ") || "unknown").toBe(health);
});

/** Follows upstreams until the test ends. */
function startProber(...upstreams: UpstreamSettings[]) {
	const changes: string[] = [];
	const complaints: string[] = [];
	const prober = createProber(
		({ name }, health) => void changes.push(`${name} ${health}`),
		(line) => void complaints.push(line),
	);
	prober.follow(upstreams);
	onTestFinished(() => prober.follow([]));
	return { prober, changes, complaints };
}

async function startHost(answer: HostAnswer) {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

describe("an upstream", () => {
	test("goes down and up again, and each is reported once", async () => {
		let status = 401;
		const host = await startHost((_request, response) => void response.writeHead(status).end());
		const { changes, complaints } = startProber(anUpstream({ url: host.url, health: often }));
		await vi.waitFor(() => expect(changes).toEqual(["one up"]));
		status = 503;
		await vi.waitFor(() => expect(changes).toEqual(["one up", "one down"]));
		const asked = host.received.length;
		await vi.waitFor(() => expect(host.received.length).toBeGreaterThan(asked + 3));
		status = 200;
		await vi.waitFor(() => expect(changes).toEqual(["one up", "one down", "one up"]));
		expect(complaints).toEqual([
			"The upstream one is down: GET /health was answered with 503",
			"The upstream one is up again",
		]);
	});

	test("is asked below its base URL, with its credential and headers", async () => {
		const host = await startHost((_request, response) => void response.end());
		const headers = { "x-team": "blue" };
		startProber(anUpstream({ url: `${host.url}/v1`, key: "sk-1", headers, health: often }));
		await vi.waitFor(() => expect(host.received.length).toBeGreaterThan(0));
		expect(host.received[0]).toMatchObject({
			url: "/v1/health",
			headers: { authorization: "Bearer sk-1", "x-team": "blue" },
		});
	});

	test("that redirects is up, and not followed", async () => {
		const host = await startHost(
			(_request, response) => void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
		);
		const { changes } = startProber(anUpstream({ url: host.url, health: often }));
		await vi.waitFor(() => expect(changes).toEqual(["one up"]));
	});

	test("that is silent for longer than the timeout is down", async () => {
		const host = await startHost(() => {});
		const { complaints } = startProber(anUpstream({ url: host.url, health: { ...often, timeoutMs: 50 } }));
		await vi.waitFor(() => expect(complaints).toEqual(["The upstream one is down: it does not answer in time"]));
	});

	test("that is not there is down", async () => {
		const { complaints } = startProber(anUpstream({ url: await urlOfNobody(), health: often }));
		await vi.waitFor(() =>
			expect(complaints).toEqual([expect.stringMatching(/^The upstream one is down: .*ECONNREFUSED/)]),
		);
	});
});

async function urlOfNobody(): Promise<string> {
	const server: Server = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return `http://127.0.0.1:${port}/v1`;
}

test("checks that are the same after a reload go on, others end", async () => {
	const [kept, dropped] = [
		await startHost((_request, response) => void response.writeHead(500).end()),
		await startHost((_request, response) => void response.end()),
	];
	const one = anUpstream({ url: kept.url, health: { ...often, unhealthyAfter: 4 } });
	const { prober, changes } = startProber(one, anUpstream({ name: "two", url: dropped.url, health: often }));
	await vi.waitFor(() => expect(changes.toSorted()).toEqual(["one down", "two up"]));
	prober.follow([structuredClone(one)]);
	// One that began anew would have been told to be down again.
	const [asked, askedOfDropped] = [kept.received.length, dropped.received.length];
	await vi.waitFor(() => expect(kept.received.length).toBeGreaterThan(asked + 8));
	expect(changes).toHaveLength(2);
	expect(dropped.received.length - askedOfDropped).toBeLessThanOrEqual(1);
});
