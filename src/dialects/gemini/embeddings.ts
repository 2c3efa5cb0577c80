/** Google's embeddings: one content (`embedContent`), or a list of such requests (`batchEmbedContents`). */
import type { EmbeddingRequest, EmbeddingResponse } from "../../chat/embeddings.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import type { EmbeddingTranslation, Json } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { withoutUndefined } from "../openai/members.js";
import { memberIn, numberMember, objectMember, objectsMember, textMember } from "./members.js";
import { nameInBody } from "./path.js";

export const embedContent: EmbeddingTranslation = {
	readRequest: (body, dropped) => requestOf(body, [body], dropped),
	writeRequest: (request) => ({ ...writeOne(request, request.texts[0] ?? ""), model: undefined }),
	readResponse: ({ embedding, usageMetadata }) => answerOf([embedding], usageMetadata),
	writeResponse: ({ vectors: [values = []], ...answer }) => ({ embedding: { values }, ...usageOf(answer) }),
};

export const embedContents: EmbeddingTranslation = {
	readRequest: (body, dropped) => requestOf(body, objectsMember(body, "requests"), dropped),
	writeRequest: (request) => ({ requests: request.texts.map((text) => writeOne(request, text)) }),
	readResponse: ({ embeddings, usageMetadata }) => answerOf(listIn(embeddings), usageMetadata),
	writeResponse: ({ vectors, ...answer }) => ({
		embeddings: vectors.map((values) => ({ values })),
		...usageOf(answer),
	}),
};

/** @throws GatewayError 400 for what is no text */
function requestOf(body: Json, requests: readonly Json[], dropped: Set<string>): EmbeddingRequest {
	const [first = {}] = requests;
	const config = { ...first, ...objectMember(first, "embedContentConfig") };
	if (textMember(config, "title") !== "") dropped.add("title");
	return {
		model: textIn(body.model) || undefined,
		texts: requests.map(textOf),
		dimensions: numberMember(config, "outputDimensionality"),
		isBase64: false,
		task: textMember(config, "taskType") || undefined,
		user: undefined,
	};
}

function textOf(request: Json): string {
	const content = memberIn(request, "content");
	if (typeof content === "string") return content;
	const parts = isObject(content) ? listIn(content.parts) : [];
	const texts = parts.map((part) => (isObject(part) ? part.text : undefined));
	if (texts.length > 0 && texts.every((text) => typeof text === "string")) return texts.join("\n");
	const message = "content.parts must hold texts alone: the upstream makes vectors of nothing else";
	throw new GatewayError(400, message, { code: "unsupported_content", param: "content" });
}

function writeOne({ model = "", dimensions, task }: EmbeddingRequest, text: string): Json {
	return withoutUndefined({
		model: nameInBody(model),
		content: { parts: [{ text }] },
		taskType: task,
		outputDimensionality: dimensions,
	});
}

function answerOf(embeddings: readonly unknown[], usage: unknown): EmbeddingResponse {
	return {
		model: undefined,
		vectors: embeddings.map((one) => (isObject(one) ? (listIn(one.values) as number[]) : [])),
		tokens: isObject(usage) ? numberMember(usage, "promptTokenCount") : undefined,
	};
}

function usageOf({ tokens }: Pick<EmbeddingResponse, "tokens">): Json {
	return tokens === undefined ? {} : { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens } };
}
