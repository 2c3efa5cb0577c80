/** Streams that break in the middle, for clients and upstreams of every dialect: the SDK reads one whole answer. */
import { describe, expect, test } from "vitest";
import type { HostAnswer, Received } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import {
	cutOff,
	eventsIn,
	hearIn,
	hostOf,
	post,
	type Spoken,
	streamed,
	streaming,
	type Wire,
	wires,
} from "../kit/spoken.js";

const texts = ["One, two", " and thr", "ee: that is", " all there is."];
const whole = texts.join("");
/** The same in other pieces. */
const others = ["One", ", two and three", ": that is all there", " is", "."];

/** A route to two upstreams, of which the first is cut off as `sent` says at the time. */
async function inFrontOf(
	[first, second]: readonly [Wire, Wire],
	{ answer, sent, capabilities = {} }: { answer: HostAnswer; sent: () => string | Buffer; capabilities?: object },
) {
	const breaking = await hostOf((...asked) => cutOff(sent())(...asked));
	const other = await hostOf(answer);
	const targets = [target("first/m"), target("second/m", { capabilities })];
	const gateway = await gatewayWith({
		upstreams: [
			upstream("first", `${breaking.url}/v1`, { dialects: [first] }),
			upstream("second", `${other.url}/v1`, { dialects: [second] }),
		],
		routes: [route(targets, { retry: { ...route([]).retry, attemptsPerTarget: 1 } })],
	});
	return { gateway, other };
}

/** In each dialect's own words. */
const finished = (wire: Wire, isCall = false) =>
	({
		"openai.chat": isCall ? "tool_calls" : "stop",
		"anthropic.messages": isCall ? "tool_use" : "end_turn",
		"openai.responses": "completed",
	})[wire];

/** The last event that says something of the answer itself; an upstream that is cut after it has said all. */
const lastOf = (wire: Wire) => (wire === "openai.responses" ? 1 : wire === "anthropic.messages" ? 2 : 3);

const pairs = wires.flatMap((first) => wires.map((second) => [first, second] as const));

describe.each(wires)("a client of %s", (wire) => {
	test.each(pairs)("reads a whole text of %s, cut after any event, that %s goes on with", async (first, second) => {
		const events = eventsIn(first, { texts, by: "a" });
		let after = 0;
		const { gateway } = await inFrontOf([first, second], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(second, { texts: others, by: "b", usage: { input: 9, output: 7 } })),
		});
		for (; after <= events.length - lastOf(first); after += 1) {
			const heard = await hearIn(gateway, wire);
			expect(heard, `after ${after} events`).toEqual({
				text: whole,
				deltas: whole,
				reasoning: "",
				calls: [],
				finish: finished(wire),
				usage: { input: 9, output: 7 },
			});
		}
	});
});

/** A continuation: the second upstream says what follows on the text that it was sent. */
function goingOn(wire: Wire, received: Received[]): HostAnswer {
	return (request, response, message) => {
		received.push(request);
		const { messages, input } = JSON.parse(request.body.toString());
		const last = (messages ?? input).at(-1);
		const said: string = typeof last.content === "string" ? last.content : last.content[0].text;
		const rest = last.role === "assistant" ? whole.slice(said.length) : whole;
		return streamed(eventsIn(wire, { texts: [rest], by: "b", usage: { input: 12, output: 2 } }))(
			request,
			response,
			message,
		);
	};
}

