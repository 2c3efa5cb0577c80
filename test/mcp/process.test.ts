/** Tools that the real command runs: through the death of a worker, and in traces. */
import { describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { startCollector } from "../kit/collector.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { runLlmw } from "../kit/llmw.js";
import { startMcpServer } from "../kit/mcpServer.js";
import { clientOf } from "../kit/routing.js";
import { workersOf } from "../replay/kit.js";
import { asking, echo, mcpTool, modelThatSays, type Said } from "./scene.js";

async function served(says: readonly Said[], run: (given: Record<string, unknown>) => unknown, workers: number) {
	const [host, theirs, collector] = await Promise.all([
		modelThatSays(says),
		startMcpServer({ tools: [{ ...echo, run }] }),
		startCollector(),
	]);
	const config = stringify({
		upstreams: { one: { url: `${host.url}/v1` } },
		mcp: { servers: { tools: { url: theirs.url, approval: "never" } } },
	});
	const words = ["--bindport", "0", "--workers", String(workers), "--data", temporaryFolder()];
	const llmw = runLlmw([...words, "--config", temporaryFile("llmw.yaml", config)], {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_BSP_SCHEDULE_DELAY: "50",
	});
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { host, theirs, collector, url, client: clientOf({ baseUrl: `${url}/v1` }) };
}

describe("a worker that is killed while a tool runs", { timeout: 120_000 }, () => {
	test("leaves a response in the background to another, which ends it", async () => {
		let release = () => {};
		const killed = new Promise<void>((resolve) => {
			release = resolve;
		});
		onTestFinished(() => release());
		let calls = 0;
		const run = async () => {
			calls += 1;
			if (calls === 1) await killed;
			return `call ${calls}`;
		};
		const { url, client, theirs } = await served([[["echo", "hi"]], [["echo", "hi"]], "Done."], run, 2);
		const [one] = await workersOf(url, 2);
		const asked = { ...asking, background: true, tools: [mcpTool(theirs)] };
		const { id } = JSON.parse((await one?.ask(asked, {}, "/v1/responses")?.body) ?? "") as { id: string };
		await expect.poll(() => calls, { timeout: 20_000 }).toBe(1);
		process.kill(one?.pid as number, "SIGKILL");
		await expect
			.poll(async () => (await client.responses.retrieve(id)).status, { timeout: 80_000, interval: 200 })
			.toBe("completed");
		release();
		expect((await client.responses.retrieve(id)).output.at(-1)).toMatchObject({ type: "message" });
		expect(calls).toBe(2);
	});

	test("breaks off the answer of a client that waits, and the next request is served", async () => {
		let begun = () => {};
		const called = new Promise<void>((resolve) => {
			begun = resolve;
		});
		const run = () => {
			begun();
			return new Promise(() => {});
		};
		const { url, client, theirs } = await served([[["echo", "hi"]], "Done."], run, 2);
		const [one] = await workersOf(url, 2);
		const asked = one?.ask({ ...asking, tools: [mcpTool(theirs)] }, {}, "/v1/responses");
		const broken = expect(asked?.response).rejects.toThrow();
		await called;
		process.kill(one?.pid as number, "SIGKILL");
		await broken;
		await expect
			.poll(() => client.responses.create(asking).then(({ output_text: text }) => text, String), { timeout: 20_000 })
			.toBe("Done.");
	});
});

test("each use of a server is a span below the client's request, with the turns of the model", async () => {
	const { client, theirs, collector } = await served([[["echo", "hi"]], "Done."], () => "said", 1);
	await client.responses.create({ ...asking, tools: [mcpTool(theirs)] });
	const named = (name: string) => collector.spans.filter((span) => span.name === name);
	await expect.poll(() => named("execute_tool echo").length, { timeout: 10_000 }).toBe(1);
	await expect.poll(() => collector.spans.filter(({ kind }) => kind === 2).length, { timeout: 10_000 }).toBe(3);
	const [call] = named("execute_tool echo");
	const [list] = named("tools/list");
	const request = collector.spans.find(({ spanId }) => spanId === call?.parentSpanId);
	expect(request).toMatchObject({ name: "POST /v1/responses", kind: 2 });
	expect(list).toMatchObject({ parentSpanId: request?.spanId, attributes: { "mcp.method.name": "tools/list" } });
	expect(call).toMatchObject({
		traceId: request?.traceId,
		kind: 3,
		attributes: { "gen_ai.tool.name": "echo", "mcp.method.name": "tools/call", "llmgw.mcp.server": "tools" },
	});
	const turns = collector.spans.filter(({ kind, parentSpanId }) => kind === 2 && parentSpanId === request?.spanId);
	expect(turns).toHaveLength(2);
});
