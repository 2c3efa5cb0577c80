/** Every parameter of a chat completion, at every upstream's dialect: it is sent in that dialect's words, or said to be lost. */
import { describe, expect, test } from "vitest";
import { anthropicMessages } from "../../src/dialects/anthropicMessages/index.js";
import { bedrockConverse } from "../../src/dialects/bedrockConverse/index.js";
import { cohereChat } from "../../src/dialects/cohereChat/index.js";
import type { Dialect, Json } from "../../src/dialects/dialect.js";
import { geminiContent } from "../../src/dialects/gemini/index.js";
import { ollamaChat } from "../../src/dialects/ollamaChat/index.js";
import { openaiChat } from "../../src/dialects/openaiChat/index.js";
import { openaiResponses } from "../../src/dialects/openaiResponses/index.js";
import { requestFor } from "../kit/translatedAnswer.js";

/** What is sent, as a part of the request; or the name under which it is lost. */
type Outcome = Json | string;

interface Targets {
	readonly responses: Outcome;
	readonly messages: Outcome;
	readonly gemini: Outcome;
	readonly cohere: Outcome;
	readonly ollama: Outcome;
	readonly bedrock: Outcome;
}

const dialects: Readonly<Record<keyof Targets, Dialect>> = {
	responses: openaiResponses,
	messages: anthropicMessages,
	gemini: geminiContent,
	cohere: cohereChat,
	ollama: ollamaChat,
	bedrock: bedrockConverse,
};

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const find = { name: "find", parameters: schema };
const tools = [
	{ type: "function", function: find },
	{ type: "function", function: { ...find, name: "other" } },
];
const everywhere = (lost: string): Targets => ({
	responses: lost,
	messages: lost,
	gemini: lost,
	cohere: lost,
	ollama: lost,
	bedrock: lost,
});

