/** Real SDKs whose connection breaks at each of eight moments of a stream, and who ask again with the same key. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import type { UsageRecorder } from "../../src/accounting/usageRecorder.js";
import type { UsageRecord } from "../../src/store/usageTypes.js";
import { gatewayOver, startSteppedHost } from "./kit.js";

/** @returns how many of the characters that have come are passed before the connection breaks; undefined while it doesn't */
type Cut = (received: string) => number | undefined;

/** A connection to the gateway that breaks once, after what `cut` says. */
async function startBrittleWire(to: number, cut: Cut): Promise<{ url: string; hasBroken(): boolean }> {
	let hasBroken = false;
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		const gateway = connect(to, "127.0.0.1");
		let received = "";
		for (const socket of [client, gateway]) {
			sockets.add(socket);
			socket.on("error", () => {});
		}
		client.on("close", () => gateway.destroy()).on("data", (bytes) => gateway.write(bytes));
		gateway.on("close", () => client.destroy());
		gateway.on("data", (bytes) => {
			const passed = received.length;
			received += bytes.toString("latin1");
			const most = hasBroken ? undefined : cut(received);
			if (most === undefined) {
				client.write(bytes);
				return;
			}
			hasBroken = true;
			client.write(bytes.subarray(0, Math.max(0, most - passed)), () => client.destroy());
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hasBroken: () => hasBroken };
}

const after =
	(text: string, shift = 0): Cut =>
	(received) => {
		const at = received.indexOf(text);
		return at === -1 ? undefined : at + text.length + shift;
	};
/** What comes last in a stream of the client's dialect, and the beginning of that event. */
interface Ends {
	readonly last: string;
}

const moments: readonly (readonly [name: string, cut: (ends: Ends) => Cut])[] = [
	["before the head", () => () => 0],
	["after the head", () => after("\r\n\r\n")],
	[
		"after the first event",
		() => (received) => {
			const head = received.indexOf("\r\n\r\n");
			const event = head === -1 ? -1 : received.indexOf("\n\n", head + 4);
			return event === -1 ? undefined : event + 2;
		},
	],
	["in the middle of an event", () => after(" two", -2)],
	[
		"between two events",
		() => (received) => {
			const word = received.indexOf(" two");
			const end = word === -1 ? -1 : received.indexOf("\n\n", word);
			return end === -1 ? undefined : end + 2;
		},
	],
	["before the last event", ({ last }) => after(last, -last.length)],
	[
		"after the last event",
		({ last }) =>
			(received) => {
				const at = received.indexOf(last);
				const end = at === -1 ? -1 : received.indexOf("\n\n", at);
				return end === -1 ? undefined : end + 2;
			},
	],
	["after the end", () => () => undefined],
];

/** Keeps the bytes that an SDK is given. */
function recordingFetch(): { fetch: typeof fetch; bodies: string[] } {
	const bodies: string[] = [];
	return {
		bodies,
		async fetch(input, init) {
			const at = bodies.push("") - 1;
			const response = await fetch(input, init);
			const seen = response.body?.pipeThrough(
				new TransformStream<Uint8Array, Uint8Array>({
					transform(bytes, controller) {
						bodies[at] += Buffer.from(bytes).toString("latin1");
						controller.enqueue(bytes);
					},
				}),
			);
			return new Response(seen ?? null, { status: response.status, headers: response.headers });
		},
	};
}

const messages = [{ role: "user" as const, content: "Count" }];
const key = { headers: { "idempotency-key": "turn-1" } };

const sdks: readonly {
	name: string;
	last: string;
	/** Reads a whole stream. @returns its text. @throws Error if it breaks */
	read(url: string, fetch: typeof globalThis.fetch): Promise<string>;
}[] = [
	{
		name: "OpenAI's",
		last: "data: [DONE]",
		async read(url, fetch) {
			const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 2, fetch });
			const stream = await client.chat.completions.create({ model: "m", stream: true, messages }, key);
			let text = "";
			let finish: string | null = null;
			for await (const { choices } of stream) {
				text += choices[0]?.delta.content ?? "";
				finish = choices[0]?.finish_reason ?? finish;
			}
			if (finish === null) throw new Error("the stream has broken");
			return text;
		},
	},
	{
		name: "OpenAI's, for Responses",
		last: "event: response.completed",
		async read(url, fetch) {
			const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 2, fetch });
			const stream = await client.responses.create({ model: "m", stream: true, input: "Count" }, key);
			let text = "";
			let isWhole = false;
			for await (const event of stream) {
				if (event.type === "response.output_text.delta") text += event.delta;
				isWhole ||= event.type === "response.completed";
			}
			if (!isWhole) throw new Error("the stream has broken");
			return text;
		},
	},
	{
		name: "Anthropic's",
		last: "event: message_stop",
		async read(url, fetch) {
			const client = new Anthropic({ baseURL: url, apiKey: "k", maxRetries: 2, fetch });
			const stream = await client.messages.create({ model: "m", max_tokens: 9, stream: true, messages }, key);
			let text = "";
			let isWhole = false;
			for await (const event of stream) {
				if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
				isWhole ||= event.type === "message_stop";
			}
			if (!isWhole) throw new Error("the stream has broken");
			return text;
		},
	},
];

describe.each(sdks)("$name SDK", ({ read, last }) => {
	test.each(moments)("gets one generation with the same bytes if its connection breaks %s", async (name, cutFor) => {
		const host = await startSteppedHost();
		host.finish();
		const { port, gateway } = await gatewayOver(host);
		const records: UsageRecord[] = [];
		(gateway.services.usage as UsageRecorder).add = (record) => void records.push(record);
		const wire = await startBrittleWire(port, cutFor({ last }));
		const { fetch, bodies } = recordingFetch();
		// Whoever has got a part of a stream tries again himself; SDKs do it only before that.
		const first = await read(wire.url, fetch).catch(() => undefined);
		const text = await read(wire.url, fetch);
		expect(wire.hasBroken(), "the connection has broken").toBe(name !== "after the end");
		expect(text).toBe("One two three four");
		if (first !== undefined) expect(first).toBe(text);
		const whole = bodies.at(-1) as string;
		expect(whole).toContain(last);
		for (const part of bodies) expect(whole.startsWith(part)).toBe(true);
		expect(host.received).toHaveLength(1);
		expect(host.aborted).toBe(0);
		await expect.poll(() => records.length).toBe(1);
		expect(records[0]).toMatchObject({ outcome: "completed", status: 200 });
	});
});
