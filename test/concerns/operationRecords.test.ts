/** What is kept of a request whose answer is data: usage in its own units, metrics, the log and traces. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { startAiHost } from "../kit/aiHost.js";
import { startCollector } from "../kit/collector.js";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { askFor, byName, operations } from "./operations.js";
import { adminKey, lineOf, recordOf } from "./recorded.js";

const closing: (() => Promise<void>)[] = [];
let llmw: Llmw & { url: string };
let collector: Awaited<ReturnType<typeof startCollector>>;

/** A name for upstreams, routes and requests. */
const slugOf = (name: string) => name.replace(/\W+/g, "-");

beforeAll(async () => {
	const whenDone = (close: () => Promise<void>) => void closing.push(close);
	const hosts = await Promise.all(operations.map(({ answer }) => startAiHost(answer)));
	for (const host of hosts) whenDone(() => host.close());
	collector = await startCollector(whenDone);
	const upstreams = operations.map(({ name, upstream }, at) => [
		slugOf(name),
		{ url: `${hosts[at]?.url}/v1`, key: "${HOST_KEY}", ...upstream, cost: { input: 10, output: 100 } },
	]);
	const config = stringify({
		overlay: withoutRateLimit(),
		upstreams: Object.fromEntries(upstreams),
		routes: operations.map(({ name, model }) => ({ model: slugOf(name), targets: [`${slugOf(name)}/${model}`] })),
	});
	const args = ["--bindport", "0", "--workers", "1", "--log-format", "json", "--admin-key", adminKey];
	const environment = {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_BSP_SCHEDULE_DELAY: "50",
		HOST_KEY: "sk-upstream-secret",
	};
	const made = runLlmw([...args, "--config", temporaryFile("llmw.yaml", config)], environment, { whenDone });
	const [, url = ""] = await made.says(/listening on (http:\/\/[^\s"]+)/);
	llmw = { ...made, url };
});

afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

describe.each(byName)("%s", (name, operation) => {
	const slug = slugOf(name);

	test("are recorded, counted, logged and traced", async () => {
		const before = await scrape(llmw.url);
		const headers = { "x-request-id": slug };
		const response = await askFor(llmw.url, operation, { model: slug, headers, secret: "sk-client-secret" });
		expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(operation.found)]);

		const { id, kind, path, model, units, isEstimated: is_estimated = false } = operation;
		const record = await recordOf(llmw, slug);
		const facts = { operation: id, route: slug, model: slug, upstream: slug, status: 200 };
		expect(record).toMatchObject({ ...facts, outcome: "completed", units: units ?? {} });
		const line = await lineOf(llmw, slug);
		expect(line).toMatchObject({ operation: id, path, upstream: slug, status: 200, ...(units && { units }) });
		expect(line.attempts).toMatchObject([{ target: `${slug}/${model}`, outcome: "200" }]);
		expect(llmw.stdout()).not.toMatch(/sk-(client|upstream)-secret/);

		const span = await vi.waitFor(() => {
			const own = collector.spans.find((one) => one.attributes["llmgw.request_id"] === slug);
			if (own === undefined) throw new Error(`${slug} is not traced`);
			return own;
		}, 10_000);
		expect(span).toMatchObject({
			name: `POST ${path}`,
			attributes: { "gen_ai.operation.name": kind, "gen_ai.request.model": slug, "http.response.status_code": 200 },
		});
		const attempt = collector.spans.find(({ parentSpanId }) => parentSpanId === span.spanId);
		expect(attempt?.attributes).toMatchObject({
			"gen_ai.operation.name": kind,
			"gen_ai.provider.name": expect.any(String),
		});

		const after = await scrape(llmw.url);
		const more = (metric: string, labels: Record<string, string>) =>
			after.sum(metric, labels) - before.sum(metric, labels);
		expect(more("llmgw_requests_total", { operation: id, route: slug, status: "200" })).toBe(1);
		for (const [unit, count] of Object.entries(units ?? {}))
			expect(more("llmgw_units_total", { unit, route: slug })).toBe(count);
		const tokens = is_estimated ? undefined : operation.tokens;
		const labels = { gen_ai_operation_name: kind, upstream: slug, gen_ai_token_type: "input" };
		expect(more("gen_ai_client_token_usage_sum", labels)).toBe(tokens?.[0] ?? 0);
	});
});
