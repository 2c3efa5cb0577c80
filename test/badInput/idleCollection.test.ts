/** After large bodies a worker that has nothing to do gives their memory back. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { idleCollection } from "../../src/exchange/idleCollection.js";

const large = 40 * 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("garbage is collected once, a second after the last of many large bodies", () => {
	const collect = vi.fn();
	const { noteFreed } = idleCollection(() => true, collect);
	for (let body = 0; body < 4; body += 1) {
		noteFreed(large);
		vi.advanceTimersByTime(900);
	}
	expect(collect).not.toHaveBeenCalled();
	vi.advanceTimersByTime(100);
	expect(collect).toHaveBeenCalledTimes(1);
});

test("once more ten seconds later, since only then V8 shrinks the space of new objects", () => {
	for (const isBusyThen of [false, true]) {
		const collect = vi.fn();
		let isIdle = true;
		const { noteFreed } = idleCollection(() => isIdle, collect);
		noteFreed(2 * large);
		vi.advanceTimersByTime(10_900);
		expect(collect).toHaveBeenCalledTimes(1);
		isIdle = !isBusyThen;
		vi.advanceTimersByTime(60_000);
		expect(collect).toHaveBeenCalledTimes(isBusyThen ? 1 : 2);
	}
});

test("garbage of the start is collected after some seconds, and in a worker that is busy then once it rests", () => {
	for (const isBusy of [false, true]) {
		const collect = vi.fn();
		let isIdle = !isBusy;
		const { noteStart, noteFreed } = idleCollection(() => isIdle, collect);
		noteStart();
		vi.advanceTimersByTime(9900);
		expect(collect).not.toHaveBeenCalled();
		vi.advanceTimersByTime(100);
		expect(collect).toHaveBeenCalledTimes(isBusy ? 0 : 1);
		isIdle = true;
		if (isBusy) noteFreed(1);
		vi.advanceTimersByTime(9900);
		expect(collect).toHaveBeenCalledTimes(1);
	}
});

test("a worker that has answered hundreds of requests by then keeps the code that V8 has optimized for them", () => {
	for (const bodies of [400, 600]) {
		const collect = vi.fn();
		const { noteStart, noteFreed } = idleCollection(() => true, collect);
		noteStart();
		for (let body = 0; body < bodies; body += 1) noteFreed(1024);
		vi.advanceTimersByTime(10_000);
		expect(collect).toHaveBeenCalledTimes(bodies === 400 ? 1 : 0);
		for (let body = 0; body < 2; body += 1) noteFreed(large);
		vi.advanceTimersByTime(1000);
		expect(collect).toHaveBeenCalledTimes(bodies === 400 ? 2 : 1);
	}
});

test("the second time is put off while requests come", () => {
	const collect = vi.fn();
	const { noteFreed } = idleCollection(() => true, collect);
	noteFreed(2 * large);
	vi.advanceTimersByTime(1000);
	for (let body = 0; body < 20; body += 1) {
		noteFreed(1024);
		vi.advanceTimersByTime(5000);
	}
	expect(collect).toHaveBeenCalledTimes(1);
	vi.advanceTimersByTime(5000);
	expect(collect).toHaveBeenCalledTimes(2);
});

test("small bodies are not worth it, and while a body is held nothing is done", () => {
	const collect = vi.fn();
	let isIdle = true;
	const { noteFreed } = idleCollection(() => isIdle, collect);
	for (let body = 0; body < 100_000; body += 1) noteFreed(1024);
	vi.advanceTimersByTime(10_000);
	isIdle = false;
	noteFreed(2 * large);
	vi.advanceTimersByTime(10_000);
	expect(collect).not.toHaveBeenCalled();
	isIdle = true;
	noteFreed(1);
	vi.advanceTimersByTime(1000);
	expect(collect).toHaveBeenCalledTimes(1);
});
