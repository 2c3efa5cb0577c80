/** Whether failures count against the upstream, a model there, or the request. */
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { completion, type Received, sendJson, startAiHost } from "../kit/aiHost.js";
import { startGateway } from "../kit/gateway.js";
import { ask, clientOf, gatewayWith, question, route, upstream } from "../kit/routing.js";

const breaker = { failures: 3, share: 0.5, windowMs: 30_000, cooldownMs: 60_000 };
const retry = { ...route([]).retry, attemptsPerTarget: 1, firstBackoffMs: 1, maxBackoffMs: 1 };

interface Asked {
	model?: string;
	messages: { content: string }[];
}

/** Answers with 500 where `fails` says so. */
async function startFailing(fails: (asked: Asked) => boolean) {
	const asked: Asked[] = [];
	const host = await startAiHost((request: Received, response) => {
		if (request.method === "GET") {
			sendJson(response, { object: "list", data: [] });
			return;
		}
		const body = JSON.parse(request.body.toString()) as Asked;
		asked.push(body);
		if (fails(body)) sendJson(response, { error: { message: "CUDA error" } }, 500);
		else sendJson(response, { ...completion, model: body.model });
	});
	onTestFinished(() => host.close());
	return { url: `${host.url}/v1`, asked };
}

const isBad = ({ model }: Asked) => model === "bad";
const isPoison = ({ messages }: Asked) => messages.some(({ content }) => content === "poison");
const poison = { messages: [{ role: "user" as const, content: "poison" }] };

async function readiness({ url }: { url: string }): Promise<number> {
	return (await fetch(`${url}/readyz`)).status;
}

describe("a model that fails", () => {
	test("leaves the others of its upstream alone, and the gateway ready", async () => {
		const { url } = await startFailing(isBad);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", url, { breaker })],
			routes: [route(["a"], { models: ["*"] })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 40; count += 1) {
			for (let times = 0; times < 3; times += 1) expect((await ask(client, { model: "bad" })).error?.status).toBe(500);
			expect((await ask(client, { model: "good" })).error).toBeUndefined();
			expect(await readiness(gateway)).toBe(200);
		}
		const { states } = gateway.gateway.services;
		expect(["bad", "good", undefined].map((model) => states.of("a", model).breaker)).toEqual([
			"open",
			"closed",
			"closed",
		]);
	});

	test("is spared where another target has its requests, and its upstream's other models are not", async () => {
		const one = await startFailing(isBad);
		const two = await startFailing(() => false);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", one.url, { breaker }), upstream("b", two.url, { breaker })],
			routes: [route(["a", "b"], { models: ["*"], retry })],
		});
		const client = clientOf(gateway);
		for (const model of ["bad", "bad", "bad", "bad", "bad", "good", "good"])
			expect((await ask(client, { model })).error).toBeUndefined();
		expect(one.asked.map(({ model }) => model)).toEqual(["bad", "bad", "bad", "good", "good"]);
	});

	test("is asked again by whoever has nobody else to ask, and is well as soon as it answers", async () => {
		let isDown = true;
		const { url, asked } = await startFailing(() => isDown);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", url, { breaker })],
			routes: [route(["a/m"], { retry })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 5; count += 1) expect((await ask(client)).error?.status).toBe(500);
		expect(asked).toHaveLength(5);
		const { states } = gateway.gateway.services;
		expect(states.of("a", "m").breaker).toBe("open");
		isDown = false;
		for (let count = 0; count < 10; count += 1) expect((await ask(client)).error).toBeUndefined();
		expect(states.of("a", "m").breaker).toBe("closed");
	});

	test("is asked when all that a request could be sent to has failed before", async () => {
		let isDown = true;
		const hosts = await Promise.all(["a", "b", "c"].map(() => startFailing(() => isDown)));
		const names = ["a", "b", "c"] as const;
		const gateway = await gatewayWith({
			upstreams: names.map((name, place) => upstream(name, hosts[place]?.url as string, { breaker })),
			routes: [
				...names.map((name) => route([`${name}/m`], { models: [name], retry })),
				route(
					names.map((name) => `${name}/m`),
					{ models: ["all"], retry },
				),
			],
		});
		const client = clientOf(gateway);
		for (const model of names) for (let count = 0; count < 3; count += 1) await ask(client, { model });
		const { states } = gateway.gateway.services;
		expect(names.map((name) => states.of(name, "m").breaker)).toEqual(["open", "open", "open"]);
		isDown = false;
		expect((await ask(client, { model: "all" })).error).toBeUndefined();
	});

	test("names that clients think up are no breakers: unknown models, and ever so many that fail", async () => {
		const unknown = await startAiHost((_request, response) =>
			sendJson(response, { error: { code: "model_not_found" } }, 404),
		);
		onTestFinished(() => unknown.close());
		const failing = await startFailing(({ model }) => model !== "good");
		const gateway = await gatewayWith({
			upstreams: [upstream("a", `${unknown.url}/v1`, { breaker }), upstream("b", failing.url, { breaker })],
			routes: [route(["a"], { models: ["x-*"] }), route(["b"], { models: ["*"] })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 5; count += 1) expect((await ask(client, { model: "x-1" })).error?.status).toBe(404);
		const { states } = gateway.gateway.services;
		expect(states.of("a", "x-1").breaker).toBe("closed");
		for (let count = 0; count < 200; count += 1) await ask(client, { model: `made-up-${count}` });
		expect((await ask(client, { model: "good" })).error).toBeUndefined();
		expect(states.of("b").breaker).toBe("closed");
	});
});

