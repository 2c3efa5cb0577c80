/** Bedrock: frames of its streams, and Converse behind a key or a signature. */
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createFrames } from "../../src/dialects/bedrockConverse/frames.js";
import { signatureV4 } from "../../src/providers/signatureV4.js";
import { startAiHost } from "../kit/aiHost.js";
import { event, eventStream, exception, framed } from "../kit/bedrock.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import { exchangesWith, recordedBytes } from "../kit/recordedChat.js";
import { route, upstream } from "../kit/routing.js";

describe("frames", () => {
	const recorded = exchangesWith("bedrock").find(({ api }) => api === "converse-stream");
	const whole = recorded === undefined ? Buffer.alloc(0) : recordedBytes(recorded);

	test("are the same wherever the bytes are split", () => {
		const expected = createFrames(eventStream)?.push(whole).toString() ?? "";
		expect(expected).toMatch(/^data: \{"messageStart":/);
		for (const size of [1, 2, 3, 11, 12, 13, 257]) {
			const decoder = createFrames(eventStream);
			let text = "";
			for (let at = 0; at < whole.length; at += size) text += decoder?.push(whole.subarray(at, at + size)).toString();
			expect(text).toBe(expected);
		}
	});

	test.each([9, 60, whole.length - 1])("with byte %i changed are refused", (place) => {
		const damaged = Buffer.from(whole);
		damaged.writeUInt8(damaged.readUInt8(place) ^ 1, place);
		expect(() => createFrames(eventStream)?.push(damaged)).toThrow("damaged");
	});
});

async function gatewayTo(frames: Buffer[], more = {}) {
	const host = await startAiHost(framed(frames));
	onTestFinished(() => host.close());
	const vendor = upstream("vendor", host.url, { provider: "bedrock", aws: { region: "eu-west-1" }, ...more });
	const routing = {
		upstreams: [vendor],
		routes: [route(["vendor/us.amazon.nova-2-lite-v1:0"], { retry: { ...route(["vendor"]).retry, attempts: 1 } })],
	};
	const gateway = await startGateway("127.0.0.1", { overlay: openAiOverlay() }, routing);
	onTestFinished(() => gateway.stop());
	const ask = () =>
		fetch(`${gateway.url}/v1/chat/completions`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model: "test-model", messages: [{ role: "user", content: "Hello" }], stream: true }),
		});
	return { host, ask };
}

const begun = [
	event("messageStart", { role: "assistant" }),
	event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hel" } }),
];

test("an exception before any output has its status", async () => {
	const { ask } = await gatewayTo([exception("throttlingException", "Too many")], { key: "k" });
	const answer = await ask();
	expect(answer.status).toBe(429);
	expect(await answer.json()).toMatchObject({ error: { message: "Too many" } });
});

test("an exception in the middle ends the stream with an error event, never with its terminator", async () => {
	const { ask } = await gatewayTo([...begun, exception("modelStreamErrorException", "Broke")], {
		key: "k",
	});
	const text = await (await ask()).text();
	expect(text).toContain("Hel");
	expect(text).toContain('"error"');
	expect(text).not.toContain("[DONE]");
});

test("a stream that is cut, or damaged, is no whole answer", async () => {
	for (const frames of [begun, [...begun, Buffer.alloc(64)]]) {
		const { ask } = await gatewayTo(frames, { key: "k" });
		const text = await (await ask()).text();
		expect(text).not.toContain("[DONE]");
		expect(text).toContain('"error"');
	}
});

const stop = [
	event("messageStop", { stopReason: "end_turn" }),
	event("metadata", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }),
];
const variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
const before = variables.map((name) => process.env[name]);
afterEach(() => {
	for (const [place, name] of variables.entries()) {
		if (before[place] === undefined) delete process.env[name];
		else process.env[name] = before[place];
	}
});

test("an API key is a bearer token", async () => {
	const { host, ask } = await gatewayTo([...begun, ...stop], { key: "bedrock-key" });
	expect(await (await ask()).text()).toContain("[DONE]");
	const [sent] = host.received;
	expect(sent?.url).toBe("/model/us.amazon.nova-2-lite-v1%3A0/converse-stream");
	expect(sent?.headers.authorization).toBe("Bearer bedrock-key");
	expect(JSON.parse(sent?.body.toString() ?? "")).toEqual({
		messages: [{ role: "user", content: [{ text: "Hello" }] }],
		inferenceConfig: {},
	});
});

test("without a key requests are signed with the environment's credentials", async () => {
	Object.assign(process.env, {
		AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
		AWS_SECRET_ACCESS_KEY: "secret",
		AWS_SESSION_TOKEN: "session",
	});
	const { host, ask } = await gatewayTo([...begun, ...stop]);
	expect(await (await ask()).text()).toContain("[DONE]");
	const [sent] = host.received;
	expect(sent?.headers["x-amz-security-token"]).toBe("session");
	const { authorization = "", "x-amz-date": time } = sent?.headers ?? {};
	expect(authorization).toContain(
		"/eu-west-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token",
	);
	const stamp = String(time).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
	const identity = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" };
	const url = new URL(sent?.url ?? "", host.url);
	const signing = { credentials: identity, region: "eu-west-1", service: "bedrock", date: new Date(stamp) };
	const expected = signatureV4({ method: "POST", url, body: [sent?.body as Buffer] }, signing);
	expect(authorization).toBe(Object.fromEntries(expected).authorization);
});
