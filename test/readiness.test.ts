/** `GET /readyz` with one upstream and with several. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { UpstreamSettings } from "../src/settings/routes.js";
import { readSettings } from "../src/settings/settings.js";
import { startAiHost } from "./kit/aiHost.js";
import { errorOf, jsonOf, startGateway, type TestGateway } from "./kit/gateway.js";
import { anUpstream, routingOf, threeFailures } from "./kit/upstreams.js";

async function gatewayOf(...upstreams: UpstreamSettings[]): Promise<TestGateway> {
	const routing = routingOf(readSettings({}, {}), upstreams);
	const gateway = await startGateway("127.0.0.1", {}, routing);
	onTestFinished(() => gateway.stop());
	return gateway;
}

async function startHost() {
	const host = await startAiHost((_request, response) => void response.writeHead(401).end());
	onTestFinished(() => host.close());
	return host;
}

const nowhere = "http://127.0.0.1:9/v1";

describe("one upstream", () => {
	test("is shown by its name", async () => {
		const { url } = await startHost();
		const gateway = await gatewayOf(anUpstream({ url }));
		expect(await jsonOf(await fetch(`${gateway.url}/readyz`))).toEqual({
			status: "ready",
			upstream: "ok",
			upstreams: { one: { status: "ok", breaker: "closed" } },
		});
	});

	test("that does not answer makes the gateway not ready", async () => {
		const gateway = await gatewayOf(anUpstream({ url: nowhere }));
		const response = await fetch(`${gateway.url}/readyz`);
		expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
		expect(await errorOf(response)).toMatchObject({
			message: "The upstream does not answer.",
			code: "upstream_unavailable",
		});
	});
});

describe("several upstreams", () => {
	test("are ready while one of them can be used", async () => {
		const { url } = await startHost();
		const gateway = await gatewayOf(anUpstream({ url: nowhere }), anUpstream({ name: "two", url }));
		const response = await fetch(`${gateway.url}/readyz`);
		expect(response.status).toBe(200);
		expect(await jsonOf(response)).toMatchObject({
			upstreams: { one: { status: "unreachable", breaker: "closed" }, two: { status: "ok", breaker: "closed" } },
		});
	});

	test("are not ready when each has its reason, which the message says", async () => {
		const { url } = await startHost();
		const broken = anUpstream({ name: "two", url, breaker: threeFailures });
		const gateway = await gatewayOf(anUpstream({ url: nowhere }), broken);
		for (let count = 0; count < 3; count += 1) (await gateway.gateway.services.states.enter("two"))?.leave("failed");
		const response = await fetch(`${gateway.url}/readyz`);
		expect(response.status).toBe(503);
		expect((await errorOf(response)).message).toBe(
			"No upstream can be used: one does not answer, two has failed too often (its breaker is open).",
		);
	});

	test("are asked at once, and once for many callers, each with its credential and headers", async () => {
		const hosts = [await startHost(), await startHost()];
		const gateway = await gatewayOf(
			...hosts.map(({ url }, index) =>
				anUpstream({ name: `host${index}`, url, key: `sk-${index}`, headers: { "x-n": `${index}` } }),
			),
		);
		const all = await Promise.all(Array.from({ length: 20 }, () => fetch(`${gateway.url}/readyz`)));
		expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
		for (const [index, { received }] of hosts.entries()) {
			expect(received).toHaveLength(1);
			expect(received[0]?.headers).toMatchObject({ authorization: `Bearer sk-${index}`, "x-n": `${index}` });
		}
	});
});