describe("an upstream that can't be spoken with", () => {
	test.each<[string, () => Promise<string>]>([
		["refuses connections", async () => "http://127.0.0.1:9/v1"],
		[
			"resets them",
			async () => {
				const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
				await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
				onTestFinished(() => void server.close());
				return `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`;
			},
		],
	])("%s: is spared with all of its models", async (_what, start) => {
		const spare = await startFailing(() => false);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", await start(), { breaker }), upstream("b", spare.url)],
			routes: [route(["a", "b"], { models: ["*"], retry })],
		});
		const client = clientOf(gateway);
		for (const model of ["x", "y", "z"]) expect((await ask(client, { model })).error).toBeUndefined();
		const { states } = gateway.gateway.services;
		expect([states.of("a").breaker, states.of("a", "new").breaker]).toEqual(["open", "open"]);
	});

	test("that refuses to list its models is no worse for that", async () => {
		const host = await startAiHost((_request, response) => sendJson(response, {}, 500));
		onTestFinished(() => host.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("a", `${host.url}/v1`, { breaker: { ...breaker, failures: 1 } })],
			routes: [route(["a/m"], { models: ["*"] })],
		});
		await fetch(`${gateway.baseUrl}/models`);
		expect(host.received.length).toBeGreaterThan(0);
		const { states } = gateway.gateway.services;
		expect([states.of("a").breaker, states.of("a", "m").breaker]).toEqual(["closed", "closed"]);
	});
});

