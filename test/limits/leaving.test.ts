/** What counts of requests that nobody has waited for: the prompt, as soon as the host has it. */
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { chunk, type HostAnswer, startAiHost, startStream, type TestHost } from "../kit/aiHost.js";
import { hello, postChat, type TestGateway, temporaryFile, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { ask, gatewayWith, until, using } from "../kit/limited.js";
import { runLlmw, workerPids } from "../kit/llmw.js";
import { route, upstream } from "../kit/routing.js";

const words = 3_500;
/** About a token for each word. */
const long = { messages: [{ role: "user", content: "two ".repeat(words) }], max_tokens: 10 };

async function hostOf(answer: HostAnswer): Promise<TestHost> {
	const host = await startAiHost(answer);
	onTestFinished(() => host.close());
	return host;
}

/** Answers requests for the model `look`, and keeps silent to all else. */
const silent: HostAnswer = (request, response, message) =>
	request.body.includes('"look"') ? using(1, 1)(request, response, message) : undefined;

async function remaining(gateway: TestGateway): Promise<number> {
	const { headers } = await ask(gateway, undefined, { max_tokens: 1, model: "look" });
	return Number(headers.get("x-ratelimit-remaining-tokens"));
}

/** Leaves when the host has the request, unless it is refused. */
async function leaveOnce(gateway: TestGateway, host: TestHost, path: string, body: object): Promise<void> {
	const leaving = new AbortController();
	const before = host.received.length;
	let isAnswered = false;
	const asked = fetch(`${gateway.baseUrl}${path}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
		signal: leaving.signal,
	})
		.catch(() => undefined)
		.then(() => {
			isAnswered = true;
		});
	await until(() => host.received.length > before || isAnswered);
	leaving.abort();
	await asked;
	await until(() => gateway.gateway.services.load.requests === 0);
}

describe("a client that leaves before the first byte", () => {
	test.each([
		["a chat", "/chat/completions", long],
		["a stream", "/chat/completions", { ...long, stream: true }],
		["a stored stream", "/chat/completions", { ...long, stream: true, store: true }],
		["a completion", "/completions", { prompt: "two ".repeat(words), model: "m", max_tokens: 10 }],
		["embeddings", "/embeddings", { input: "two ".repeat(words), model: "m" }],
	])("pays the prompt of %s", async (_name, path, body) => {
		const host = await hostOf(silent);
		const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } });
		await leaveOnce(gateway, host, path, body);
		const used = 20_000 - (await remaining(gateway));
		expect(used).toBeGreaterThanOrEqual(words);
		expect(used).toBeLessThan(words + 60);
	});

	test("gets no further than its limit, however often it does that", async () => {
		const host = await hostOf(silent);
		const gateway = await gatewayWith(host, { clients: { tokensPerMinute: 5_000 } });
		for (let count = 0; count < 10; count += 1) await leaveOnce(gateway, host, "/chat/completions", long);
		expect(host.received).toHaveLength(1);
	});

	test("pays what had come of a stream that was not shown to it yet", async () => {
		const host = await hostOf((request, response, message) => {
			if (request.body.includes('"look"')) return using(1, 1)(request, response, message);
			startStream(response);
			response.write(chunk({ role: "assistant", content: "" }));
		});
		const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } });
		await leaveOnce(gateway, host, "/chat/completions", { ...long, stream: true });
		expect(20_000 - (await remaining(gateway))).toBeGreaterThanOrEqual(words);
	});

	test("pays nothing for what no host was sent", async () => {
		// It takes connections, and never says anything.
		const deaf = createServer(() => {}).listen(0, "127.0.0.1");
		onTestFinished(() => void deaf.close());
		const host = await hostOf(silent);
		const { port } = deaf.address() as AddressInfo;
		const routing = {
			upstreams: [
				upstream("a", `http://127.0.0.1:${port}/v1`, { maxConnections: 1 }),
				upstream("look", `${host.url}/v1`),
			],
			routes: [route(["look"], { models: ["look"] }), route(["a"], { models: ["*"] })],
		};
		const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } }, { routing: routing as never });
		// The only connection is taken by the first; the second waits for it.
		const [first, second] = [new AbortController(), new AbortController()];
		const post = (signal: AbortSignal) =>
			fetch(`${gateway.baseUrl}/chat/completions`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(long),
				signal,
			}).catch(() => undefined);
		const one = post(first.signal);
		await until(() => gateway.gateway.services.load.requests === 1);
		const other = post(second.signal);
		await until(() => gateway.gateway.services.load.requests === 2);
		second.abort();
		await other;
		await until(() => gateway.gateway.services.load.requests === 1);
		const counted = async () => {
			const { headers } = await postChat(gateway.baseUrl, { ...hello, max_tokens: 1, model: "look" });
			return 20_000 - Number(headers.get("x-ratelimit-remaining-tokens"));
		};
		// The first has its prompt reserved still.
		expect(await counted()).toBeLessThan(words + 100);
		first.abort();
		await one;
	});
});

