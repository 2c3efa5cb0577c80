/** Routes whose targets speak different dialects: failover before the first byte, and hedging, for each client. */
import { describe, expect, test } from "vitest";
import { sendJson } from "../kit/aiHost.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import {
	cutOff,
	eventsIn,
	hearIn,
	hostOf,
	post,
	standingStill,
	streamed,
	type Wire,
	wholeIn,
	wires,
} from "../kit/spoken.js";

const texts = ["One", " two."];
const order: readonly Wire[] = ["openai.chat", "anthropic.messages", "openai.responses"];

describe.each(wires)("a route of chat, Messages and Responses for a client of %s", (wire) => {
	test("goes on to the next target before the first byte, streamed and whole", async () => {
		const refusing = await hostOf((_request, response) => sendJson(response, { error: { message: "Down" } }, 503));
		const breaking = await hostOf((...asked) =>
			cutOff(eventsIn("anthropic.messages", { texts }).slice(0, 2).join(""))(...asked),
		);
		const answering = await hostOf((request, ...rest) =>
			JSON.parse(request.body.toString()).stream
				? streamed(eventsIn("openai.responses", { texts }))(request, ...rest)
				: sendJson(rest[0], wholeIn("openai.responses", texts.join(""))),
		);
		const hosts = [refusing, breaking, answering];
		const names = ["a", "b", "c"];
		const gateway = await gatewayWith({
			upstreams: names.map((name, at) => upstream(name, `${hosts[at]?.url}/v1`, { dialects: [order[at] as Wire] })),
			routes: [
				route(
					names.map((name) => target(`${name}/m`)),
					{ retry: { ...route([]).retry, attemptsPerTarget: 1 } },
				),
			],
		});
		const heard = await hearIn(gateway, wire);
		expect([heard.text, heard.deltas]).toEqual(["One two.", "One two."]);
		expect(hosts.map(({ received }) => received.map(({ url }) => url))).toEqual([
			["/v1/chat/completions"],
			["/v1/messages"],
			["/v1/responses"],
		]);
		const whole = await post(gateway, wire);
		expect(whole.status).toBe(200);
		expect(await whole.text()).toContain("One two.");
		expect(whole.headers.get("x-llmgw-attempts")).toContain('"c/m";status=200');
	});

	test.each(order)("is hedged from a target of %s that is late to one of another dialect", async (late) => {
		const other = order[(order.indexOf(late) + 1) % order.length] as Wire;
		const { answer, release } = standingStill(eventsIn(late, { texts: ["late"] }), 1);
		const slow = await hostOf(answer);
		const quick = await hostOf(streamed(eventsIn(other, { texts })));
		const gateway = await gatewayWith({
			upstreams: [
				upstream("slow", `${slow.url}/v1`, { dialects: [late] }),
				upstream("quick", `${quick.url}/v1`, { dialects: [other] }),
			],
			routes: [route([target("slow/m"), target("quick/m")], { hedge: { share: 1, afterMs: 30 } })],
		});
		const aborted = slow.nextAbort();
		expect(await hearIn(gateway, wire)).toMatchObject({ text: "One two.", deltas: "One two." });
		await aborted;
		release();
		expect([slow.received.length, quick.received.length]).toEqual([1, 1]);
	});
});