describe("a request that fails wherever it is sent", () => {
	test.each<[string, (asked: Asked) => boolean]>([["with the same status", isPoison]])(
		"%s opens no breaker, however often it comes",
		async (_way, fails) => {
			const hosts = [await startFailing(fails), await startFailing(fails)];
			const gateway = await gatewayWith({
				upstreams: [
					upstream("a", hosts[0]?.url as string, { breaker }),
					upstream("b", hosts[1]?.url as string, { breaker }),
				],
				routes: [route(["a/m", "b/m"])],
			});
			const client = clientOf(gateway);
			for (let count = 0; count < 10; count += 1) expect((await ask(client, poison)).error?.status).toBe(500);
			const { states } = gateway.gateway.services;
			expect([states.of("a", "m").breaker, states.of("b", "m").breaker]).toEqual(["closed", "closed"]);
			expect((await ask(client)).error).toBeUndefined();
		},
	);

	test("or that another upstream finds wrong, is not the first one's fault", async () => {
		const one = await startFailing(isPoison);
		const two = await startAiHost((_request, response) => sendJson(response, { error: { message: "no" } }, 400));
		onTestFinished(() => two.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("a", one.url, { breaker }), upstream("b", `${two.url}/v1`, { breaker })],
			routes: [route(["a/m", "b/m"], { retry })],
		});
		const client = clientOf(gateway);
		for (let count = 0; count < 6; count += 1) await ask(client, poison);
		expect(gateway.gateway.services.states.of("a", "m").breaker).toBe("closed");
	});

	test("counts once for the only target, however often it is tried there", async () => {
		const { url, asked } = await startFailing(isPoison);
		const gateway = await gatewayWith({
			upstreams: [upstream("a", url, { breaker })],
			routes: [route(["a/m"], { retry: { ...retry, attempts: 5, attemptsPerTarget: 5 } })],
		});
		const client = clientOf(gateway);
		await ask(client, poison);
		expect(asked).toHaveLength(5);
		expect(gateway.gateway.services.states.of("a", "m").breaker).toBe("closed");
	});

	test("has its failure counted when its client has left without waiting for the second answer", async () => {
		const one = await startFailing(() => true);
		const silent = await startAiHost(() => {});
		onTestFinished(() => silent.close());
		const gateway = await gatewayWith({
			upstreams: [upstream("a", one.url, { breaker: { ...breaker, failures: 1 } }), upstream("b", `${silent.url}/v1`)],
			routes: [route(["a/m", "b/m"], { retry })],
		});
		const abort = new AbortController();
		const arrived = expect.poll(() => silent.received.length).toBe(1);
		const call = fetch(`${gateway.baseUrl}/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(question),
			signal: abort.signal,
		}).catch(() => {});
		await arrived;
		const left = silent.nextAbort();
		abort.abort();
		await Promise.all([call, left]);
		expect(gateway.gateway.services.states.of("a", "m").breaker).toBe("open");
	});
});

test("a probe is not lost to requests that fail everywhere: the model is well again after the first that can tell", async () => {
	let isDown = true;
	const one = await startFailing((asked) => isDown || isPoison(asked));
	const two = await startFailing(isPoison);
	const gateway = await gatewayWith({
		upstreams: [upstream("a", one.url, { breaker: { ...breaker, cooldownMs: 1 } }), upstream("b", two.url)],
		routes: [route(["a/m", "b/m"], { retry })],
	});
	const client = clientOf(gateway);
	for (let count = 0; count < 3; count += 1) await ask(client);
	isDown = false;
	const { states } = gateway.gateway.services;
	await expect.poll(() => states.of("a", "m").breaker).toBe("half_open");
	for (let count = 0; count < 9; count += 1) await ask(client, poison);
	expect(states.of("a", "m").breaker).toBe("half_open");
	await ask(client);
	expect(states.of("a", "m").breaker).toBe("closed");
});

test("flags describe one upstream without breakers", async () => {
	const { url } = await startFailing(isBad);
	const gateway = await startGateway(url);
	onTestFinished(() => gateway.stop());
	const client = clientOf(gateway);
	for (let count = 0; count < 8; count += 1) await ask(client, { model: "bad" });
	expect((await ask(client, { model: "good" })).error).toBeUndefined();
});

test("a request that its breaker kept waiting takes of its upstream's limit once", async () => {
	let isDown = true;
	const { url } = await startFailing(() => isDown);
	const limits = { requestsPerMinute: 5 };
	const gateway = await gatewayWith({
		upstreams: [upstream("a", url, { breaker, limits }), upstream("b", "http://127.0.0.1:9/v1", { breaker })],
		routes: [route(["a/m"], { models: ["alone"], retry }), route(["a/m", "b/m"], { models: ["both"], retry })],
	});
	const client = clientOf(gateway);
	for (let count = 0; count < 3; count += 1) await ask(client, { model: "alone" });
	expect(gateway.gateway.services.states.of("a", "m").breaker).toBe("open");
	isDown = false;
	expect((await ask(client, { model: "both" })).error).toBeUndefined();
	expect((await ask(client, { model: "both" })).error).toBeUndefined();
});
