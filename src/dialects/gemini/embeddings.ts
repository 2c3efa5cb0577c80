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
	writeRequest: (request, dropped) => ({ ...writeOne(request, onlyText(request), dropped), model: undefined }),
	readResponse: ({ embedding, usageMetadata }) => answerOf([embedding], usageMetadata),
	writeResponse: ({ vectors: [values = []], ...answer }) => ({ embedding: { values }, ...usageOf(answer) }),
};

export const embedContents: EmbeddingTranslation = {
	readRequest: (body, dropped) => requestOf(body, objectsMember(body, "requests"), dropped),
	writeRequest: (request, dropped) => ({ requests: request.texts.map((text) => writeOne(request, text, dropped)) }),
	readResponse: ({ embeddings, usageMetadata }) => answerOf(listIn(embeddings), usageMetadata),
	writeResponse: ({ vectors, ...answer }) => ({
		embeddings: vectors.map((values) => ({ values })),
		...usageOf(answer),
	}),
};

/** @throws GatewayError 400 for what is no text */
function requestOf(body: Json, requests: readonly Json[], dropped: Set<string>): EmbeddingRequest {
	const configs = requests.map((request) => ({ ...request, ...objectMember(request, "embedContentConfig") }));
	if (configs.some((config) => textMember(config, "title") !== "")) dropped.add("title");
	const tasks = new Set(configs.map((config) => textMember(config, "taskType")));
	// Nobody else can be told what each text is for.
	if (tasks.size > 1) dropped.add("taskType");
	const [task] = tasks.size > 1 ? [] : tasks;
	return {
		model: textIn(body.model) || undefined,
		texts: requests.map(textOf),
		dimensions: dimensionsIn(configs),
		isBase64: false,
		task: task || undefined,
		user: undefined,
	};
}

/** @throws GatewayError 400 for several lengths, of which others can be asked for one */
function dimensionsIn(configs: readonly Json[]): number | undefined {
	const lengths = new Set(configs.map((config) => numberMember(config, "outputDimensionality")));
	const [length] = lengths;
	if (lengths.size <= 1) return length;
	const message = "outputDimensionality must be the same in all requests: the upstream makes vectors of one length";
	throw new GatewayError(400, message, { code: "unsupported_input", param: "requests" });
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

/** @throws GatewayError 400 for more than one, of which there would be one vector */
function onlyText({ texts: [first = "", ...others] }: EmbeddingRequest): string {
	if (others.length === 0) return first;
	const message = "The model makes the vector of one text at a time: send one request for each";
	throw new GatewayError(400, message, { code: "unsupported_by_upstream", param: "input" });
}

function writeOne({ model = "", dimensions, task, user }: EmbeddingRequest, text: string, dropped: Set<string>): Json {
	if (user !== undefined) dropped.add("user");
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
