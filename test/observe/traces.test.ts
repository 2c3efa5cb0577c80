/** Traces, as a collector gets them from the real command. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { stringify } from "yaml";
import { startAiHost } from "../kit/aiHost.js";
import { startCollector } from "../kit/collector.js";
import { hello, postChat, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, runLlmw, serveLlmw } from "../kit/llmw.js";
import { startLab } from "../kit/routing.js";

const soon = { OTEL_BSP_SCHEDULE_DELAY: "50" };
const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const traceparent = `00-${parent.traceId}-${parent.spanId}-01`;

/** A gateway with two targets on one lab, and its collector. */
async function traced(targets: string[], environment: Record<string, string> = {}) {
	const [lab, collector] = await Promise.all([startLab(), startCollector()]);
	const config = stringify({
		overlay: withoutRateLimit(),
		upstreams: { a: { url: lab.url }, b: { url: lab.url } },
		defaults: { retry: { firstBackoff: "1ms", maxBackoff: "1ms", attemptsPerTarget: 1 } },
		routes: [{ model: "m", targets }],
	});
	const llmw = runLlmw(["--bindport", "0", "--workers", "1", "--config", temporaryFile("llmw.yaml", config)], {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		...soon,
		...environment,
	});
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const ask = async (more: object = {}, headers: Record<string, string> = {}) => {
		const response = await postChat(`${url}/v1`, { ...hello, model: "m", ...more }, headers);
		await response.text();
		return response.status;
	};
	return { lab, collector, llmw, url, ask };
}

const streamed = { stream: true, stream_options: { include_usage: true } };

test("a request is a span, each of its attempts is another below it, and the upstream is told which", async () => {
	const { lab, collector, ask } = await traced(["a/error:503", "b/ok"]);
	expect(await ask(streamed, { traceparent, tracestate: "vendor=1" })).toBe(200);
	const spans = await collector.received(3);
	const [request] = spans.filter(({ kind }) => kind === 2);
	const [first, second] = spans.filter(({ kind }) => kind === 3).sort((one, other) => one.startMs - other.startMs);
	const [, answered] = lab.ledger.entries();
	expect(request).toMatchObject({
		...{ traceId: parent.traceId, parentSpanId: parent.spanId, service: "llmgw", status: 0 },
		name: "POST /v1/chat/completions",
		attributes: {
			"http.request.method": "POST",
			"http.route": "/v1/chat/completions",
			"http.response.status_code": 200,
			"gen_ai.operation.name": "chat",
			"gen_ai.request.model": "m",
			"gen_ai.response.model": "ok",
			"gen_ai.response.finish_reasons": ["stop"],
			"gen_ai.usage.input_tokens": answered?.prompt_tokens,
			"gen_ai.usage.output_tokens": answered?.completion_tokens,
			"llmgw.route": "m",
		},
	});
	expect(first).toMatchObject({
		...{ traceId: parent.traceId, parentSpanId: request?.spanId, name: "chat error:503", status: 2 },
		attributes: { "error.type": "server_error", "http.response.status_code": 503, "gen_ai.provider.name": "a" },
	});
	expect(second).toMatchObject({
		...{ traceId: parent.traceId, parentSpanId: request?.spanId, name: "chat ok", status: 0 },
		attributes: {
			"gen_ai.request.model": "ok",
			"gen_ai.request.stream": true,
			"gen_ai.response.finish_reasons": ["stop"],
			"gen_ai.usage.output_tokens": answered?.completion_tokens,
			"server.address": "127.0.0.1",
			"server.port": Number(new URL(lab.url).port),
		},
	});
	const [to, from] = [first, second].map((span) => `00-${parent.traceId}-${span?.spanId}-01`);
	expect(lab.ledger.entries().map(({ headers }) => headers.traceparent)).toEqual([to, from]);
	expect(lab.ledger.entries().map(({ headers }) => headers.tracestate)).toEqual(["vendor=1", "vendor=1"]);
	for (const span of [first, second]) {
		expect(span?.startMs).toBeGreaterThanOrEqual((request?.startMs ?? 0) - 1);
		expect(span?.endMs).toBeLessThanOrEqual((request?.endMs ?? 0) + 1);
		expect(span?.endMs).toBeGreaterThan(span?.startMs ?? 0);
	}
	expect(JSON.stringify(spans)).not.toContain("Hello AI");
});

