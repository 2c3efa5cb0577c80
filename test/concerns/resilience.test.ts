/** Failover, retries and hedging; clients that leave, and slow ones: the same for every dialect, in both lanes. */
import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { gatewayWith, route } from "../kit/routing.js";
import { fail, startWire, type WireName, wires } from "../kit/wires.js";
import { ask, fewLanes, hostOf, type Lane, lanes, words } from "./lanes.js";

const models = { models: ["public"] };

describe.each(lanes)("%s", (_name, lane) => {
	const { client, wire } = lane;

	test("fails over to an upstream of another kind, unseen", async () => {
		const broken = await hostOf(lane, (_question, response) => fail(response, wires[wire], 500, "Broken"));
		const other: WireName = wire === "chat" ? "messages" : "chat";
		const sound = await startWire(other, () => ({ words }));
		const routes = [route(["a/first", "b/second"], { ...models, retry: { ...route([]).retry, attemptsPerTarget: 1 } })];
		const gateway = await gatewayWith({ upstreams: [broken.settings("a"), sound.settings("b")], routes });
		const heard = await ask(gateway.url, lane);
		expect([heard.status, heard.text, heard.finish]).toEqual([200, words.join(""), client.done]);
		expect(heard.headers.get("x-llmgw-attempts")).toBe(`"a/first";status=500, "b/second";status=200`);
		expect([broken.questions.length, sound.questions[0]?.model]).toEqual([1, "second"]);
	});

	test("asks again after a 429 and a 503, in the time that the upstream names", async () => {
		let asked = 0;
		const host = await hostOf(lane, (_question, response) => {
			asked += 1;
			return asked <= 2
				? fail(response, wires[wire], asked === 1 ? 429 : 503, "Later", { "retry-after": "0" })
				: { words };
		});
		const routes = [route(["one/real-model"], { ...models, retry: { ...route([]).retry, attemptsPerTarget: 3 } })];
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes });
		const heard = await ask(gateway.url, lane);
		expect([heard.status, heard.text, asked]).toEqual([200, words.join(""), 3]);
	});

	test("hedges a slow upstream, and leaves the slower one", async () => {
		const slow = await hostOf(lane, () => undefined);
		const quick = await hostOf(lane);
		const routes = [route(["a/slow", "b/quick"], { ...models, hedge: { afterMs: 20, share: 1 } })];
		const gateway = await gatewayWith({ upstreams: [slow.settings("a"), quick.settings("b")], routes });
		const left = slow.nextAbort();
		const heard = await ask(gateway.url, lane);
		expect([heard.status, heard.text]).toEqual([200, words.join("")]);
		await left;
	});

	test("is refused in the client's words where nobody answers", async () => {
		const host = await hostOf(lane, (_question, response) => void response.destroy());
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes: [route(["one/real-model"], models)] });
		const heard = await ask(gateway.url, lane);
		expect(heard.status).toBeGreaterThanOrEqual(500);
		expect(heard.error?.message).toMatch(/upstream/);
		const kinds: Record<string, RegExp> = { messages: /^api_error$/, Gemini: /^(UNAVAILABLE|INTERNAL)$/ };
		if (client.hasBareErrors) return;
		expect(heard.error?.kind).toMatch(kinds[client.name] ?? /^(upstream_error|server_error)$/);
	});
});

describe.each(fewLanes)("%s", (_name, lane) => {
	test("ends the upstream's work when its client leaves, before and in its answer", async () => {
		const { wire, isStream } = lane;
		const host = await hostOf(lane, (question, response) => {
			if (!question.isStream) return undefined;
			response.writeHead(200, { "content-type": "text/event-stream" });
			const events = wires[wire].events({ words }, question.model);
			response.write(
				events
					.slice(
						0,
						events.findIndex((event) => event.includes("three ")),
					)
					.join(""),
			);
			return undefined;
		});
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes: [route(["one/real-model"], models)] });
		const asking = open(gateway.url, lane);
		const left = host.nextAbort();
		if (isStream) {
			const [response] = await once(asking, "response");
			await once(response, "data");
		} else while (host.questions.length === 0) await new Promise(setImmediate);
		asking.destroy();
		await left;
	});
});

describe.each(fewLanes.filter(([, { isStream }]) => isStream))("%s", (_name, lane) => {
	test("passes events of megabytes, and knows that the stream is whole", async () => {
		const { client, wire } = lane;
		const text = "x".repeat(3 * 1024 * 1024);
		const host = await hostOf(lane, (_question, response) => {
			if (wire !== "gemini") return { words: [text] };
			// Google says text and end in one event.
			response.setHeader("content-type", "text/event-stream");
			response.end(`data: ${JSON.stringify(wires.gemini.whole({ words: [text] }, "real-model"))}\n\n`);
			return undefined;
		});
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes: [route(["one/real-model"], models)] });
		const heard = await ask(gateway.url, lane);
		expect([heard.status, heard.error, heard.finish]).toEqual([200, undefined, client.done]);
		expect(heard.text === text).toBe(true);
	});

	test("reads no faster than its client", async () => {
		const { wire } = lane;
		const text = "x".repeat(8 * 1024);
		let written = 0;
		let isBlocked: () => void = () => {};
		const blocked = new Promise<void>((resolve) => {
			isBlocked = resolve;
		});
		const host = await hostOf(lane, (question, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			const events = wires[wire].events({ words: [text] }, question.model);
			const at = events.findIndex((event) => event.includes(text));
			response.write(events.slice(0, at).join(""));
			const go = () => {
				while (written < 8_000) {
					written += 1;
					if (!response.write(events[at] as string)) {
						isBlocked();
						response.once("drain", go);
						return;
					}
				}
				response.end(events.slice(at + 1).join(""));
			};
			go();
			return undefined;
		});
		const gateway = await gatewayWith({ upstreams: [host.settings()], routes: [route(["one/real-model"], models)] });
		const asking = open(gateway.url, lane);
		const [response] = await once(asking, "response");
		await once(response, "readable");
		await blocked;
		// 64 MB in all: what fits into the sockets' buffers is a fraction of it.
		expect(written).toBeLessThan(4_000);
		let read = 0;
		let mostAhead = 0;
		for await (const bytes of response) {
			read += (bytes as Buffer).length;
			mostAhead = Math.max(mostAhead, written - read / text.length);
		}
		expect([written, read > 8_000 * text.length]).toEqual([8_000, true]);
		// Nor while it reads.
		expect(mostAhead).toBeLessThan(4_000);
	});
});

function open(url: string, { client, isStream }: Lane) {
	const asking = request(url + client.path(isStream), {
		method: "POST",
		headers: { "content-type": "application/json" },
	});
	asking.on("error", () => {});
	asking.end(
		JSON.stringify({ ...client.body("Hello"), ...(isStream && client.name !== "Gemini" ? { stream: true } : {}) }),
	);
	return asking;
}
