import { describe, expect, test } from "vitest";
import { createBreaker, type Judgement } from "../../src/upstream/health/breaker.js";
import { threeFailures } from "../kit/upstreams.js";

/**
 * A line is what happens, and the state after it: `F` a failure, `s` a success, `+500` time, `enter` a request that is
 * let through, `ok`, `failed` or `ignored` the end of a probe.
 */
function play(steps: string): string {
	let now = 0;
	const breaker = createBreaker(threeFailures, () => now);
	for (const step of steps.split(" ")) {
		if (step === "F") breaker.record(breaker.generation, 0, 1);
		else if (step === "s") breaker.record(breaker.generation, 1, 0);
		else if (step === "enter") expect(breaker.admits() && breaker.enter()).toBe(true);
		else if (step.startsWith("+")) now += Number(step.slice(1));
		else breaker.endProbe(step as Judgement);
	}
	return breaker.admits() && breaker.state === "half_open" ? "half_open, free" : breaker.state;
}

test.each([
	["F F", "closed"],
	["F F F", "open"],
	// Half of six is the share that is needed.
	["s s s F F F", "open"],
	["s s s s F F F", "closed"],
	["s s s s F F F F", "open"],
	// A success is no reason to open, whatever the share is by then.
	["F F +10001 F s s", "closed"],
	["F F +9999 F", "open"],
	["F F F +999", "open"],
	["F F F +1000", "half_open, free"],
	["F F F +1000 enter", "half_open"],
	["F F F +1000 enter +100000", "half_open"],
	["F F F +1000 enter ignored", "half_open, free"],
	["F F F +1000 enter ignored enter ok", "closed"],
	["F F F +1000 enter ok F F", "closed"],
	["F F F +1000 enter ok F F F", "open"],
	["F F F +1000 enter failed +1999", "open"],
	["F F F +1000 enter failed +2000", "half_open, free"],
	["F F F +1000 enter failed +2000 enter failed +4000 enter failed +8000 enter failed +7999", "open"],
	["F F F +1000 enter failed +2000 enter failed +4000 enter failed +8000 enter failed +8000", "half_open, free"],
	// Requests that have nowhere else to go close it when fewer of them fail than the share that opens it.
	["F F F s", "closed"],
	["F F F F s", "open"],
	["F F F F s s", "closed"],
	["F F F F +10000 s", "closed"],
	["F F F +1000 F F enter ok", "half_open, free"],
	["F F F +1000 F F enter ok enter ok enter ok", "closed"],
	// Closing forgets how often it opened.
	["F F F +1000 enter failed +2000 enter ok F F F +1000", "half_open, free"],
])("%s: %s", (steps, state) => {
	expect(play(steps)).toBe(state);
});

describe("a request that began before the breaker opened", () => {
	test("does not open it again when it fails after the host is well", () => {
		let now = 0;
		const breaker = createBreaker(threeFailures, () => now);
		const { generation } = breaker;
		breaker.record(generation, 0, 3);
		now += 1000;
		breaker.enter();
		breaker.endProbe("ok");
		breaker.record(generation, 0, 50);
		expect(breaker.state).toBe("closed");
		expect(breaker.counts).toEqual({ ok: 0, failed: 0 });
	});

	test("does not close it when it succeeds", () => {
		const breaker = createBreaker(threeFailures, () => 0);
		const { generation } = breaker;
		breaker.record(generation, 0, 3);
		breaker.record(generation, 9, 0);
		expect(breaker.state).toBe("open");
	});
});

test("other settings hold for what has been counted already", () => {
	const breaker = createBreaker(threeFailures, () => 0);
	breaker.record(0, 0, 2);
	breaker.reconfigure({ ...threeFailures, failures: 2 });
	breaker.record(0, 0, 1);
	expect(breaker.state).toBe("open");
});
