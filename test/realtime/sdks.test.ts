/** Sessions of the vendors' own clients. */
import { connect } from "node:net";
import { GoogleGenAI, type LiveServerMessage, Modality } from "@google/genai";
import { OpenAIRealtimeWebSocket } from "@openai/agents/realtime";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { expect, onTestFinished, test } from "vitest";
import { startDemoHost } from "../kit/aiHost.js";
import type { TestGateway } from "../kit/gateway.js";
import { addKey } from "../kit/keys.js";
import { logged, sessionLine } from "../kit/realtime.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";

async function demoGateway(provider = "openai"): Promise<{ gateway: TestGateway; apiKey: string }> {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayWith(
		{ upstreams: [upstream("a", `${host.url}/v1`, { provider })], routes: [route([target("a")], { models: ["*"] })] },
		{ "require-keys": true, ...logged },
	);
	const { secret } = await addKey(gateway);
	return { gateway, apiKey: secret };
}

test("openai: OpenAIRealtimeWS", async () => {
	const { gateway, apiKey } = await demoGateway();
	const client = new OpenAI({ apiKey, baseURL: gateway.baseUrl });
	// It knows TLS alone, which ends here before it has begun.
	const options = { createConnection: () => connect(gateway.port, "127.0.0.1") };
	const session = new OpenAIRealtimeWS({ model: "gpt-realtime", options: options as object }, client);
	onTestFinished(() => session.close());
	let text = "";
	session.on("response.output_text.delta", ({ delta }) => {
		text += delta;
	});
	const whole = new Promise((resolve, reject) => {
		session.on("response.done", resolve);
		session.on("error", reject);
	});
	session.on("session.created", () => {
		session.send({
			type: "conversation.item.create",
			item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
		});
		session.send({ type: "response.create", response: { output_modalities: ["text"] } });
	});
	expect(await whole).toMatchObject({ response: { status: "completed", usage: { output_tokens: 3 } } });
	expect(text).toBe("You said: Hello");
});

test("openai: a client secret", async () => {
	const { gateway, apiKey } = await demoGateway();
	const client = new OpenAI({ apiKey, baseURL: gateway.baseUrl });
	const { value, session } = await client.realtime.clientSecrets.create({
		session: { type: "realtime", model: "gpt-realtime" },
	});
	expect([value.slice(0, 3), session.type]).toEqual(["ek_", "realtime"]);
});

test("agents: a browser's transport, with a client secret", async () => {
	const { gateway, apiKey } = await demoGateway();
	const client = new OpenAI({ apiKey, baseURL: gateway.baseUrl });
	const { value } = await client.realtime.clientSecrets.create({
		session: { type: "realtime", model: "gpt-realtime" },
	});
	const transport = new OpenAIRealtimeWebSocket({
		url: `ws://127.0.0.1:${gateway.port}/v1/realtime?model=gpt-realtime`,
	});
	onTestFinished(() => transport.close());
	await transport.connect({ apiKey: value, model: "gpt-realtime" });
	const audio = new Promise<{ data: ArrayBuffer }>((resolve) => transport.once("audio", resolve));
	transport.sendMessage("Hello", {});
	expect((await audio).data.byteLength).toBeGreaterThan(0);
	await new Promise((resolve) => transport.once("turn_done", resolve));
	transport.close();
	expect(await sessionLine(gateway)).toMatchObject({ key: "bot", tokens: { audio_output: 3 } });
});

test("google: live.connect", async () => {
	const { gateway, apiKey } = await demoGateway("gemini");
	const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } });
	const messages: LiveServerMessage[] = [];
	let told: () => void = () => {};
	const whole = new Promise<void>((resolve) => {
		told = resolve;
	});
	const session = await client.live.connect({
		model: "gemini-live",
		config: { responseModalities: [Modality.TEXT] },
		callbacks: {
			onmessage(message) {
				messages.push(message);
				if (message.serverContent?.turnComplete) told();
			},
		},
	});
	session.sendClientContent({ turns: "Hello", turnComplete: true });
	await whole;
	expect(messages.map((message) => message.text ?? "").join("")).toBe("You said: Hello");
	session.close();
	expect(await sessionLine(gateway, "connectGeminiLive")).toMatchObject({
		model: "gemini-live",
		status: 101,
		tokens: { input: 3, output: 3 },
	});
});