const parameters: Readonly<Record<string, { readonly asked: Json; readonly at: Targets }>> = {
	temperature: {
		asked: { temperature: 0.5 },
		at: {
			responses: { temperature: 0.5 },
			messages: { temperature: 0.5 },
			gemini: { generationConfig: { temperature: 0.5 } },
			cohere: { temperature: 0.5 },
			ollama: { options: { temperature: 0.5 } },
			bedrock: { inferenceConfig: { temperature: 0.5 } },
		},
	},
	top_p: {
		asked: { top_p: 0.9 },
		at: {
			responses: { top_p: 0.9 },
			messages: { top_p: 0.9 },
			gemini: { generationConfig: { topP: 0.9 } },
			cohere: { p: 0.9 },
			ollama: { options: { top_p: 0.9 } },
			bedrock: { inferenceConfig: { topP: 0.9 } },
		},
	},
	top_k: {
		asked: { top_k: 4 },
		at: {
			responses: "topK",
			messages: { top_k: 4 },
			gemini: { generationConfig: { topK: 4 } },
			cohere: { k: 4 },
			ollama: { options: { top_k: 4 } },
			bedrock: "topK",
		},
	},
	seed: {
		asked: { seed: 7 },
		at: {
			responses: "seed",
			messages: "seed",
			gemini: { generationConfig: { seed: 7 } },
			cohere: { seed: 7 },
			ollama: { options: { seed: 7 } },
			bedrock: "seed",
		},
	},
	frequency_penalty: {
		asked: { frequency_penalty: 0.5 },
		at: {
			responses: "frequencyPenalty",
			messages: "frequencyPenalty",
			gemini: { generationConfig: { frequencyPenalty: 0.5 } },
			cohere: { frequency_penalty: 0.5 },
			ollama: { options: { frequency_penalty: 0.5 } },
			bedrock: "frequencyPenalty",
		},
	},
	presence_penalty: {
		asked: { presence_penalty: 0.5 },
		at: {
			responses: "presencePenalty",
			messages: "presencePenalty",
			gemini: { generationConfig: { presencePenalty: 0.5 } },
			cohere: { presence_penalty: 0.5 },
			ollama: { options: { presence_penalty: 0.5 } },
			bedrock: "presencePenalty",
		},
	},
	stop: {
		asked: { stop: ["END"] },
		at: {
			responses: "stop",
			messages: { stop_sequences: ["END"] },
			gemini: { generationConfig: { stopSequences: ["END"] } },
			cohere: { stop_sequences: ["END"] },
			ollama: { options: { stop: ["END"] } },
			bedrock: { inferenceConfig: { stopSequences: ["END"] } },
		},
	},
	max_completion_tokens: {
		asked: { max_completion_tokens: 9 },
		at: {
			responses: { max_output_tokens: 9 },
			messages: { max_tokens: 9 },
			gemini: { generationConfig: { maxOutputTokens: 9 } },
			cohere: { max_tokens: 9 },
			ollama: { options: { num_predict: 9 } },
			bedrock: { inferenceConfig: { maxTokens: 9 } },
		},
	},
	n: {
		asked: { n: 2 },
		at: { ...everywhere("n"), gemini: { generationConfig: { candidateCount: 2 } } },
	},
	logit_bias: { asked: { logit_bias: { 50256: -100 } }, at: everywhere("logit_bias") },
	logprobs: {
		asked: { logprobs: true },
		at: {
			responses: { include: ["message.output_text.logprobs"] },
			messages: "logprobs",
			gemini: { generationConfig: { responseLogprobs: true } },
			cohere: { logprobs: true },
			ollama: { logprobs: true },
			bedrock: "logprobs",
		},
	},
	"parallel_tool_calls: false": {
		asked: { tools, parallel_tool_calls: false },
		at: {
			responses: { parallel_tool_calls: false },
			messages: { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
			gemini: "mayCallInParallel",
			cohere: "mayCallInParallel",
			ollama: "mayCallInParallel",
			bedrock: "mayCallInParallel",
		},
	},
	"tool_choice: a function": {
		asked: { tools, tool_choice: { type: "function", function: { name: "find" } } },
		at: {
			responses: { tool_choice: { type: "function", name: "find" } },
			messages: { tool_choice: { type: "tool", name: "find" } },
			gemini: { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["find"] } } },
			cohere: { tool_choice: "REQUIRED", tools: [{ function: { name: "find" } }] },
			ollama: "toolChoice",
			bedrock: { toolConfig: { toolChoice: { tool: { name: "find" } } } },
		},
	},
	"tool_choice: required": {
		asked: { tools, tool_choice: "required" },
		at: {
			responses: { tool_choice: "required" },
			messages: { tool_choice: { type: "any" } },
			gemini: { toolConfig: { functionCallingConfig: { mode: "ANY" } } },
			cohere: { tool_choice: "REQUIRED" },
			ollama: "toolChoice",
			bedrock: { toolConfig: { toolChoice: { any: {} } } },
		},
	},
	"response_format: json_schema": {
		asked: { response_format: { type: "json_schema", json_schema: { name: "a", schema } } },
		at: {
			responses: { text: { format: { type: "json_schema", name: "a", schema } } },
			messages: { output_config: { format: { type: "json_schema", schema } } },
			gemini: { generationConfig: { responseMimeType: "application/json" } },
			cohere: { response_format: { type: "json_object", json_schema: schema } },
			ollama: { format: schema },
			bedrock: { outputConfig: { textFormat: { type: "json_schema" } } },
		},
	},
	"response_format: json_object": {
		asked: { response_format: { type: "json_object" } },
		at: {
			responses: { text: { format: { type: "json_object" } } },
			messages: "responseFormat",
			gemini: { generationConfig: { responseMimeType: "application/json" } },
			cohere: { response_format: { type: "json_object" } },
			ollama: { format: "json" },
			bedrock: "responseFormat",
		},
	},
	metadata: {
		asked: { metadata: { team: "a" } },
		at: {
			...everywhere("metadata"),
			responses: { metadata: { team: "a" } },
			bedrock: { requestMetadata: { team: "a" } },
		},
	},
	user: {
		asked: { user: "u" },
		at: { ...everywhere("user"), responses: { user: "u" }, messages: { metadata: { user_id: "u" } } },
	},
	"the name of a participant": {
		asked: { messages: [{ role: "user", name: "Zoe", content: "?" }] },
		at: everywhere("name"),
	},
	modalities: {
		asked: { modalities: ["text", "audio"] },
		at: { ...everywhere("modalities"), gemini: { generationConfig: { responseModalities: ["AUDIO"] } } },
	},
	prediction: { asked: { prediction: { type: "content", content: "a" } }, at: everywhere("prediction") },
	web_search_options: {
		asked: { web_search_options: { search_context_size: "low" } },
		at: everywhere("web_search_options"),
	},
};

const cases = Object.entries(parameters).flatMap(([name, { asked, at }]) =>
	(Object.keys(dialects) as (keyof Targets)[]).map((target) => [name, target, asked, at[target]] as const),
);

describe("a chat completion's", () => {
	test.each(cases)("%s at %s", (_name, target, asked, outcome) => {
		const { sent, dropped } = requestFor(openaiChat, dialects[target], asked);
		if (typeof outcome === "string") expect(dropped).toEqual([outcome]);
		else {
			expect(sent).toMatchObject(outcome);
			expect(dropped).toEqual([]);
		}
	});
});
