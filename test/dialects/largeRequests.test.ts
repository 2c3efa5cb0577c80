/** Requests of several megabytes, as agents send them: to an upstream of their own dialect they go in the client's bytes. */
import { describe, expect, test } from "vitest";
import { templateInstructions } from "../../src/chat/instructions.js";
import type { Message } from "../../src/chat/request.js";
import { fitUnique, usualName } from "../../src/chat/tools/fitting.js";
import { CallIds } from "../../src/dialects/callIds.js";
import { readRequest } from "../../src/dialects/openaiResponses/request.js";
import { piecesOf } from "../../src/json/bodyBytes.js";
import { withModel } from "../../src/upstream/modelMember.js";
import { sendJson } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { eventsIn, hostOf, paths, streamed, type Wire, wholeIn, wires } from "../kit/spoken.js";

const long = "Ünï \\u00e9 1.50 ".repeat(250_000);

/** The model's name comes first, in the middle, or last; the rest is written as no program of ours would. */
function bodies(wire: Wire, isStream: boolean): string[] {
	const messages = `[ {"role":"user","content":"${long}"} ]`;
	const said = wire === "openai.responses" ? `"input" : ${messages}` : `"messages" : ${messages}`;
	const unkept = wire === "openai.responses" ? `"store": false, ` : "";
	const rest = `"max_tokens":1e2, ${unkept}"stream": ${isStream}, "odd": 1.0`;
	const model = `"model":"test-model"`;
	return [`{${model}, ${said}, ${rest}}`, `{${said} ,${model},${rest} }`, `{ ${rest},${said},\n${model}}`];
}

describe.each(wires)("a request of %s", (wire) => {
	test.each([true, false])("of 4 MB differs in the model alone where it is streamed: %s", async (isStream) => {
		const host = await hostOf((request, response, message) =>
			isStream
				? streamed(eventsIn(wire, { texts: ["Yes."] }))(request, response, message)
				: sendJson(response, wholeIn(wire, "Yes.")),
		);
		const one = upstream("one", `${host.url}/v1`, { dialects: [wire], usage: "never" });
		const gateway = await gatewayWith({ upstreams: [one], routes: [route(["one/their-model"])] });
		for (const [at, body] of bodies(wire, isStream).entries()) {
			const response = await fetch(`${gateway.url}${paths[wire]}`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body,
			});
			expect(response.status).toBe(200);
			await response.text();
			const received = host.received[at];
			const expected = Buffer.from(body.replace("test-model", "their-model"));
			const sent = received?.body ?? Buffer.alloc(0);
			// Chat completions have their defaults at the end.
			const length = wire === "openai.chat" ? expected.lastIndexOf("}") : expected.length;
			expect(sent.subarray(0, length).equals(expected.subarray(0, length))).toBe(true);
			if (wire !== "openai.chat") expect(sent.length).toBe(expected.length);
			expect(Number(received?.headers["content-length"])).toBe(sent.length);
		}
	});
});

test("a large body with another model in it is in the client's own memory", () => {
	for (const text of bodies("anthropic.messages", true)) {
		const bytes = Buffer.from(text);
		const named = withModel({ json: { model: "test-model" }, bytes }, "their-model");
		const pieces = piecesOf(named);
		expect(Buffer.concat([...pieces]).toString()).toBe(text.replace("test-model", "their-model"));
		const copied = pieces.filter(({ buffer }) => buffer !== bytes.buffer);
		expect(copied.map((piece) => piece.toString())).toEqual(['"their-model"']);
	}
});

test("40,000 items of a model become one message", () => {
	const items = Array.from({ length: 40_000 }, (_none, at) => ({
		type: "function_call",
		call_id: `c${at}`,
		name: "a",
		arguments: "{}",
	}));
	const { messages } = readRequest({ model: "m", input: items });
	expect(messages.map(({ parts }) => parts.length)).toEqual([40_000]);
	const texts = Array.from({ length: 40_000 }, (_none, at): Message => {
		const text = at === 0 ? "Hello" : `rule ${at}`;
		return { role: at === 0 ? "user" : "system", parts: [{ type: "text", text }] };
	});
	expect(templateInstructions(texts).map(({ parts }) => parts.length)).toEqual([40_000]);
});

describe("60,000 calls of tools, which are read in well under a second", () => {
	const count = 60_000;

	test("get other ids where they all have the same", () => {
		const taken = new Map([["a_3", 1]]);
		const names = Array.from({ length: count }, () => fitUnique("a", usualName, taken));
		expect(names.slice(0, 4)).toEqual(["a", "a_2", "a_4", "a_5"]);
		expect(new Set(names).size).toBe(count);
	});

	test("get their results in their order where they have no ids", () => {
		const ids = new CallIds();
		const calls = Array.from({ length: count }, () => ids.ofCall("", "a"));
		expect(Array.from({ length: count }, () => ids.ofResult("", "a"))).toEqual(calls);
		expect(ids.ofResult("", "a")).toBe("call_a");
	});
});