test("a prompt that a host took too long to answer counts", async () => {
	const host = await hostOf(silent);
	const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } }, { flags: { timeout: "1s" } });
	expect((await ask(gateway, undefined, long)).status).toBe(504);
	expect(20_000 - (await remaining(gateway))).toBeGreaterThanOrEqual(words);
});

test("of a worker that is killed what its requests had reserved stays used", { timeout: 120_000 }, async () => {
	const host = await hostOf(silent);
	const text = `upstreams: {host: {url: "${host.url}/v1"}}\nlimits: {clients: {tokensPerDay: 5000}}\n`;
	const own = ["--config", temporaryFile("llmw.yaml", text), "--bindport", "0", "--data", temporaryFolder()];
	const llmw = runLlmw([...own, "--overlay", withoutRateLimit(), "--workers", "1"]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const [worker = 0] = await workerPids(url, 1);
	const asked = postChat(`${url}/v1`, long).catch(() => undefined);
	await until(() => host.received.length === 1);
	process.kill(worker, "SIGKILL");
	await asked;
	const look = async () => {
		const response = await postChat(`${url}/v1`, { ...hello, max_tokens: 1, model: "look" }).catch(() => undefined);
		await response?.text();
		return response && Number(response.headers.get("x-ratelimit-remaining-tokens"));
	};
	await expect.poll(look, { timeout: 60_000 }).toBeDefined();
	expect(await look()).toBeLessThan(5_000 - words);
	expect((await postChat(`${url}/v1`, long)).status).toBe(429);
});

describe("an operation that an overlay adds", () => {
	const overlay = () => [
		withoutRateLimit(),
		temporaryFile(
			"responses.yaml",
			`overlay: 1.0.0
info: {title: Responses, version: 1.0.0}
actions:
  - target: $
    update:
      paths:
        /v1/answers:
          post:
            operationId: createAnswer
            x-upstream: /answers
            requestBody: {content: {application/json: {schema: {type: object}}}}
            responses: {"200": {description: ok}}`,
		),
	];
	const asked = { input: "two ".repeat(words), model: "m", max_output_tokens: 100, stream: true };

	test("reserves the answer that it asks for, and counts what its stream says", async () => {
		const usage = { input_tokens: words, output_tokens: 80, total_tokens: words + 80 };
		const host = await hostOf((request, response, message) => {
			if (request.body.includes('"look"')) return using(1, 1)(request, response, message);
			startStream(response);
			response.write('data: {"type":"response.output_text.delta","delta":"Hello"}\n\n');
			response.end(`data: ${JSON.stringify({ type: "response.completed", response: { usage } })}\n\n`);
		});
		const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } }, { flags: { overlay: overlay() } });
		const response = await fetch(`${gateway.baseUrl}/answers`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(asked),
		});
		expect(20_000 - Number(response.headers.get("x-ratelimit-remaining-tokens"))).toBeGreaterThanOrEqual(words + 100);
		await response.text();
		await until(() => gateway.gateway.services.load.requests === 0);
		const used = 20_000 - (await remaining(gateway));
		expect(used).toBeGreaterThanOrEqual(words + 80);
		expect(used).toBeLessThan(words + 100);
	});

	test("has its prompt counted where the client leaves before the first byte", async () => {
		const host = await hostOf(silent);
		const gateway = await gatewayWith(host, { clients: { tokensPerDay: 20_000 } }, { flags: { overlay: overlay() } });
		await leaveOnce(gateway, host, "/answers", asked);
		expect(20_000 - (await remaining(gateway))).toBeGreaterThanOrEqual(words);
	});
});
