/** `--store-all` keeps the exchanges of every dialect as chat completions, which the API and the dashboard show and `llmw replay` can send. */
import { describe, expect, test, vi } from "vitest";
import { clientOf, gatewayWith, route } from "../kit/routing.js";
import type { Answering } from "../kit/wires.js";
import { ask, hostOf, type Lane, lanes, wires, words } from "./lanes.js";

interface Stored {
	id: string;
	request: { messages: unknown };
}

async function start(lane: Lane, answer?: Answering, flags: object = { "store-all": true }) {
	const host = await hostOf(lane, answer);
	const routes = [route(["one/real-model"], { models: ["public"] })];
	const gateway = await gatewayWith({ upstreams: [host.settings()], routes }, { ...flags });
	const client = clientOf(gateway);
	const stored = async () => {
		const response = await fetch(`${gateway.baseUrl}/chat/completions?include=request`);
		return ((await response.json()) as { data: Stored[] }).data;
	};
	return { host, gateway, client, stored };
}

const others = lanes.filter(([, { client }]) => client.name !== "chat completions");

describe.each(others)("%s", (_name, lane) => {
	const { client, isStream } = lane;

	test("is kept as a chat completion, and reaches the client as it was", async () => {
		const calls = [{ id: "call_1", name: "weather", input: { city: "Paris" } }];
		const { gateway, stored, client: sdk } = await start(lane, () => ({ reasoning: "Hm.", words, calls }));
		const heard = await ask(gateway.url, lane, {
			text: "Is it sunny?",
			more: { metadata: { team: "blue", user_id: "u" } },
		});
		expect([heard.status, heard.text]).toEqual([200, words.join("")]);
		const [kept] = await vi.waitFor(async () => {
			const found = await stored();
			expect(found).toHaveLength(1);
			return found;
		}, 10_000);
		expect(kept).toMatchObject({
			object: "chat.completion",
			model: expect.any(String),
			choices: [
				{
					message: {
						role: "assistant",
						content: words.join(""),
						tool_calls: [{ id: "call_1", function: { name: "weather", arguments: '{"city":"Paris"}' } }],
					},
					finish_reason: "tool_calls",
				},
			],
			usage: { prompt_tokens: 20, completion_tokens: 7 },
			request: { model: "public", messages: [{ role: "user", content: "Is it sunny?" }] },
			status: "completed",
		});
		expect(heard.body).not.toContain(kept?.id);
		const { data } = await sdk.chat.completions.messages.list(kept?.id as string);
		expect(data).toMatchObject([{ role: "user", content: "Is it sunny?" }]);
	});

	if (isStream)
		test("is kept as far as it came, when its stream breaks off or its client leaves", async () => {
			const { gateway, stored } = await start(lane, ({ model }, response) => {
				response.writeHead(200, { "content-type": wires[lane.wire].contentType ?? "text/event-stream" });
				const events = eventsUpTo(lane, model);
				response.write(events, () => response.destroy());
				return undefined;
			});
			const heard = await ask(gateway.url, lane);
			expect(heard.error).toBeDefined();
			const [kept] = await vi.waitFor(async () => {
				const found = await stored();
				expect(found).toHaveLength(1);
				return found;
			}, 10_000);
			expect(kept).toMatchObject({
				choices: [{ message: { content: "One two " } }],
				status: expect.stringMatching(/incomplete|failed/),
			});
		});

	test("is not kept without the setting, whatever `store` means to the client's dialect", async () => {
		const { gateway, stored, client: sdk } = await start(lane, undefined, {});
		const more = client.name === "responses" ? { store: true } : {};
		expect((await ask(gateway.url, lane, { more })).status).toBe(200);
		await sdk.chat.completions.create({ model: "public", messages: [{ role: "user", content: "Mine" }], store: true });
		expect((await stored()).map(({ request }) => request.messages)).toEqual([[{ role: "user", content: "Mine" }]]);
	});
});

function eventsUpTo({ wire }: Lane, model: string): string {
	const events = wires[wire].events({ words }, model);
	return events
		.slice(
			0,
			events.findIndex((event) => event.includes("three ")),
		)
		.join("");
}
