/** Google's generateContent. */
import { type Asked, type Json, jsonInput, object, objects, string, type Turn } from "../script.js";
import { type Format, sse } from "./format.js";

const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 15, thoughtsTokenCount: 5, totalTokenCount: 120 };

/** Parts of an answer; the signature stands on the first call, or on the text. */
function partsOf({ thinking, text = [], calls = [] }: Turn, asked: Asked): Json[] {
	const signed = thinking === undefined ? {} : { thoughtSignature: thinking.signature };
	const thoughts = thinking === undefined ? [] : [{ text: thinking.text, thought: true }];
	const uses = calls.map((call, index) => ({
		functionCall: { id: call.id, name: call.tool, args: jsonInput(call, asked) },
		...(index === 0 ? signed : {}),
	}));
	return [...thoughts, ...text.map((piece) => ({ text: piece })), ...uses];
}

function answer(parts: Json[], asked: Asked, more: Json = {}): Json {
	return {
		candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
		modelVersion: asked.model,
		responseId: "response-1",
		usageMetadata,
	};
}

export const gemini: Format = {
	name: "gemini",
	upstream: { provider: "gemini" },
	basePath: "/v1beta",
	isGeneration: (path) => /:(streamG|g)enerateContent$/.test(path),
	other: (path) => (path.endsWith(":countTokens") ? { totalTokens: 100 } : undefined),
	read({ path, body }) {
		const parts = objects(body.contents).flatMap(({ parts: each }) => objects(each));
		return {
			model: /\/models\/([^:]+):/.exec(path)?.[1] ?? "",
			isStream: path.endsWith(":streamGenerateContent"),
			tools: objects(body.tools).flatMap(({ functionDeclarations }) =>
				objects(functionDeclarations).map(({ name, parameters, parametersJsonSchema }) => ({
					name: string(name),
					isFreeform: false,
					properties: Object.keys(object(object(parametersJsonSchema ?? parameters).properties)),
				})),
			),
			results: parts
				.filter(({ functionResponse }) => functionResponse !== undefined)
				.map(({ functionResponse }) => JSON.stringify(object(functionResponse).response)),
			thoughts: parts.filter(({ thought }) => thought === true).map(({ text }) => string(text)),
			signatures: parts.flatMap(({ thoughtSignature }) => string(thoughtSignature) || []),
		};
	},
	whole: (turn, asked) => answer(partsOf(turn, asked), asked, { finishReason: "STOP" }),
	events(turn, asked) {
		const parts = partsOf(turn, asked);
		return parts.map((part, index) =>
			sse(answer([part], asked, index === parts.length - 1 ? { finishReason: "STOP" } : {})),
		);
	},
	error: (status) => ({
		error: {
			code: status,
			message: `A scripted ${status}.`,
			status: status === 429 ? "RESOURCE_EXHAUSTED" : "INTERNAL",
		},
	}),
};
