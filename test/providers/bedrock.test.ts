/** Bedrock: signatures, frames of its streams, and where its operations are. */

import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createFrames } from "../../src/dialects/bedrockConverse/frames.js";
import { signatureV4 } from "../../src/providers/signatureV4.js";
import { startAiHost } from "../kit/aiHost.js";
import { openAiOverlay, startGateway } from "../kit/gateway.js";
import { exchangesWith, recordedBytes } from "../kit/recordedChat.js";
import { route, upstream } from "../kit/routing.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const date = new Date("2015-08-30T12:36:00Z");
const vector = { credentials, region: "us-east-1", service: "service", date };

/** AWS's test suite for Signature Version 4. */
const vectors: [name: string, method: string, path: string, signature: string][] = [
	["get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
	[
		"get-vanilla-query-order-key-case",
		"GET",
		"/?Param2=value2&Param1=value1",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	],
	["post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
	["post-vanilla-query", "POST", "/?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"],
];

test.each(vectors)("the signature of AWS's %s", (_name, method, path, signature) => {
	const signed = signatureV4({ method, url: new URL(path, "https://example.amazonaws.com"), body: [] }, vector);
	expect(Object.fromEntries(signed)).toEqual({
		"x-amz-date": "20150830T123600Z",
		authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
	});
});

class Sha256 {
	readonly #hash;
	constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
		this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Buffer);
	}
	update(data: Uint8Array | string): void {
		this.#hash.update(data);
	}
	digest(): Promise<Uint8Array> {
		return Promise.resolve(this.#hash.digest());
	}
}

test.each([
	["/model/us.amazon.nova-2-lite-v1%3A0/converse-stream", undefined],
	["/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/converse", "a session/token=="],
	["/openai/v1/models?b=2&a=%20~*", undefined],
])("%s is signed as AWS's own library does it", async (path, sessionToken) => {
	const url = new URL(path, "https://bedrock-runtime.us-east-1.amazonaws.com:443");
	const body = Buffer.from('{"messages":[]}');
	const identity = sessionToken === undefined ? credentials : { ...credentials, sessionToken };
	const signer = new SignatureV4({
		credentials: identity,
		region: "us-east-1",
		service: "bedrock",
		sha256: Sha256 as never,
		applyChecksum: false,
	});
	const theirs = await signer.sign(
		{
			method: "POST",
			protocol: "https:",
			hostname: url.hostname,
			path: url.pathname,
			query: Object.fromEntries(url.searchParams),
			headers: { host: url.host },
			body,
		},
		{ signingDate: date },
	);
	const ours = signatureV4(
		{ method: "POST", url, body: [body.subarray(0, 3), body.subarray(3)] },
		{ ...vector, credentials: identity, service: "bedrock" },
	);
	expect(Object.fromEntries(ours).authorization).toBe(theirs.headers.authorization);
});

function frame(headers: Record<string, string>, payload: string): Buffer {
	const fields = Object.entries(headers).map(([name, value]) => {
		const length = Buffer.alloc(3);
		length.writeUInt8(7);
		length.writeUInt16BE(value.length, 1);
		return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
	});
	const head = Buffer.concat(fields);
	const bytes = Buffer.alloc(12 + head.length + Buffer.byteLength(payload) + 4);
	bytes.writeUInt32BE(bytes.length, 0);
	bytes.writeUInt32BE(head.length, 4);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
	head.copy(bytes, 12);
	bytes.write(payload, 12 + head.length);
	bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
	return bytes;
}

const event = (name: string, payload: object) =>
	frame(
		{ ":event-type": name, ":content-type": "application/json", ":message-type": "event" },
		JSON.stringify(payload),
	);
const exception = (name: string, payload: object) =>
	frame(
		{ ":exception-type": name, ":content-type": "application/json", ":message-type": "exception" },
		JSON.stringify(payload),
	);
const eventStream = "application/vnd.amazon.eventstream";

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
	const host = await startAiHost((_request, response) => {
		response.writeHead(200, { "content-type": eventStream });
		for (const one of frames) response.write(one);
		response.end();
	});
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
	const { ask } = await gatewayTo([exception("throttlingException", { message: "Too many" })], { key: "k" });
	const answer = await ask();
	expect(answer.status).toBe(429);
	expect(await answer.json()).toMatchObject({ error: { message: "Too many" } });
});

test("an exception in the middle ends the stream with an error event, never with its terminator", async () => {
	const { ask } = await gatewayTo([...begun, exception("modelStreamErrorException", { message: "Broke" })], {
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
