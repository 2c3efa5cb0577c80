/** `mapCompletionText` of plugins, for clients and upstreams of every dialect. */
import { describe, expect, test } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { eventsIn, hearIn, hostOf, post, streamed, type Wire, wholeIn, wires } from "../kit/spoken.js";

const filter = `${new URL("../../examples/plugins/wordFilter.js", import.meta.url).pathname}={"words":["secret plan"]}`;
const texts = ["A sec", "ret pl", "an, of", " secret pl", "ace"];

async function filtered(wire: Wire) {
	const host = await hostOf((request, response, message) => {
		if (JSON.parse(request.body.toString()).stream === true)
			return streamed(eventsIn(wire, { texts, reasoning: "Hm, the secret plan." }))(request, response, message);
		return sendJson(response, wholeIn(wire, texts.join("")));
	});
	return gatewayWith(
		{ upstreams: [upstream("one", `${host.url}/v1`, { dialects: [wire] })], routes: [route(["one/m"])] },
		{ plugin: [filter] },
	);
}

describe.each(wires)("an upstream of %s", (spoken) => {
	test.each(wires)("has the text of its stream changed for a client of %s", async (wire) => {
		const heard = await hearIn(await filtered(spoken), wire);
		expect(heard.text).toBe("A ***, of secret place");
		expect(heard.deltas).toBe(heard.text);
	});

	test.each(wires)("has the text of its whole answer changed for a client of %s", async (wire) => {
		const response = await post(await filtered(spoken), wire);
		expect(response.status).toBe(200);
		const text = await response.text();
		expect(text).toContain("A ***, of secret place");
		expect(text).not.toContain("secret plan");
	});
});

test("each repetition of a response's text is changed", async () => {
	const text = await (await post(await filtered("openai.responses"), "openai.responses", { stream: true })).text();
	const whole = text.split("\n\n").filter((event) => event.includes("A ***, of secret place"));
	expect(whole.map((event) => /^event: (.*)$/m.exec(event)?.[1])).toEqual([
		"response.output_text.done",
		"response.content_part.done",
		"response.output_item.done",
		"response.completed",
	]);
});
