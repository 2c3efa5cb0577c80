/** Anthropic's Messages. */
import { type Asked, type Json, jsonInput, object, objects, pieces, string, type Turn, textOf } from "../script.js";
import { type Format, sse } from "./format.js";

const usage = {
	input_tokens: 100,
	cache_creation_input_tokens: 0,
	cache_read_input_tokens: 0,
	output_tokens: 20,
};

const reason = ({ calls = [] }: Turn) => (calls.length > 0 ? "tool_use" : "end_turn");

const event = (data: Json) => sse(data, string(data.type));

/** Each block of an answer, with the deltas that a stream makes it of. */
function blocksOf({ thinking, text, calls = [] }: Turn, asked: Asked): { whole: Json; start: Json; deltas: Json[] }[] {
	const thoughts =
		thinking === undefined
			? []
			: [
					{
						whole: { type: "thinking", thinking: thinking.text, signature: thinking.signature },
						start: { type: "thinking", thinking: "", signature: "" },
						deltas: [
							...pieces(thinking.text).map((piece) => ({ type: "thinking_delta", thinking: piece })),
							{ type: "signature_delta", signature: thinking.signature },
						],
					},
				];
	const said =
		text === undefined
			? []
			: [
					{
						whole: { type: "text", text: text.join("") },
						start: { type: "text", text: "" },
						deltas: text.map((piece) => ({ type: "text_delta", text: piece })),
					},
				];
	const uses = calls.map((call) => {
		const input = jsonInput(call, asked);
		const use = { type: "tool_use", id: `toolu_${call.id}`, name: call.tool };
		return {
			whole: { ...use, input },
			start: { ...use, input: {} },
			deltas: pieces(JSON.stringify(input)).map((piece) => ({ type: "input_json_delta", partial_json: piece })),
		};
	});
	return [...thoughts, ...said, ...uses];
}

export const messages: Format = {
	name: "messages",
	upstream: { provider: "anthropic" },
	basePath: "/v1",
	isGeneration: (path) => path.endsWith("/messages"),
	other: (path) => (path.endsWith("/count_tokens") ? { input_tokens: 100 } : undefined),
	read({ body }) {
		const blocks = objects(body.messages).flatMap(({ content }) => objects(content));
		const thoughts = blocks.filter(({ type }) => type === "thinking");
		return {
			model: string(body.model),
			isStream: body.stream === true,
			tools: objects(body.tools).map(({ name, input_schema: schema }) => ({
				name: string(name),
				isFreeform: false,
				properties: Object.keys(object(object(schema).properties)),
			})),
			results: blocks.filter(({ type }) => type === "tool_result").map(({ content }) => textOf(content)),
			thoughts: thoughts.map(({ thinking }) => string(thinking)),
			signatures: thoughts.map(({ signature }) => string(signature)),
		};
	},
	whole(turn, asked) {
		return {
			id: "msg_1",
			type: "message",
			role: "assistant",
			model: asked.model,
			content: blocksOf(turn, asked).map(({ whole }) => whole),
			stop_reason: reason(turn),
			stop_sequence: null,
			usage,
		};
	},
	events(turn, asked) {
		const message = { ...this.whole({}, asked), stop_reason: null, usage: { ...usage, output_tokens: 1 } };
		const blocks = blocksOf(turn, asked).flatMap(({ start, deltas }, index) => [
			event({ type: "content_block_start", index, content_block: start }),
			...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
			event({ type: "content_block_stop", index }),
		]);
		return [
			event({ type: "message_start", message }),
			event({ type: "ping" }),
			...blocks,
			event({ type: "message_delta", delta: { stop_reason: reason(turn), stop_sequence: null }, usage }),
			event({ type: "message_stop" }),
		];
	},
	error: (status) => ({
		type: "error",
		error: { type: status === 429 ? "rate_limit_error" : "api_error", message: `A scripted ${status}.` },
		request_id: "req_1",
	}),
};
