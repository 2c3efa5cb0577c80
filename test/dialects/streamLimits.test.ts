/** Streams that use up a limit: each is ended as one whose length was limited, in its client's dialect. */
import { describe, expect, test } from "vitest";
import type { LimitSettings } from "../../src/settings/limitSettings.js";
import { temporaryFile } from "../kit/gateway.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { route, upstream } from "../kit/routing.js";
import { eventsIn, hearIn, hostOf, post, type Spoken, streaming, type Wire, wires } from "../kit/spoken.js";

/** As an upstream counts them. */
const usage = { input: 9, output: 400 };
const texts = Array.from({ length: 400 }, (_, at) => `word${at} `);
const limits = { onExceeded: "cut", clients: { tokensPerMinute: 200 } } as unknown as Partial<LimitSettings>;
const bound = (wire: Wire) => (wire === "openai.responses" ? { max_output_tokens: 400 } : { max_tokens: 400 });
const filter = `${new URL("../../examples/plugins/wordFilter.js", import.meta.url).pathname}={"words":["word3"]}`;

async function inFrontOf(spoken: Wire, said: Spoken, flags: Record<string, unknown> = {}) {
	const host = await hostOf(async (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		for (const event of eventsIn(spoken, said)) {
			response.write(event);
			await new Promise(setImmediate);
		}
		response.end();
	});
	const one = upstream("one", `${host.url}/v1`, { dialects: [spoken] });
	const gateway = await limitedGateway(host, limits, {
		routing: { upstreams: [one], routes: [route(["one/m"])] },
		flags,
	});
	return { gateway, host };
}

const limited: Record<Wire, string> = {
	"openai.chat": "length",
	"anthropic.messages": "max_tokens",
	"openai.responses": "incomplete",
};

function expectCut(wire: Wire, heard: Awaited<ReturnType<typeof hearIn>>) {
	expect(heard.finish).toBe(limited[wire]);
	expect(heard.text).toMatch(/^word0 word1 /);
	expect(heard.text.length).toBeLessThan(texts.join("").length);
	expect(heard.deltas).toBe(heard.text);
}

describe.each(wires)("a stream of an upstream of %s", (spoken) => {
	test.each(wires)("is cut for a client of %s, whose SDK reads what came before", async (wire) => {
		const { gateway } = await inFrontOf(spoken, { texts, usage });
		expectCut(wire, await hearIn(gateway, wire, bound(wire)));
	});
});

test.each(wires)("a stream whose text a plugin changes is cut for a client of %s", async (wire) => {
	const { gateway } = await inFrontOf(wire, { texts, usage }, { plugin: [filter] });
	const heard = await hearIn(gateway, wire, bound(wire));
	expect(heard.text).toContain("word2 *** word4 ");
	expectCut(wire, heard);
});

test.each(wires)("a plugin's own stream is cut for a client of %s", async (wire) => {
	const shared = globalThis as unknown as { objects: object[]; llmgw: unknown };
	shared.llmgw = await import(/* @vite-ignore */ new URL("../../src/index.ts", import.meta.url).href);
	shared.objects = eventsIn(wire, { texts })
		.flatMap((event) => /^data: (\{.*)$/m.exec(event)?.[1] ?? [])
		.map((json) => JSON.parse(json));
	const plugin = temporaryFile(
		"own.mjs",
		`const { objects, llmgw: { answerWith } } = globalThis;
		export default { name: "own", stage: "upstream", middleware: () => (ctx) => answerWith(ctx, (async function* () {
			yield* objects;
		})()) };`,
	);
	const { gateway, host } = await inFrontOf("openai.chat", { texts }, { plugin: [plugin] });
	expectCut(wire, await hearIn(gateway, wire, bound(wire)));
	expect(host.received).toEqual([]);
});

test("a response that is cut in the middle of a call closes it as incomplete", async () => {
	const pieces = Array.from({ length: 400 }, (_, at) => `"k${at}":1,`);
	const call = { name: "look", arguments: ["{", ...pieces, '"z":1}'] };
	const { gateway } = await inFrontOf("openai.responses", { texts: ["So: "], call, usage });
	const text = await (
		await post(gateway, "openai.responses", { ...streaming("openai.responses"), ...bound("openai.responses") })
	).text();
	const last = text.trim().split("\n\n").at(-1) ?? "";
	const { response, sequence_number: number } = JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? "");
	expect(response).toMatchObject({
		id: "resp_a",
		status: "incomplete",
		incomplete_details: { reason: "max_output_tokens" },
		output: [
			{ id: "msg_a", status: "completed" },
			{ id: "fc_a", status: "incomplete", call_id: "call_a" },
		],
	});
	expect(response.usage.output_tokens).toBeGreaterThan(100);
	expect(number).toBe(text.split("sequence_number").length - 2);
	expect(text).toContain("event: response.output_item.done");
});