describe.each(wires)("a client of %s", (wire) => {
	test.each(wires)("has the text so far gone on with by an upstream of %s that can", async (second) => {
		for (const first of wires) {
			const events = eventsIn(first, { texts, by: "a" });
			const after = events.findIndex((event) => event.includes("thr")) + 1;
			const received: Received[] = [];
			const { gateway } = await inFrontOf([first, second], {
				sent: () => events.slice(0, after).join(""),
				answer: goingOn(second, received),
				capabilities: { prefill: "assistant" },
			});
			const limits = wire === "openai.responses" ? { max_output_tokens: 100 } : {};
			const heard = await hearIn(gateway, wire, limits);
			expect(heard).toMatchObject({ text: whole, deltas: whole, finish: finished(wire) });
			// Two pieces came before, which the second upstream counted in its prompt.
			expect(heard.usage).toEqual({ input: 10, output: 4 });
			const asked = JSON.parse(received[0]?.body.toString() ?? "");
			const last = (asked.messages ?? asked.input).at(-1);
			expect([last.role, JSON.stringify(last.content)]).toEqual([
				"assistant",
				expect.stringContaining("One, two and thr"),
			]);
			expect(asked.max_tokens ?? asked.max_output_tokens).toBe(98);
		}
	});
});

test("vLLM and SGLang are asked to go on in their own words, whatever the client speaks", async () => {
	for (const wire of wires) {
		const events = eventsIn("openai.responses", { texts, by: "a" });
		const received: Received[] = [];
		const { gateway } = await inFrontOf(["openai.responses", "openai.chat"], {
			sent: () => events.slice(0, 6).join(""),
			answer: goingOn("openai.chat", received),
			capabilities: { prefill: "continue_final_message" },
		});
		expect((await hearIn(gateway, wire)).text).toBe(whole);
		expect(JSON.parse(received[0]?.body.toString() ?? "")).toMatchObject({
			continue_final_message: true,
			add_generation_prompt: false,
		});
	}
});

describe.each(wires)("a stream for a client of %s that is cut at any byte", (wire) => {
	test.each(wires)("and comes from an upstream of %s is whole or ends with an error", async (first) => {
		const said: Spoken = { texts: ["Ünï", "cödé 😀", " and ", "more 😀😁."], by: "a" };
		const bytes = Buffer.from(eventsIn(first, said).join(""));
		const text = said.texts?.join("");
		let at = 0;
		const { gateway } = await inFrontOf([first, wire], {
			sent: () => bytes.subarray(0, at),
			answer: streamed(eventsIn(wire, { ...said, by: "b" })),
		});
		// A fixed walk, so that a failure can be seen again.
		for (at = 1; at < bytes.length; at += 211) {
			const heard = await hearIn(gateway, wire);
			expect([heard.text, heard.deltas], `at byte ${at}`).toEqual([text, text]);
		}
	});
});

const call = { name: "look", arguments: ['{"at"', ':"sky"}'] };

/** The whole stream as the client is sent it. */
async function sentTo(gateway: { url: string }, wire: Wire): Promise<string> {
	return (await post(gateway, wire, streaming(wire))).text();
}

const isWhole = /\[DONE\]|message_stop|response\.completed/;

