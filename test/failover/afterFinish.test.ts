/** What an upstream sends after its finish reasons, and how long the gateway waits for it. */
import { describe, expect, test } from "vitest";
import { chunk, completion, type HostAnswer, startAiHost, startStream } from "../kit/aiHost.js";
import { jsonOf, postChat, type TestGateway } from "../kit/gateway.js";
import { gatewayWith, question, route, type TargetOptions, target, upstream } from "../kit/routing.js";

const terminator = "data: [DONE]\n\n";
const stop = chunk({}, "stop");
/** Longer than the second after which such streams were once ended. */
const lateMs = 1_300;
const late = () => new Promise((resolve) => setTimeout(resolve, lateMs));

function usageEvent(tokens: number): string {
	const usage = { prompt_tokens: 3, completion_tokens: tokens, total_tokens: 3 + tokens };
	return `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices: [], usage })}\n\n`;
}

function choice(index: number, delta: object, reason: string | null = null): string {
	const choices = [{ index, delta, finish_reason: reason }];
	return `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices, usage: undefined })}\n\n`;
}

/** A host that sends these one after the other, late, and then does as told. */
function sends(events: string[], end: (response: Parameters<HostAnswer>[1]) => void): HostAnswer {
	return async (_request, response) => {
		startStream(response);
		response.write(events[0]);
		for (const event of events.slice(1)) {
			await late();
			response.write(event);
		}
		end(response);
	};
}

