import { describe, expect, test } from "vitest";
import { referenceAnswer, referenceCalls, referenceJson } from "../../src/mockHosts/lab/referenceAnswers.js";
import type { Route, Target } from "../../src/settings/routes.js";
import { clientOf, hear, inFrontOfLab, question, route, target } from "../kit/routing.js";

const quick = { timeouts: { idleMs: 300 } };
const continues = { capabilities: { prefill: "continue_final_message" } } as const;
const prefills = { capabilities: { prefill: "assistant" } } as const;

/** All that is sent, as it is on the wire. */
async function rawStream({ baseUrl }: { baseUrl: string }, request: object = {}): Promise<string> {
	const response = await fetch(`${baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...question, ...request, stream: true }),
	});
	return response.text();
}

const breaks = [
	["cut", "cut:20"],
	["cut after the first piece", "cut:1"],
	["cut before the last piece", "cut:119"],
	["reset", "cut:20,as=reset"],
	["stalled", "stall:20"],
	["ended without a finish reason", "no-finish:20"],
	["ended with [DONE] and no finish reason", "no-finish:20,as=done"],
	["broken off with an error event", "error-event:20"],
	["broken off with a named error event", "error-event:20,as=event"],
	["broken off with an error event and [DONE]", "error-event:20,as=done"],
] as const;

describe.each(breaks)("a stream that is %s", (_name, fault) => {
	test.each<[string, Target]>([
		["begins anew, in other pieces", target("b/ok,pieces=7")],
		["begins anew, with other escapes", target("b/ok,escape=1")],
		["continues, as vLLM does", target("b/ok,prefill=continue", continues)],
		["continues, as llama.cpp does", target("b/ok,prefill=assistant", prefills)],
		["continues, though its template cuts white space off", target("b/ok,prefill=continue,trim=1", continues)],
		["refuses to continue and begins anew", target("b/ok,prefill=reject", continues)],
		["ignores what it should continue", target("b/ok,prefill=ignore", prefills)],
		["says again what it should continue", target("b/ok,prefill=echo", prefills)],
	])("is rescued by a target that %s", async (rescuerName, rescuer) => {
		// Configured capabilities are trusted if there is too little text to find out.
		if (fault === "cut:1" && /ignores|says again/.test(rescuerName)) return;
		const { client, gateway } = await inFrontOfLab([target(`a/${fault}`, quick), rescuer]);
		const heard = await hear(client);
		expect(heard).toMatchObject({ text: referenceAnswer, finishReason: "stop", error: undefined });
		expect(heard.ids.size).toBe(1);
		expect(gateway.printed.join("\n")).toContain("The upstream a");
	});
});

test("usage counts each part of a rescued answer once", async () => {
	const whole = await hear((await inFrontOfLab(["a/ok"])).client);
	const usageOf = async (rescuer: Target) => (await hear((await inFrontOfLab(["a/cut:20", rescuer])).client)).usage;
	expect(await usageOf(target("b/ok"))).toEqual(whole.usage);
	const continued = await usageOf(target("b/ok,prefill=continue", continues));
	expect(continued?.completion_tokens).toBe(whole.usage?.completion_tokens);
	// The lab counts words of prompts and pieces of answers, which is not quite the same.
	expect(Math.abs((continued?.prompt_tokens ?? 0) - (whole.usage?.prompt_tokens ?? 0))).toBeLessThanOrEqual(2);
});

test("several breaks in one answer", async () => {
	const { client, asked } = await inFrontOfLab(
		["a/cut:20", target("b/cut:40,prefill=continue", continues), "c/cut:100", "a/ok"],
		{ retry: { ...route([]).retry, attempts: 5 } },
	);
	expect(await hear(client)).toMatchObject({ text: referenceAnswer, finishReason: "stop" });
	expect(asked()).toHaveLength(4);
});

test("a target that can continue goes on by itself when it is the only one", async () => {
	const { client, asked } = await inFrontOfLab([target("a/cut:20,times=1,prefill=continue", continues)]);
	expect(await hear(client)).toMatchObject({ text: referenceAnswer, finishReason: "stop" });
	expect(asked()).toHaveLength(2);
});

test("reasoning and text", async () => {
	for (const fault of ["cut:4", "cut:30"]) {
		const { client } = await inFrontOfLab([`a/${fault},answer=reasoning`, "b/ok,answer=reasoning"]);
		expect(await hear(client)).toMatchObject({ text: referenceAnswer, finishReason: "stop" });
	}
});

test.each(["cut:3", "cut:10", "cut:20"])("tool calls are whole (%s)", async (fault) => {
	const { client } = await inFrontOfLab([`a/${fault}`, target("b/ok,pieces=5,prefill=assistant", prefills)]);
	const tools = ["first", "second"].map((name) => ({ type: "function" as const, function: { name } }));
	const whole = await clientOf((await inFrontOfLab(["a/ok"])).gateway)
		.chat.completions.stream({ ...question, tools })
		.finalMessage();
	const rescued = await client.chat.completions.stream({ ...question, tools }).finalMessage();
	const calls = (message: typeof whole) => message.tool_calls?.map((call) => "function" in call && call.function);
	expect(calls(rescued)).toEqual(calls(whole));
	expect(calls(rescued)).toHaveLength(referenceCalls.length);
});

test("JSON output is whole, and never continued in the middle", async () => {
	const { client, lab } = await inFrontOfLab(["a/cut:10", target("b/ok,pieces=6,prefill=assistant", prefills)]);
	const heard = await hear(client, { response_format: { type: "json_object" } });
	expect(heard.text).toBe(referenceJson);
	expect(lab.ledger.entries().at(-1)?.body).toMatchObject({ messages: [question.messages[0]] });
});

test("text completions go on after a longer prompt, at any host", async () => {
	const { client } = await inFrontOfLab(["a/cut:20", "b/ok"]);
	let text = "";
	const stream = await client.completions.create({
		model: "test-model",
		prompt: "Say it: ",
		max_tokens: 1000,
		stream: true,
	});
	for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
	expect(text).toBe(referenceAnswer);
});

describe("what can't be rescued ends with an error, and never with [DONE] or a finish reason", () => {
	async function expectBroken(targets: (Target | string)[], more: Partial<Route> = {}, request: object = {}) {
		const { gateway } = await inFrontOfLab(targets, more);
		const text = await rawStream(gateway, request);
		expect(text).toMatch(/\n\ndata: \{"error":.*\}\n\n$/);
		expect(text).not.toMatch(/data: \[DONE\]\n\n$/);
		expect(text).not.toMatch(/"finish_reason":"/);
		return text;
	}

	test("another answer", async () => {
		const text = await expectBroken(["a/cut:20", "b/departs:10"]);
		expect(text).toContain("upstream_closed");
	});

	test("where rescues are off", async () => {
		await expectBroken(["a/cut:20", "b/ok"], { rescue: "off" });
	});

	test("one target that can't continue", async () => {
		await expectBroken(["a/cut:20"]);
	});

	test("when the others fail too, the first fault is told", async () => {
		const text = await expectBroken([target("a/stall:20", quick), target("b/bad-request", prefills), "c/error:500"]);
		expect(text).toContain("upstream_idle_timeout");
	});

	test("a shorter answer", async () => {
		const short = await expectBroken(["a/cut:40", "b/content-filter:10"]);
		expect(short).toContain("upstream_closed");
	});

	test("tool calls with another beginning, also where seams are allowed", async () => {
		const tools = [{ type: "function", function: { name: "look" } }];
		await expectBroken(["a/cut:6", "b/ok,answer=text"], { rescue: "allow-seam" }, { tools });
	});

	test("the host's own words, where it has some", async () => {
		const { gateway } = await inFrontOfLab(["a/error-event:20"]);
		const text = await rawStream(gateway);
		expect(text).toMatch(/data: \{"error":\{"message":"[^"]+".*\}\}\n\n$/);
		expect(text).not.toContain("upstream_closed");
	});
});

test("a marked seam, where the route allows it", async () => {
	const { gateway, client } = await inFrontOfLab(["a/cut:20", "b/departs:10"], { rescue: "allow-seam" });
	const heard = await hear(client);
	expect(heard.error).toBeUndefined();
	expect(heard.finishReason).toBe("stop");
	const text = await rawStream(gateway);
	const seam = /"llmgw":\{"seam":\{"offset":(\d+)\}\}/.exec(text);
	expect(seam).not.toBeNull();
	const offset = Number(seam?.[1]);
	const [before = "", after = ""] = text.split(/data: [^\n]*"llmgw"[^\n]*\n\n/);
	const content = (part: string) =>
		part
			.split("\n\n")
			.filter((line) => line.startsWith("data: {"))
			.map((line) => JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? "")
			.join("");
	// What both agree on, and from there on the new answer.
	expect([...content(before)].slice(0, offset).join("")).toBe([...referenceAnswer].slice(0, offset).join(""));
	expect([...content(after)].length + offset).toBe([...referenceAnswer].length);
});

test("a client that leaves during a rescue ends the rescuer's work", async () => {
	const { lab, gateway } = await inFrontOfLab(["a/cut:20", "b/stall:0,id=rescuer"]);
	const abort = new AbortController();
	const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...question, stream: true }),
		signal: abort.signal,
	});
	void response.text().catch(() => {});
	while (lab.ledger.entries().length < 2) await lab.nextRequest();
	const left = lab.nextAbort();
	abort.abort();
	expect(await left).toMatchObject({ model: "b/stall:0,id=rescuer".slice(2) });
});
