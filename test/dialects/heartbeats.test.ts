/** Streams that say nothing for a while: their clients hear that they are alive, in their own dialect. */
import { describe, expect, test } from "vitest";
import { temporaryFile } from "../kit/gateway.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { eventsIn, hostOf, post, readerOf, standingStill, streaming, type Wire, wires } from "../kit/spoken.js";

const comment = ": heartbeat\n\n";
const ping = 'event: ping\ndata: {"type":"ping"}\n\n';
const pingOf = (wire: Wire) => (wire === "anthropic.messages" ? ping : comment);
const texts = ["One", " two", " three."];
const timeouts = { holdMs: 0, heartbeatMs: 20 };

async function inFrontOf(spoken: Wire, after: number, more: object = {}) {
	const events = eventsIn(spoken, { texts });
	const { answer, release } = standingStill(events, after);
	const host = await hostOf(answer);
	const gateway = await gatewayWith({
		upstreams: [upstream("one", `${host.url}/v1`, { dialects: [spoken] })],
		routes: [route([target("one/m", { timeouts: { ...timeouts, ...more } })])],
	});
	return { events, gateway, release };
}

describe.each(wires)("an upstream of %s that is silent", (spoken) => {
	/** So many events hold the first text. */
	const upToText = eventsIn(spoken, { texts }).findIndex((event) => event.includes("One")) + 1;

	test.each(wires)("in the middle of its text is covered for a client of %s", async (wire) => {
		const { events, gateway, release } = await inFrontOf(spoken, upToText);
		const reader = readerOf(await post(gateway, wire, streaming(wire)));
		const before = await reader.until(pingOf(wire));
		expect(before.indexOf("One")).toBeLessThan(before.indexOf(pingOf(wire)));
		release();
		const rest = (await reader.toEnd()).replaceAll(pingOf(wire), "");
		expect(rest).toContain(" three.");
		if (wire === spoken) expect(rest).toBe(events.join(""));
	});

	test.each(wires)("before its first event has a head and comments passed to a client of %s", async (wire) => {
		const { events, gateway, release } = await inFrontOf(spoken, 0);
		const response = await post(gateway, wire, streaming(wire));
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		const reader = readerOf(response);
		expect((await reader.until(comment)).replaceAll(comment, "")).toBe("");
		release();
		const all = await reader.toEnd();
		expect(all).toContain(" three.");
		expect(all).not.toContain("event: ping");
		if (wire === spoken) expect(all.replaceAll(comment, "")).toBe(events.join(""));
	});
});

test("a route's bound of 0 leaves silences as they are", async () => {
	const { events, gateway, release } = await inFrontOf("anthropic.messages", 3, { heartbeatMs: 0 });
	const { gateway: beating } = await inFrontOf("anthropic.messages", 3);
	const quiet = readerOf(await post(gateway, "anthropic.messages", { stream: true }));
	await quiet.until("One");
	// Another stream of the same time has had two by now.
	await readerOf(await post(beating, "anthropic.messages", { stream: true })).until(ping + ping);
	release();
	expect(await quiet.toEnd()).toBe(events.join(""));
});

test.each(wires)("a plugin's own stream is covered as well, for a client of %s", async (wire) => {
	const llmgw = new URL("../../src/index.ts", import.meta.url).href;
	const shared = globalThis as unknown as { pieces: object; llmgw: unknown };
	shared.llmgw = await import(/* @vite-ignore */ llmgw);
	let release = () => {};
	const released = new Promise<void>((resolve) => {
		release = resolve;
	});
	const objects = eventsIn(wire, { texts })
		.flatMap((event) => /^data: (\{.*)$/m.exec(event)?.[1] ?? [])
		.map((json) => JSON.parse(json));
	shared.pieces = { objects, released };
	const plugin = temporaryFile(
		"silent.mjs",
		`const { pieces: { objects, released }, llmgw: { answerWith } } = globalThis;
		export default { name: "silent", stage: "upstream", middleware: () => (ctx) => answerWith(ctx, (async function* () {
			yield* objects.slice(0, 1);
			await released;
			yield* objects.slice(1);
		})()) };`,
	);
	const host = await hostOf(() => {});
	const gateway = await gatewayWith(
		{ upstreams: [upstream("one", `${host.url}/v1`)], routes: [route([target("one/m", { timeouts })])] },
		{ plugin: [plugin] },
	);
	const reader = readerOf(await post(gateway, wire, streaming(wire)));
	await reader.until(pingOf(wire));
	release();
	expect((await reader.toEnd()).replaceAll(pingOf(wire), "")).toBe(eventsIn(wire, { texts }).join(""));
	expect(host.received).toEqual([]);
});
