/** Recorded exchanges of OpenAI's Responses API: as they came, and in the words of chat completions. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { startAiHost, type TestHost } from "../kit/aiHost.js";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { recordedTable } from "../kit/recordedTable.js";
import { bodyOf, type Recording, recordingsOf, requestOf } from "../kit/recordings.js";
import { clientOf, question, route, upstream } from "../kit/routing.js";

const counted = recordedTable();
const recordings = recordingsOf("responses");
const answers = recordings.filter(({ response }) => response.status === 200);

/** What the upstream answers next. */
let current: Recording;
let host: TestHost;
let gateway: TestGateway;

beforeAll(async () => {
	host = await startAiHost((_request, response) => {
		const type = current.stream ? "text/event-stream" : "application/json";
		response.writeHead(current.response.status, { "content-type": type });
		response.end(bodyOf(current));
	});
	const settings = upstream("vendor", host.url, { dialects: ["openai.responses"], keepsResponses: true });
	const routing = { upstreams: [settings], routes: [route(["vendor/vendor-model"])] };
	gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit() }, routing);
});

afterAll(async () => {
	await gateway.stop();
	await host.close();
});

beforeEach(() => {
	host.received.length = 0;
});

interface Item {
	type: string;
	content?: { type: string; text?: string }[];
	call_id?: string;
	name?: string;
	arguments?: string;
	input?: string;
}

/** The last state of a recorded answer. */
function responseOf(recording: Recording): { output: Item[]; usage: { input_tokens: number; output_tokens: number } } {
	if (!recording.stream) return JSON.parse(bodyOf(recording));
	const data = bodyOf(recording)
		.split("\n")
		.filter((line) => line.startsWith("data:") && line.includes('"type":"response.completed"'));
	return JSON.parse(data.at(-1)?.slice(5) ?? "").response;
}

describe.each(recordings.map((recording) => [recording.id, recording] as const))("%s", (_id, recording) => {
	counted(
		"openai",
		"as they came",
		"reaches the client byte for byte, and the upstream but for the model",
		async () => {
			current = recording;
			const asked = { ...(requestOf(recording) ?? { input: "?" }), model: "test-model", stream: recording.stream };
			const response = await fetch(`${gateway.baseUrl}/responses`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(asked),
			});
			expect(response.status).toBe(recording.response.status);
			expect(await response.text()).toBe(bodyOf(recording));
			expect(host.received[0]?.url).toBe("/responses");
			expect(JSON.parse(host.received[0]?.body.toString() ?? "")).toEqual({ ...asked, model: "vendor-model" });
		},
	);
});

describe.each(answers.map((recording) => [recording.id, recording] as const))("%s", (_id, recording) => {
	counted("openai", "as chat completions", "is a chat completion to a chat client", async () => {
		current = recording;
		const client = clientOf(gateway);
		const whole = responseOf(recording);
		const answer = recording.stream
			? await client.chat.completions
					.stream({ ...question, stream_options: { include_usage: true } })
					.finalChatCompletion()
			: await client.chat.completions.create(question);
		expect(host.received[0]?.url).toBe("/responses");
		const [choice] = answer.choices;
		expect(choice?.message.content ?? "").toBe(textOf(recording, whole.output));
		const calls = whole.output.filter(({ type }) => type === "function_call" || type === "custom_tool_call");
		expect((choice?.message.tool_calls ?? []).map((call) => [call.id, nameOf(call)])).toEqual(
			calls.map(({ call_id, name, arguments: text, input }) => [call_id, [name, text ?? input]]),
		);
		expect(choice?.finish_reason).toBe(calls.length > 0 ? "tool_calls" : "stop");
		const { prompt_tokens: input = 0, completion_tokens: output = 0 } = answer.usage ?? {};
		expect([input, output]).toEqual([whole.usage.input_tokens, whole.usage.output_tokens]);
	});
});

/** Some recordings of streams lack pieces. */
function textOf(recording: Recording, output: readonly Item[]): string {
	const data = recording.stream ? bodyOf(recording).split("\n") : [];
	const pieces = data.filter((line) => line.startsWith("data:") && line.includes('"response.output_text.delta"'));
	const texts = output.flatMap(({ type, content }) => (type === "message" ? (content ?? []) : []));
	return pieces.length > 0
		? pieces.map((line) => JSON.parse(line.slice(5)).delta).join("")
		: texts.map(({ text }) => text ?? "").join("");
}

function nameOf(call: { type: string; function?: { name: string; arguments: string } }) {
	return [call.function?.name, call.function?.arguments];
}

/** What the recorded requests hold that chat completions have no words for; reasoning that only its vendor can read among it. */
const inexpressible = ["include", "store", "tools.web_search", "web_search_call", "prompt_cache_key", "reasoning"];

test("recorded requests become chat completions, and what they can't say is listed", () => {
	const dropped = new Set<string>();
	for (const recording of recordings) {
		const body = requestOf(recording);
		if (body === undefined) continue;
		const request = openaiResponses.translation?.readRequest(body);
		if (request === undefined) throw new Error("no request");
		const chat = openaiChat.translation?.writeRequest(request, dropped) as { messages: Record<string, unknown>[] };
		const again = openaiResponses.translation?.writeRequest(request, new Set()) as { input: Item[] };
		const input = (Array.isArray(body.input) ? body.input : []) as Item[];
		const count = (items: Item[], type: string) => items.filter((item) => item.type === type).length;
		expect(chat.messages.filter(({ role }) => role === "tool")).toHaveLength(count(input, "function_call_output"));
		for (const type of ["function_call", "function_call_output"])
			expect(count(again.input, type)).toBe(count(input, type));
	}
	expect([...dropped].filter((name) => !inexpressible.includes(name))).toEqual([]);
});
