/** What is kept of a request: usage with its cost, metrics, the log, traces and `--verbose`, the same for every dialect in both lanes. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { type Llmw, runLlmw } from "../kit/llmw.js";
import { scrape } from "../kit/metrics.js";
import { gatewayWith, route } from "../kit/routing.js";
import { startWire, type WireHost, type WireName, wireNames } from "../kit/wires.js";
import { startCollector } from "../kit/collector.js";
import { ask, hostOf, lanes, words } from "./lanes.js";

const adminKey = "an-administrator-of-tests";
const kinds = { chat: {}, messages: { provider: "anthropic" }, responses: { dialects: ["openai.responses"] } };
const closing: (() => Promise<void>)[] = [];
let llmw: Llmw & { url: string };
let hosts: WireHost[];
let collector: Awaited<ReturnType<typeof startCollector>>;

beforeAll(async () => {
	const whenDone = (close: () => Promise<void>) => void closing.push(close);
	const answer = () => ({ reasoning: "Hm.", words });
	hosts = await Promise.all(wireNames.map((name) => startWire(name, answer, whenDone)));
	collector = await startCollector(whenDone);
	const config = stringify({
		overlay: withoutRateLimit(),
		upstreams: Object.fromEntries(
			hosts.map(({ wire, url }) => [
				wire.name,
				{ url: `${url}/v1`, key: "${HOST_KEY}", ...kinds[wire.name], cost: { input: 10, cached: 1, output: 100 } },
			]),
		),
		routes: wireNames.map((name) => ({ model: name, targets: [`${name}/real-model`] })),
	});
	const args = ["--bindport", "0", "--workers", "1", "--log-format", "json", "--admin-key", adminKey];
	const made = runLlmw([...args, "--config", temporaryFile("llmw.yaml", config)], {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_BSP_SCHEDULE_DELAY: "50",
		HOST_KEY: "sk-upstream-secret",
	}, { whenDone });
	const [, url = ""] = await made.says(/listening on (http:\/\/[^\s"]+)/);
	llmw = { ...made, url };
});

afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

describe.each(lanes)("%s", (name, lane) => {
	test("is known", async () => {
		const { client, wire, isStream } = lane;
		const id = name.replace(/\W+/g, "-");
		const heard = await ask(llmw.url, lane, { more: { model: wire }, headers: { "x-request-id": id } });
		console.log(JSON.stringify({...heard, body: undefined}));
		const record = await vi.waitFor(async () => {
			const response = await fetch(`${llmw.url}/v1/admin/requests`, { headers: { authorization: `Bearer ${adminKey}` } });
			const { data } = (await response.json()) as { data: Record<string, unknown>[] };
			const found = data.find(({ request_id }) => request_id === id);
			expect(found).toBeDefined();
			return found;
		}, 10_000);
		console.log(JSON.stringify(record));
		console.log(llmw.stdout().split("\n").filter((l) => l.includes(id)).join("\n"));
		const spans = await vi.waitFor(() => {
			const own = collector.spans.filter((span) => span.attributes["llmgw.request_id"] === id);
			expect(own).toHaveLength(1);
			return collector.spans.filter((span) => span.traceId === own[0]?.traceId);
		}, 10_000);
		console.log(JSON.stringify(spans));
		const metrics = await scrape(llmw.url);
		console.log(metrics.text.split("\n").filter((line) => !line.startsWith("#") && /operation/.test(line) && !line.includes("bucket")).slice(0,60).join("\n"));
	});
});