test("a stream that breaks is an error, whatever its status", async () => {
	const { collector, ask } = await traced(["a/cut:20"]);
	await ask(streamed);
	const [request] = (await collector.received(2)).filter(({ kind }) => kind === 2);
	expect(request).toMatchObject({
		status: 2,
		attributes: { "http.response.status_code": 200, "error.type": "upstream_closed" },
	});
});

test("probes and scrapes have no spans; a request that is refused has one", async () => {
	const { collector, url, ask } = await traced(["a/ok"]);
	for (const path of ["/healthz", "/readyz", "/metrics"]) await getAlone(url + path);
	await ask({ messages: "none" });
	await ask();
	expect((await collector.received(3)).map(({ name }) => name).sort()).toEqual([
		"POST /v1/chat/completions",
		"POST /v1/chat/completions",
		"chat ok",
	]);
});

describe("content", () => {
	test("is in the spans where that is asked for", async () => {
		const { collector, lab, ask } = await traced(["a/ok"], {
			OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true",
		});
		for (const more of [{}, streamed]) await ask(more);
		const requests = (await collector.received(4)).filter(({ kind }) => kind === 2);
		expect(requests).toHaveLength(2);
		for (const { attributes } of requests) {
			expect(JSON.parse(String(attributes["gen_ai.input.messages"]))).toEqual([
				{ role: "user", parts: [{ type: "text", content: "Hello AI" }] },
			]);
			expect(JSON.parse(String(attributes["gen_ai.output.messages"]))).toEqual([
				{ role: "assistant", parts: [{ type: "text", content: lab.ledger.entries()[0]?.text }], finish_reason: "stop" },
			]);
		}
	});
});

test("OTEL_TRACES_SAMPLER decides which requests are told of, and hosts hear of that", async () => {
	const { collector, lab, ask } = await traced(["a/ok"], { OTEL_TRACES_SAMPLER: "parentbased_always_off" });
	await ask();
	await ask({}, { traceparent });
	await collector.received(2);
	expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([parent.traceId]));
	expect(lab.ledger.entries().map(({ headers }) => headers.traceparent?.slice(-2))).toEqual(["00", "01"]);
});

test("what has not been sent is sent when the gateway stops", async () => {
	const { collector, llmw, ask } = await traced(["a/ok"], { OTEL_BSP_SCHEDULE_DELAY: "600000" });
	await ask();
	expect(collector.spans).toEqual([]);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(collector.spans).toHaveLength(2);
});

test("a collector that can't be reached is complained of once, and disturbs nothing", async () => {
	const gone = await startAiHost();
	await gone.close();
	const { llmw, ask } = await traced(["a/ok"], {
		OTEL_EXPORTER_OTLP_ENDPOINT: gone.url,
		OTEL_EXPORTER_OTLP_TIMEOUT: "200",
	});
	for (let number = 0; number < 5; number += 1) {
		expect(await ask()).toBe(200);
		await llmw.says(/traces can't be sent/);
	}
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr().match(/traces can't be sent/g)).toHaveLength(1);
});

describe("without a collector", () => {
	/** Says which of OpenTelemetry's modules its worker has loaded. */
	const plugin = temporaryFile(
		"loaded.mjs",
		`import { createRequire } from "node:module";
		export default { name: "loaded", stage: "edge", middleware: () => (ctx, next) => {
			if (ctx.path !== "/loaded") return next();
			const { cache } = createRequire(import.meta.url);
			ctx.body = { modules: Object.keys(cache).filter((file) => file.includes("@opentelemetry")).length };
		} };`,
	);
	const loaded = async (environment: Record<string, string>) => {
		const host = await startAiHost();
		onTestFinished(() => host.close());
		const llmw = await serveLlmw(host, ["--workers", "1", "--plugin", plugin], environment);
		await postChat(`${llmw.url}/v1`, hello, { traceparent });
		const { modules } = JSON.parse((await getAlone(`${llmw.url}/loaded`)).body);
		return { modules, sent: host.received.map(({ headers }) => headers.traceparent) };
	};

	test("none of OpenTelemetry is loaded, and the client's own headers pass", async () => {
		expect(await loaded({})).toEqual({ modules: 0, sent: [traceparent] });
		const { url } = await startCollector();
		expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: "true" })).toMatchObject({ modules: 0 });
	});

	test("which is found out in a way that would notice", async () => {
		const collector = await startCollector();
		const { modules } = await loaded({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`, ...soon });
		expect(modules).toBeGreaterThan(10);
		await vi.waitFor(() => expect(collector.spans.length).toBeGreaterThanOrEqual(2));
	});
});
