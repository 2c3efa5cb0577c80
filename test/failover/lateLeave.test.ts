import { describe, expect, onTestFinished, test } from "vitest";
import type { JsonBody } from "../../src/contract/defaults.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { GatewayError } from "../../src/errors/gatewayError.js";
import type { Route } from "../../src/settings/routes.js";
import { Call } from "../../src/upstream/call.js";
import type { Permit, UpstreamStates } from "../../src/upstream/health/states.js";
import { readFacts } from "../../src/upstream/routing/facts.js";
import { Upstreams } from "../../src/upstream/upstreams.js";
import {
	answerShortly,
	chunk,
	completion,
	type HostAnswer,
	sendJson,
	startAiHost,
	startStream,
} from "../kit/aiHost.js";
import { question, route, upstream } from "../kit/routing.js";

/** Leave to ask a host, given or not when the test says so. */
type Leave = (permit: Permit) => Permit | Promise<Permit | undefined>;

/** One request to hosts with these answers, whose leaves come as the test wants. */
async function pursue(answers: Record<string, HostAnswer>, leaves: Record<string, Leave>, more: Partial<Route>) {
	const names = Object.keys(answers);
	const hosts = await Promise.all(Object.values(answers).map((answer) => startAiHost(answer)));
	const settings = names.map((name, place) => upstream(name, `${hosts[place]?.url}/v1`));
	const given: Record<string, number> = {};
	const states: UpstreamStates = {
		of: () => ({ breaker: "closed", health: "unknown", probeAt: undefined, inFlight: 0 }),
		enter(name) {
			given[name] = (given[name] ?? 0) + 1;
			const permit: Permit = {
				leave() {
					given[name] = (given[name] ?? 0) - 1;
				},
			};
			return leaves[name]?.(permit) ?? permit;
		},
	};
	const chosen = route(names, { hedge: { share: 1, afterMs: 10 }, ...more });
	const upstreams = new Upstreams({ upstreams: settings, routes: [chosen] }, states, () => {});
	// Hedges are a share of requests: some have to be there.
	for (let times = 0; times < 5; times += 1) upstreams.hedgeDelayMs(chosen, true);
	onTestFinished(async () => {
		await upstreams.close(new GatewayError(503, "over"));
		for (const host of hosts) await host.close();
	});
	const json = { ...question, stream: true };
	const body = { json, bytes: Buffer.from(JSON.stringify(json)), rest: undefined } as unknown as JsonBody;
	const pursuit = new Call(upstreams, {
		route: chosen,
		facts: readFacts({ json, headers: {}, tags: {}, caller: "" }),
		method: "POST",
		path: "/chat/completions",
		search: "",
		requestId: "1",
		headers: {},
		body,
		firstByteMs: undefined,
		dialect: openaiChat,
		choices: 1,
	});
	const answer = await pursuit.start().started;
	const text = await new Promise<string>((resolve, reject) => {
		let all = "";
		answer.pipe({
			write({ bytes }) {
				all += bytes;
				return true;
			},
			end: () => resolve(all),
			fail: reject,
		});
	});
	return { text, asked: pursuit.attempts.map(({ target }) => target.name), given, pursuit };
}

const contents = (text: string) => [...text.matchAll(/"content":"([^"]+)"/g)].map(([, said]) => said).join("");

describe("a hedge whose leave comes late", () => {
	test("asks nobody when the answer is certain by then, not even while that is being rescued", async () => {
		let give = (_permit: Permit | undefined) => {};
		let hedge: Permit | undefined;
		const { text, asked, given } = await pursue(
			{
				first(_request, response) {
					startStream(response);
					response.flushHeaders();
					setTimeout(() => response.write(chunk({ content: "One two three" })), 60);
					setTimeout(() => response.destroy(), 90);
				},
				second(_request, response) {
					startStream(response);
					response.write(chunk({ content: "One two three" }));
					response.end(`${chunk({ content: " four" })}${chunk({}, "stop")}data: [DONE]\n\n`);
				},
			},
			{
				second(permit) {
					// The first to ask is the hedge, the second the rescue, which gets its leave after it.
					if (hedge === undefined) {
						hedge = permit;
						return new Promise((resolve) => {
							give = resolve;
						});
					}
					give(hedge);
					return new Promise((resolve) => setTimeout(resolve, 50, permit));
				},
			},
			{},
		);
		expect(contents(text)).toBe("One two three four");
		expect(asked).toEqual(["first", "second"]);
		expect(given).toEqual({ first: 0, second: 0 });
	});

	test("and is no leave at all: what the first has come to decides", async () => {
		let requests = 0;
		let refuse = () => {};
		const { asked, text } = await pursue(
			{
				first(request, response) {
					requests += 1;
					if (requests > 1) return answerShortly(request, response);
					setTimeout(() => {
						sendJson(response, {}, 500);
						setTimeout(refuse, 50);
					}, 50);
				},
				second: answerShortly,
				third: (_request, response) => sendJson(response, completion, 500),
			},
			{
				second: () =>
					new Promise((resolve) => {
						refuse = () => resolve(undefined);
					}),
			},
			{ retry: { ...route([]).retry, firstBackoffMs: 200, maxBackoffMs: 200 } },
		);
		expect(asked).toEqual(["first", "first"]);
		expect(contents(text)).toBe("Hello");
	});
});