async function inFrontOf(answer: HostAnswer, options: TargetOptions = {}) {
	const host = await startAiHost(answer);
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${host.url}/v1`)],
		routes: [route([target("a", options)])],
	});
	return { host, gateway };
}

async function textOf({ baseUrl }: TestGateway, more: object = {}): Promise<string> {
	return (await postChat(baseUrl, { ...question, stream: true, ...more })).text();
}

const call = { index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };

test("what comes late after a finish reason is delivered as it came", async () => {
	const cases: [string, string[], object][] = [
		["the real text", [chunk({ content: "Let me see." }) + stop, chunk({ content: "It is blue." }) + stop], {}],
		[
			"a call of a tool",
			[chunk({ content: "Hm." }) + stop, chunk({ tool_calls: [call] }), chunk({}, "tool_calls")],
			{},
		],
		["token counts", [chunk({ content: "Hi" }) + stop, usageEvent(7)], { stream_options: { include_usage: true } }],
		[
			"more text after token counts",
			[chunk({ content: "Hi" }) + stop + usageEvent(7), chunk({ content: " there" }) + stop + usageEvent(9)],
			{ stream_options: { include_usage: true } },
		],
		[
			"another choice",
			[
				choice(0, { content: "a" }, "stop") + choice(1, { content: "b" }),
				choice(1, { content: "c" }),
				choice(1, {}, "stop"),
			],
			{ n: 2 },
		],
		[
			"a second thought of each choice",
			[
				choice(0, { content: "a" }, "stop") + choice(1, {}, "stop"),
				choice(1, { content: "c" }),
				choice(1, {}, "length"),
			],
			{ n: 2 },
		],
	];
	// At once, since each takes a second and more.
	const asked = cases.map(async ([name, events, more]) => {
		const { gateway } = await inFrontOf(sends([...events, terminator], (response) => response.end()));
		return [name, await textOf(gateway, more)];
	});
	expect(await Promise.all(asked)).toEqual(cases.map(([name, events]) => [name, [...events, terminator].join("")]));
});

test("a late answer is stored and counted with all of it", async () => {
	const events = [
		chunk({ content: "Hm." }) + stop,
		chunk({ tool_calls: [call] }),
		chunk({}, "tool_calls") + usageEvent(7),
	];
	const { gateway } = await inFrontOf(sends([...events, terminator], (response) => response.end()));
	const text = await textOf(gateway, { store: true, stream_options: { include_usage: true } });
	const id = /"id":"(chatcmpl-[^"]+)"/.exec(text)?.[1];
	const stored = await jsonOf(await fetch(`${gateway.baseUrl}/chat/completions/${id}`));
	expect(stored).toMatchObject({
		choices: [{ finish_reason: "tool_calls", message: { content: "Hm.", tool_calls: [{ id: "call_1" }] } }],
		usage: { prompt_tokens: 3, completion_tokens: 7 },
	});
	const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
	expect(metrics).toMatch(/llmgw_tokens_total\{[^}]*"output"[^}]*\} 7\n/);
});

describe("a host that neither says [DONE] nor hangs up", () => {
	const keptAlive = (events: string): HostAnswer => {
		return (_request, response) => {
			startStream(response);
			response.write(events);
			const timer = setInterval(() => response.write(": still here\n\n"), 50);
			response.on("close", () => clearInterval(timer));
		};
	};

	test("is listened to for the idle limit; then its stream is whole", async () => {
		const { gateway, host } = await inFrontOf(keptAlive(chunk({ content: "Hi" }) + stop), {
			timeouts: { idleMs: 400 },
		});
		const aborted = host.nextAbort();
		const startedMs = performance.now();
		expect((await textOf(gateway)).endsWith(terminator)).toBe(true);
		expect(performance.now() - startedMs).toBeGreaterThan(395);
		await aborted;
	});

	test("is listened to for `end` once its token counts have come", async () => {
		const answer = keptAlive(chunk({ content: "Hi" }) + stop + usageEvent(7));
		const { gateway, host } = await inFrontOf(answer, { timeouts: { endMs: 300, idleMs: 60_000 } });
		const aborted = host.nextAbort();
		expect((await textOf(gateway)).endsWith(terminator)).toBe(true);
		await aborted;
	});

	test("has stalled where it began to speak again, and gave no new reason", async () => {
		const { gateway } = await inFrontOf(
			(_request, response) => {
				startStream(response);
				response.write(chunk({ content: "Hi" }) + stop + chunk({ content: " again" }));
			},
			{ timeouts: { idleMs: 300, endMs: 100 } },
		);
		const text = await textOf(gateway);
		expect(text).toContain("upstream_idle_timeout");
		expect(text).not.toContain("[DONE]");
	});
});

test("what breaks off after it began to speak again is gone on with elsewhere", async () => {
	const said = [chunk({ content: "Let me see. " }), stop, chunk({ content: "It is " })];
	const hosts = await Promise.all([
		startAiHost((_request, response) => {
			startStream(response);
			response.write(said.join(""), () => response.destroy());
		}),
		startAiHost((_request, response) => {
			startStream(response);
			response.end(chunk({ content: "Let me see. It is blue." }) + stop + terminator);
		}),
	]);
	const gateway = await gatewayWith({
		upstreams: [upstream("a", `${hosts[0].url}/v1`), upstream("b", `${hosts[1].url}/v1`)],
		routes: [route(["a", "b"])],
	});
	expect(await textOf(gateway)).toBe([...said, chunk({ content: "blue." }), stop, terminator].join(""));
});

describe("an end without [DONE]", () => {
	const answers = (events: string, isClean: boolean): HostAnswer => {
		return (_request, response) => {
			startStream(response);
			if (isClean) response.end(events);
			else response.write(events, () => response.destroy());
		};
	};

	test.each([
		["clean, after a finish reason", chunk({ content: "Hi" }) + stop, true, true],
		["clean, after token counts", chunk({ content: "Hi" }) + stop + usageEvent(7), true, true],
		[
			"broken off, after token counts, which are all there was to come",
			chunk({ content: "Hi" }) + stop + usageEvent(7),
			false,
			true,
		],
		["broken off, after a finish reason", chunk({ content: "Hi" }) + stop, false, false],
		[
			"broken off, after a second thought",
			`${chunk({ content: "Hi" }) + stop}${chunk({ content: "!" })}`,
			false,
			false,
		],
	])("%s", async (_name, events, isClean, isWhole) => {
		const { gateway } = await inFrontOf(answers(events, isClean));
		const text = await textOf(gateway, { stream_options: { include_usage: true } });
		expect(text.startsWith(events)).toBe(true);
		const rest = text.slice(events.length);
		if (isWhole) expect(rest).toBe(terminator);
		else expect(rest).toMatch(/^data: \{"error"/);
	});
});
