/** OpenAI's chat completions, with `reasoning_content` as vLLM and others have it. */
import { type Asked, type Json, jsonInput, object, objects, pieces, string, type Turn, textOf } from "../script.js";
import { type Format, sse } from "./format.js";

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

const finish = ({ calls = [] }: Turn) => (calls.length > 0 ? "tool_calls" : "stop");

function callsOf({ calls = [] }: Turn, asked: Asked) {
	return calls.map((call) => ({
		id: call.id,
		type: "function",
		function: { name: call.tool, arguments: JSON.stringify(jsonInput(call, asked)) },
	}));
}

export const chat: Format = {
	name: "chat",
	upstream: {},
	basePath: "/v1",
	isGeneration: (path) => path.endsWith("/chat/completions"),
	other: () => undefined,
	read({ body }) {
		const messages = objects(body.messages);
		return {
			model: string(body.model),
			isStream: body.stream === true,
			tools: objects(body.tools).map((tool) => {
				const { name, parameters } = object(tool.function);
				return {
					name: string(name),
					isFreeform: false,
					properties: Object.keys(object(object(parameters).properties)),
				};
			}),
			results: messages.filter(({ role }) => role === "tool").map(({ content }) => textOf(content)),
			thoughts: messages.flatMap((message) => string(message.reasoning_content ?? message.reasoning) || []),
			signatures: [],
		};
	},
	whole(turn, asked) {
		const calls = callsOf(turn, asked);
		return {
			id: "chatcmpl-1",
			object: "chat.completion",
			created: 1_700_000_000,
			model: asked.model,
			choices: [
				{
					index: 0,
					finish_reason: finish(turn),
					message: {
						role: "assistant",
						content: turn.text?.join("") ?? null,
						...(turn.thinking === undefined ? {} : { reasoning_content: turn.thinking.text }),
						...(calls.length === 0 ? {} : { tool_calls: calls }),
					},
				},
			],
			usage,
		};
	},
	events(turn, asked) {
		const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: asked.model };
		const chunk = (delta: Json, reason: string | null = null) =>
			sse({ ...head, choices: [{ index: 0, delta, finish_reason: reason }] });
		const calls = callsOf(turn, asked).flatMap(({ function: { arguments: json, name }, ...call }, index) => [
			chunk({ tool_calls: [{ index, ...call, function: { name, arguments: "" } }] }),
			...pieces(json).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
		]);
		return [
			chunk({ role: "assistant", content: "" }),
			...pieces(turn.thinking?.text ?? "").map((piece) => chunk({ reasoning_content: piece })),
			...(turn.text ?? []).map((piece) => chunk({ content: piece })),
			...calls,
			chunk({}, finish(turn)),
			sse({ ...head, choices: [], usage }),
			sse("[DONE]"),
		];
	},
	error: (status) => ({
		error: { message: `A scripted ${status}.`, type: status === 429 ? "rate_limit_error" : "server_error", code: null },
	}),
};
