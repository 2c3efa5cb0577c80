/** OpenAI's Responses. */
import { type Asked, type Json, jsonInput, object, objects, pieces, string, type Turn, textOf } from "../script.js";
import { type Format, sse } from "./format.js";

const usage = {
	input_tokens: 100,
	input_tokens_details: { cached_tokens: 0 },
	output_tokens: 20,
	output_tokens_details: { reasoning_tokens: 5 },
	total_tokens: 120,
};

/** An item of an answer, as it begins and as it is whole, with what comes between. */
interface Item {
	readonly begun: Json;
	readonly whole: Json;
	readonly between: (place: Json) => Json[];
}

function itemsOf({ thinking, text, calls = [] }: Turn, asked: Asked): Item[] {
	const items: Item[] = [];
	if (thinking !== undefined) {
		const reasoning = { type: "reasoning", id: "rs_1" };
		const part = { type: "summary_text", text: thinking.text };
		items.push({
			begun: { ...reasoning, summary: [] },
			whole: { ...reasoning, summary: [part], encrypted_content: thinking.signature },
			between: (place) => [
				{
					type: "response.reasoning_summary_part.added",
					...place,
					summary_index: 0,
					part: { ...part, text: "" },
				},
				...pieces(thinking.text).map((delta) => ({
					type: "response.reasoning_summary_text.delta",
					...place,
					summary_index: 0,
					delta,
				})),
				{ type: "response.reasoning_summary_text.done", ...place, summary_index: 0, text: thinking.text },
				{ type: "response.reasoning_summary_part.done", ...place, summary_index: 0, part },
			],
		});
	}
	if (text !== undefined) {
		const message = { type: "message", id: "msg_1", role: "assistant" };
		const part = { type: "output_text", text: text.join(""), annotations: [], logprobs: [] };
		items.push({
			begun: { ...message, status: "in_progress", content: [] },
			whole: { ...message, status: "completed", content: [part] },
			between: (place) => [
				{ type: "response.content_part.added", ...place, content_index: 0, part: { ...part, text: "" } },
				...text.map((delta) => ({ type: "response.output_text.delta", ...place, content_index: 0, delta })),
				{ type: "response.output_text.done", ...place, content_index: 0, text: part.text },
				{ type: "response.content_part.done", ...place, content_index: 0, part },
			],
		});
	}
	for (const [index, call] of calls.entries()) items.push(callItem(call, index, asked));
	return items;
}

function callItem(call: NonNullable<Turn["calls"]>[number], index: number, asked: Asked): Item {
	const { id, tool, input } = call;
	const isFreeform = asked.tools.find(({ name }) => name === tool)?.isFreeform === true && typeof input === "string";
	const kind = isFreeform ? "custom_tool_call_input" : "function_call_arguments";
	const member = isFreeform ? "input" : "arguments";
	const given = isFreeform ? (input as string) : JSON.stringify(jsonInput(call, asked));
	const item = {
		type: isFreeform ? "custom_tool_call" : "function_call",
		id: `${isFreeform ? "ctc" : "fc"}_${index + 1}`,
		call_id: `call_${id}`,
		name: tool,
	};
	return {
		begun: { ...item, status: "in_progress", [member]: "" },
		whole: { ...item, status: "completed", [member]: given },
		between: (place) => [
			...pieces(given).map((delta) => ({ type: `response.${kind}.delta`, ...place, delta })),
			{ type: `response.${kind}.done`, ...place, [member]: given },
		],
	};
}

/** Tools in namespaces are offered inside of them. */
function toolsOf(tools: unknown): Asked["tools"] {
	return objects(tools).flatMap(({ type, name, parameters, tools: inner }) => {
		if (type === "namespace") return toolsOf(inner);
		if (type !== "function" && type !== "custom") return [];
		return {
			name: string(name),
			isFreeform: type === "custom",
			properties: Object.keys(object(object(parameters).properties)),
		};
	});
}

export const responses: Format = {
	name: "responses",
	upstream: { provider: "openai", dialects: ["openai.responses"] },
	basePath: "/v1",
	isGeneration: (path) => path.endsWith("/responses"),
	other: () => undefined,
	read({ body }) {
		const input = objects(body.input);
		const reasoning = input.filter(({ type }) => type === "reasoning");
		return {
			model: string(body.model),
			isStream: body.stream === true,
			tools: toolsOf(body.tools),
			results: input.filter(({ type }) => /_call_output$/.test(string(type))).map(({ output }) => textOf(output)),
			thoughts: reasoning.map(({ summary }) => textOf(summary)),
			signatures: reasoning.map(({ encrypted_content: signature }) => string(signature)),
		};
	},
	whole(turn, asked) {
		return {
			id: "resp_1",
			object: "response",
			created_at: 1_700_000_000,
			status: "completed",
			model: asked.model,
			output: itemsOf(turn, asked).map(({ whole }) => whole),
			parallel_tool_calls: true,
			tool_choice: "auto",
			tools: [],
			usage,
			error: null,
			incomplete_details: null,
		};
	},
	events(turn, asked) {
		const whole = this.whole(turn, asked);
		const begun = { ...whole, status: "in_progress", output: [], usage: null };
		const all: Json[] = [
			{ type: "response.created", response: begun },
			{ type: "response.in_progress", response: begun },
			...itemsOf(turn, asked).flatMap((item, index) => {
				const place = { item_id: item.whole.id, output_index: index };
				return [
					{ type: "response.output_item.added", output_index: index, item: item.begun },
					...item.between(place),
					{ type: "response.output_item.done", output_index: index, item: item.whole },
				];
			}),
			{ type: "response.completed", response: whole },
		];
		return all.map((data, index) => sse({ ...data, sequence_number: index }, string(data.type)));
	},
	error: (status) => ({
		error: {
			message: `A scripted ${status}.`,
			type: status === 429 ? "rate_limit_error" : "server_error",
			code: status === 429 ? "rate_limit_exceeded" : "server_error",
			param: null,
		},
	}),
};
