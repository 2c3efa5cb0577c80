/** Conversations stay with the upstream that has their cache, whatever the strategy, and wait for it as long as that is worth it. */
import { expect, test } from "vitest";
import type { Strategy } from "../../src/settings/routes.js";
import { defaultPromptCache } from "../../src/settings/singleUpstream.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";

interface Scene {
	model?: string;
	strategy?: Strategy;
	sticks?: boolean;
	maxConcurrency?: number;
}

/** A gateway in front of two labs. */
async function scene({ model = "ok", strategy = { kind: "round_robin" }, sticks = true, maxConcurrency }: Scene = {}) {
	const labs = [await startLab(), await startLab()] as const;
	const names = ["a", "b"] as const;
	const { url } = await gatewayWith({
		upstreams: names.map((name, at) =>
			upstream(name, labs[at]?.url ?? "", { provider: "openai", key: "key", maxConcurrency }),
		),
		routes: [
			route(
				names.map((name) => target(name, { model })),
				{ promptCache: { ...defaultPromptCache, sticks } },
				strategy,
			),
		],
	});
	/** @returns the upstream that has answered, and its answer */
	const ask = async (body: object, { path = "/v1/chat/completions", session = "" } = {}) => {
		const headers = { "content-type": "application/json", ...(session && { "x-session-id": session }) };
		const before = labs.map((lab) => lab.ledger.entries().length);
		const given = JSON.stringify({ model: "test-model", ...body });
		const response = await fetch(`${url}${path}`, { method: "POST", headers, body: given });
		const text = await response.text();
		expect(`${response.status} ${response.ok ? "" : text}`).toBe("200 ");
		const at = labs.findIndex((lab, place) => lab.ledger.entries().length > (before[place] ?? 0));
		return { at: names[at], text };
	};
	return { labs, ask };
}

const messages = (count: number, first = "hello") =>
	Array.from({ length: count }, (_none, at) => ({
		role: at % 2 ? "assistant" : "user",
		content: at ? `${at}` : first,
	}));

test("sessions, and conversations that nothing names, stay where their first turn went", async () => {
	const { ask } = await scene();
	for (const session of ["one", "two", "three"]) {
		const places = [];
		for (const count of [1, 3, 5]) places.push((await ask({ messages: messages(count) }, { session })).at);
		expect(new Set(places).size, session).toBe(1);
	}
	for (const first of ["alpha", "beta", "gamma"]) {
		const places = [];
		for (const count of [1, 3, 5]) places.push((await ask({ messages: messages(count, first) })).at);
		expect(new Set(places).size, first).toBe(1);
	}
	const firsts = [];
	for (let at = 0; at < 4; at += 1) firsts.push((await ask({ messages: messages(1, "the same") })).at);
	expect(new Set(firsts).size, "first turns follow the strategy").toBe(2);
});

test("without `stick` they don't", async () => {
	const { ask } = await scene({ sticks: false });
	const places = [];
	for (const count of [1, 3, 5]) places.push((await ask({ messages: messages(count) }, { session: "one" })).at);
	expect(new Set(places).size).toBe(2);
});

test.each([true, false])("what goes on with a response goes where that is kept (stream: %s)", async (stream) => {
	const { ask } = await scene();
	for (let round = 0; round < 3; round += 1) {
		const path = "/v1/responses";
		const { at, text } = await ask({ input: `task ${round}`, stream }, { path });
		const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1];
		expect(id).toBeDefined();
		expect((await ask({ input: "go on", previous_response_id: id, stream }, { path })).at).toBe(at);
	}
});

test("a session waits for its upstream while that rests for a moment", async () => {
	const { ask, labs } = await scene({ model: "rate-limit:1,every=3", strategy: { kind: "ordered" } });
	const long = [{ role: "user", content: "word ".repeat(20_000) }];
	const turn = () => ask({ messages: long }, { session: "one" });
	expect((await turn()).at).toBe("a");
	expect((await turn()).at).toBe("a");
	const refused = labs[0].nextEnd();
	const limited = turn();
	await refused;
	await turn();
	await limited;
	expect(labs[0].ledger.entries().map(({ status }) => status)).toEqual([200, 200, 429, 200, 200]);
	expect(labs[1].ledger.entries()).toEqual([]);
});

test("a session waits for a place at its upstream while that has all the requests it may have", async () => {
	const { ask, labs } = await scene({ model: "ok,delay=100", strategy: { kind: "ordered" }, maxConcurrency: 1 });
	const long = [{ role: "user", content: "word ".repeat(20_000) }];
	await ask({ messages: long }, { session: "one" });
	await Promise.all([1, 2].map(() => ask({ messages: long }, { session: "one" })));
	expect(labs.map((lab) => lab.ledger.entries().length)).toEqual([3, 0]);
	await Promise.all(["two", "three"].map((session) => ask({ messages: long }, { session })));
	expect(labs[1].ledger.entries().length, "new ones go elsewhere").toBe(1);
});