describe.each(["anthropic.messages", "openai.responses"] as const)("a client of %s", (wire) => {
	const cuts = (events: readonly string[], from: RegExp, to: RegExp) => {
		const first = events.findIndex((event) => from.test(event)) + 1;
		const last = events.findIndex((event) => to.test(event));
		return Array.from({ length: last - first + 1 }, (_, at) => first + at);
	};

	test("is told honestly of half a tool call", async () => {
		const events = eventsIn(wire, { texts, call, by: "a" });
		let after = 0;
		const { gateway, other } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(wire, { texts, call, by: "b" })),
		});
		for (after of cuts(events, /"look"/, /sky/)) {
			const text = await sentTo(gateway, wire);
			expect(text).toMatch(wire === "anthropic.messages" ? /event: error\n/ : /event: response\.failed\n/);
			expect(text).not.toMatch(isWhole);
			expect(text.startsWith(events.slice(0, after).join(""))).toBe(true);
		}
		expect(other.received).toEqual([]);
	});

	test("reads the answer to its end after a whole tool call", async () => {
		const events = eventsIn(wire, { texts, call, by: "a" });
		let after = 0;
		const { gateway } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(wire, { texts: others, call, by: "b" })),
		});
		const from = events.findLastIndex((event) => event.includes("sky")) + 1;
		for (after = from; after <= events.length - lastOf(wire); after += 1) {
			const heard = await hearIn(gateway, wire);
			expect(heard).toMatchObject({ text: whole, finish: finished(wire, true) });
			expect(heard.calls).toEqual([{ name: "look", arguments: { at: "sky" } }]);
		}
	});

	test("is told honestly of reasoning that is signed, in its middle", async () => {
		const events = eventsIn(wire, { reasoning: "Hm. So.", texts, by: "a" });
		let after = 0;
		const { gateway, other } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(wire, { reasoning: "Hm. So.", texts, by: "b" })),
		});
		const end = wire === "anthropic.messages" ? /content_block_stop/ : /summary_text\.done/;
		for (after of cuts(events, /Hm\./, end)) {
			const text = await sentTo(gateway, wire);
			expect(text).toMatch(wire === "anthropic.messages" ? /event: error\n/ : /event: response\.failed\n/);
			expect(text).not.toMatch(isWhole);
		}
		expect(other.received).toEqual([]);
	});

	test("reads text after reasoning that another upstream repeats, under the first signature", async () => {
		const events = eventsIn(wire, { reasoning: "Hm.", texts, by: "a" });
		const after = events.findIndex((event) => event.includes("One")) + 1;
		const { gateway } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(wire, { reasoning: "Hm.", texts: others, by: "b" })),
		});
		expect(await hearIn(gateway, wire)).toMatchObject({ reasoning: "Hm.", text: whole, deltas: whole });
		expect(await sentTo(gateway, wire)).not.toContain("signed-b");
	});

	test("gets no second answer that departs, but the error, in its place", async () => {
		const events = eventsIn(wire, { texts, by: "a" });
		const after = events.findIndex((event) => event.includes("thr")) + 1;
		const { gateway } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: streamed(eventsIn(wire, { texts: ["One, two and four."], by: "b" })),
		});
		const text = await sentTo(gateway, wire);
		expect(text).not.toMatch(isWhole);
		expect(text).not.toContain("four");
		if (wire === "anthropic.messages") expect(text).toMatch(/event: error\ndata: .*"api_error".*\n\n$/);
		else expect(text).toContain(`"type":"response.failed","sequence_number":${after},`);
	});

	test("gets an error in its place from a second answer that breaks as well", async () => {
		const events = eventsIn(wire, { texts, by: "a" });
		const after = events.findIndex((event) => event.includes("thr")) + 1;
		const others = eventsIn(wire, { texts, by: "b" });
		const { gateway } = await inFrontOf([wire, wire], {
			sent: () => events.slice(0, after).join(""),
			answer: cutOff(others.slice(0, others.findIndex((event) => event.includes("ee: that")) + 1).join("")),
		});
		const text = await sentTo(gateway, wire);
		expect(text).toContain("ee: that");
		expect(text).not.toMatch(isWhole);
		if (wire === "openai.responses") expect(text).toContain(`"type":"response.failed","sequence_number":${after + 1},`);
	});
});

test("an id that a client was given stays that of the answer", async () => {
	const events = eventsIn("openai.responses", { texts, by: "a" });
	const after = events.findIndex((event) => event.includes("thr")) + 1;
	const { gateway } = await inFrontOf(["openai.responses", "openai.chat"], {
		sent: () => events.slice(0, after).join(""),
		answer: streamed(eventsIn("openai.chat", { texts, by: "b" })),
	});
	const text = await sentTo(gateway, "openai.responses");
	const completed = JSON.parse(/event: response\.completed\ndata: (.*)/.exec(text)?.[1] ?? "");
	expect(completed.response).toMatchObject({ id: "resp_a", created_at: 1, output: [{ id: "msg_a" }] });
	expect(text).not.toMatch(/"(item_id|id)":"(?!resp_a|msg_a)/);
});
