import { describe, expect, test } from "vitest";
import { PeakEwma } from "../../src/upstream/routing/latency.js";
import { LatencyQuantile } from "../../src/upstream/routing/quantile.js";
import { seeded } from "./build.js";

describe("the moving average", () => {
	test("knows nothing at first, and nothing from what is no time", () => {
		const average = new PeakEwma();
		for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) average.observe(ms, 0);
		expect(average.value(0)).toBeUndefined();
	});

	test("rises at once", () => {
		const average = new PeakEwma();
		average.observe(100, 0);
		average.observe(900, 1);
		expect(average.value(1)).toBe(900);
	});

	test("sinks slowly: after 10 s of good answers about a third of the bad one is left", () => {
		const average = new PeakEwma();
		average.observe(1000, 0);
		for (let now = 100; now <= 10_000; now += 100) average.observe(0, now);
		expect(average.value(10_000)).toBeCloseTo(1000 / Math.E, 3);
	});

	test("a single good answer soon after a bad one hardly counts", () => {
		const average = new PeakEwma();
		average.observe(1000, 0);
		average.observe(10, 10);
		expect(average.value(10)).toBeGreaterThan(980);
	});

	test("sinks without answers too, so that a slow target is asked again", () => {
		const average = new PeakEwma();
		average.observe(1000, 0);
		expect(average.value(10_000)).toBeCloseTo(1000 / Math.E, 3);
		expect(average.value(60_000)).toBeLessThan(3);
		expect(average.value(0), "reading changes nothing").toBe(1000);
	});

	test("a clock that goes back does no harm", () => {
		const average = new PeakEwma();
		average.observe(100, 1000);
		average.observe(50, 0);
		expect(average.value(0)).toBe(100);
	});
});

describe("the 95th percentile", () => {
	test("is unknown until there are 20 samples, of those that are times", () => {
		const quantile = new LatencyQuantile();
		for (let at = 1; at < 20; at += 1) quantile.add(at);
		for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) quantile.add(ms);
		expect(quantile.p95()).toBeUndefined();
		quantile.add(20);
		expect(quantile.p95()).toBe(19);
	});

	test("is that of the samples, in whatever order they came", () => {
		const quantile = new LatencyQuantile();
		const random = seeded();
		const samples = Array.from({ length: 512 }, () => Math.floor(random() * 10_000));
		for (const ms of samples) quantile.add(ms);
		expect(quantile.p95()).toBe(samples.sort((one, other) => one - other)[486]);
	});

	test("follows what is new and forgets what is old", () => {
		const quantile = new LatencyQuantile();
		for (let at = 0; at < 1000; at += 1) quantile.add(5000);
		for (let at = 0; at < 64; at += 1) quantile.add(10);
		expect(quantile.p95(), "most are still slow").toBe(5000);
		for (let at = 0; at < 448; at += 1) quantile.add(10);
		expect(quantile.p95()).toBe(10);
	});
});
