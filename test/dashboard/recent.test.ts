/** The last minutes as the primary keeps them: what workers report, by steps. */
import { expect, test } from "vitest";
import { histograms } from "../../src/metrics/families.js";
import { quantileOf } from "../../src/metrics/histogramQuantile.js";
import { createRecorder } from "../../src/metrics/metricRecorder.js";
import { createRecent } from "../../src/metrics/recent.js";

const chat = "createChatCompletion";

test("a step has what was reported in it, and the totals have all", () => {
	const recent = createRecent(() => 60_000);
	const recorder = createRecorder();
	for (const status of ["200", "200", "400", "429", "499", "502"]) recorder.add("requests", [chat, "r", status]);
	recorder.add("broken", [chat, "r"]);
	recorder.add("tokens", ["input", "r", "gpu"], 70);
	recorder.add("tokens", ["output", "r", "gpu"], 30);
	recorder.add("tokens", ["cached", "r", "gpu"], 5);
	recorder.add("cost", ["r", "gpu"], 0.25);
	recent.receive(recorder.take());
	recent.step(3);
	recent.step(1);
	const counts = {
		requests: 6,
		refused: 1,
		limited: 1,
		cancelled: 1,
		failed: 1,
		broken: 1,
		input_tokens: 70,
		output_tokens: 30,
		cost: 0.25,
	};
	expect(recent.totals()).toEqual(counts);
	const series = recent.series();
	for (const [name, value] of Object.entries(counts))
		expect(series[name as keyof typeof counts].slice(-3), name).toEqual([0, value, 0]);
	expect(series.in_flight.slice(-3)).toEqual([0, 3, 1]);
	expect(series.end_time).toBe(60);
	expect(new Set(Object.values(series).map((values) => (Array.isArray(values) ? values.length : 300)))).toEqual(
		new Set([300]),
	);
});

test("what the gateway itself was asked is not counted, or the dashboard would count itself", () => {
	const recent = createRecent();
	const recorder = createRecorder();
	for (const operation of ["getOverview", "getMetrics", "listKeys", "listStoredCompletions", "other"])
		recorder.add("requests", [operation, "none", "200"]);
	for (const operation of ["createEmbedding", "fromAnOverlay"]) recorder.add("requests", [operation, "r", "200"]);
	recent.receive(recorder.take());
	recent.step(0);
	expect(recent.totals().requests).toBe(2);
});

test("latencies are those of the last five steps, and nothing where nothing ended", () => {
	const recent = createRecent();
	const recorder = createRecorder();
	for (let count = 0; count < 100; count += 1) recorder.observe("requestSeconds", ["chat", "r"], 0.05);
	recent.receive(recorder.take());
	for (let steps = 0; steps < 6; steps += 1) recent.step(0);
	const { latency_p50_ms: median, latency_p99_ms: worst } = recent.series();
	// Between the bounds 40 and 80 ms of the bucket that all of them are in.
	expect(median.slice(-7)).toEqual([null, 60, 60, 60, 60, 60, null]);
	expect(worst.at(-2)).toBeCloseTo(79.6, 1);
});

test("an upstream has its attempts by ten seconds, those that failed, and the median of a minute", () => {
	const recent = createRecent();
	const recorder = createRecorder();
	const attempt = (outcome: string) => recorder.add("attempts", ["gpu", "first", outcome]);
	for (const outcome of ["ok", "cancelled", "server_error", "stalled"]) attempt(outcome);
	recorder.observe("attemptSeconds", ["chat", "gpu"], 0.015);
	recent.receive(recorder.take());
	for (let steps = 0; steps < 5; steps += 1) recent.step(0);
	attempt("ok");
	recent.receive(recorder.take());
	for (let steps = 0; steps < 5; steps += 1) recent.step(0);
	const { attempts, failed, latency_p50_ms, step_seconds } = recent.upstream("gpu");
	expect([attempts.length, step_seconds]).toEqual([60, 10]);
	expect(attempts.slice(-3)).toEqual([0, 4, 1]);
	expect(failed.slice(-3)).toEqual([0, 2, 0]);
	expect(latency_p50_ms).toBe(15);
	expect(recent.upstream("another").latency_p50_ms).toBeNull();
});

test.each([
	[0.5, [10, 0, 0], 5],
	[1, [10, 0, 0], 10],
	[0.5, [1, 1, 0], 10],
	[0.75, [1, 1, 0], 15],
	[0.9, [0, 0, 4], 20],
	[0.5, [0, 0, 0], undefined],
])("the quantile %d of %j is %s", (share, counts, expected) => {
	expect(quantileOf(share, [10, 20], counts)).toBe(expected);
});

test("a quantile is never off by more than its bucket", () => {
	const { buckets } = histograms.requestSeconds;
	const recorder = createRecorder();
	const values = Array.from({ length: 1000 }, (_none, at) => 0.001 * 1.009 ** at);
	for (const value of values) recorder.observe("requestSeconds", ["chat", "r"], value);
	const counts = recorder.take()[0]?.[2] ?? [];
	for (const share of [0.5, 0.95, 0.99]) {
		const exact = values[Math.ceil(share * values.length) - 1] as number;
		const found = quantileOf(share, buckets, counts) as number;
		expect(Math.max(found, exact) / Math.min(found, exact)).toBeLessThanOrEqual(2);
	}
});
