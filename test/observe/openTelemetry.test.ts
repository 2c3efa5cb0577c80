/** Metrics, as a collector gets them from the real command. */
import { expect, onTestFinished, test, vi } from "vitest";
import { openTelemetryName } from "../../src/metrics/openTelemetryNames.js";
import { startAiHost } from "../kit/aiHost.js";
import { startCollector } from "../kit/collector.js";
import { hello, postChat } from "../kit/gateway.js";
import { serveLlmw, workerPids } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { startLab } from "../kit/routing.js";

const often = { OTEL_METRIC_EXPORT_INTERVAL: "200" };

async function measured(environment: Record<string, string> = {}, ...flags: string[]) {
	const [lab, collector] = await Promise.all([startLab(), startCollector()]);
	const llmw = await serveLlmw(lab, ["--workers", "2", ...flags], {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_TRACES_EXPORTER: "none",
		...often,
		...environment,
	});
	const series = (name: string, attributes: Record<string, unknown> = {}) =>
		collector
			.metrics()
			.filter((metric) => metric.name === name)
			.filter((metric) => Object.entries(attributes).every(([key, value]) => metric.attributes[key] === value));
	const total = (name: string, attributes: Record<string, unknown> = {}) =>
		series(name, attributes).reduce((sum, { value }) => sum + value, 0);
	return { collector, llmw, series, total };
}

test("a collector is sent what all workers have counted, under OpenTelemetry's names", async () => {
	const { llmw, series, total } = await measured();
	await workerPids(llmw.url, 2);
	for (let number = 0; number < 6; number += 1) {
		const response = await postChat(`${llmw.url}/v1`, { ...hello, model: "ok" }, { connection: "close" });
		expect(response.status).toBe(200);
		await response.text();
	}
	await vi.waitFor(() => expect(total("llmgw.requests", { operation: "createChatCompletion" })).toBe(6), 10_000);
	expect(series("llmgw.requests", { operation: "createChatCompletion" })).toEqual([
		{
			...{ name: "llmgw.requests", unit: "1", kind: "sum", value: 6, sum: undefined, temporality: 2, service: "llmgw" },
			attributes: { operation: "createChatCompletion", "llmgw.route": "*", status: "200" },
		},
	]);
	const scraped = await scrape(llmw.url);
	const usage = series("gen_ai.client.token.usage", { "gen_ai.token.type": "input" });
	expect(usage).toMatchObject([{ kind: "histogram", unit: "{token}", value: 6, temporality: 2 }]);
	expect(usage[0]?.sum).toBe(scraped.sum("gen_ai_client_token_usage_sum", { gen_ai_token_type: "input" }));
	expect(usage[0]?.attributes).toMatchObject({
		"gen_ai.operation.name": "chat",
		"gen_ai.provider.name": expect.any(String),
	});
	expect(series("gen_ai.client.operation.duration")).toMatchObject([{ kind: "histogram", unit: "s", value: 6 }]);
	expect(total("llmgw.workers", { state: "ready" })).toBe(2);
	expect(series("llmgw.workers")[0]).toMatchObject({ kind: "gauge", temporality: undefined });
});

test("what was counted last is sent when the gateway stops", async () => {
	const { llmw, total } = await measured({ OTEL_METRIC_EXPORT_INTERVAL: "600000", OTEL_SERVICE_NAME: "mine" });
	await (await postChat(`${llmw.url}/v1`, { ...hello, model: "ok" })).text();
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(total("llmgw.requests", { operation: "createChatCompletion" })).toBe(1);
});

test("a collector that is away is complained of once, and holds nobody up", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "2"], {
		OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://127.0.0.1:9/v1/metrics",
		OTEL_EXPORTER_OTLP_TIMEOUT: "200",
		...often,
	});
	await llmw.says(/metrics can't be sent: /);
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr().match(/can't be sent/g)).toHaveLength(1);
});

test.each([
	["OTEL_METRICS_EXPORTER is none", { OTEL_METRICS_EXPORTER: "none" }],
	["OTEL_SDK_DISABLED is true", { OTEL_SDK_DISABLED: "true" }],
])("nothing is sent where %s", async (_case, environment) => {
	const { llmw, collector } = await measured(environment);
	await (await postChat(`${llmw.url}/v1`, { ...hello, model: "ok" })).text();
	llmw.process.kill("SIGTERM");
	await llmw.exited;
	expect(collector.metrics()).toEqual([]);
});

test("traces that can't be sent are complained of once for all workers", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "2"], {
		OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces",
		OTEL_EXPORTER_OTLP_TIMEOUT: "200",
		OTEL_BSP_SCHEDULE_DELAY: "50",
	});
	await workerPids(llmw.url, 2);
	for (let number = 0; number < 10; number += 1)
		await (await postChat(`${llmw.url}/v1`, { ...hello }, { connection: "close" })).text();
	await llmw.says(/traces can't be sent: /);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr().match(/can't be sent/g)).toHaveLength(1);
});

test("names have dots for namespaces, and units apart", () => {
	expect(openTelemetryName("llmgw_event_loop_lag_seconds")).toEqual({ name: "llmgw.event_loop_lag", unit: "s" });
	expect(openTelemetryName("llmgw_process_cpu_seconds_total")).toEqual({ name: "llmgw.process_cpu", unit: "s" });
	expect(openTelemetryName("llmgw_tokens_total")).toEqual({ name: "llmgw.tokens", unit: "{token}" });
	expect(openTelemetryName("llmgw_process_heap_bytes")).toEqual({ name: "llmgw.process_heap", unit: "By" });
});
