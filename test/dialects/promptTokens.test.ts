/** What a translated message says of its prompt's tokens before its upstream has counted them. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../../src/upstream/routing/estimateTokens.js";
import { gatewayWith as limitedGateway } from "../kit/limited.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";
import { eventsIn, hostOf, requestIn, streamed } from "../kit/spoken.js";

const said = [{ role: "user", content: "Count the stars in the sky. ".repeat(50) }];

async function heard(gateway: { url: string }) {
	const client = new Anthropic({ apiKey: "k", baseURL: gateway.url, maxRetries: 0 });
	const stream = client.messages.stream(requestIn("anthropic.messages", { messages: said }) as never);
	let atStart: number | undefined;
	stream.on("streamEvent", (event) => {
		if (event.type === "message_start") atStart = event.message.usage.input_tokens;
	});
	return { usage: (await stream.finalMessage()).usage, atStart };
}

describe.each(["openai.chat", "openai.responses"] as const)("over an upstream of %s", (spoken) => {
	test("a message begins with an estimate, which its end corrects", async () => {
		const events = eventsIn(spoken, { texts: ["Many."], usage: { input: 321, output: 2 } });
		const host = await hostOf(streamed(events));
		const gateway = await gatewayWith({
			upstreams: [upstream("one", `${host.url}/v1`, { dialects: [spoken] })],
			routes: [route(["one/m"])],
		});
		const { atStart, usage } = await heard(gateway);
		expect(atStart).toBe(estimateTokens({ messages: said }));
		expect(atStart).toBeGreaterThan(200);
		expect(usage).toMatchObject({ input_tokens: 321, output_tokens: 2 });
	});
});

test("a message whose upstream counts nothing keeps the estimate", async () => {
	const events = eventsIn("openai.chat", { texts: ["Many."] }).filter((event) => !event.includes("prompt_tokens"));
	const host = await hostOf(streamed(events));
	const gateway = await gatewayWith({ upstreams: [upstream("one", `${host.url}/v1`)], routes: [route(["one/m"])] });
	const { atStart, usage } = await heard(gateway);
	expect(usage.input_tokens).toBe(atStart);
});

test("a count that was made for limits is the one that it begins with", async () => {
	const host = await hostOf(streamed(eventsIn("openai.chat", { texts: ["Many."] })));
	const gateway = await limitedGateway(host, { clients: { tokensPerMinute: 100_000 } });
	const { atStart } = await heard(gateway);
	expect(atStart).toBeGreaterThan(200);
});
