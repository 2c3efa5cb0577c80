/** Embeddings of Amazon's Titan and of Cohere, as Bedrock has them: `POST /model/{model}/invoke`, for upstreams. */
import type { EmbeddingRequest } from "../../chat/embeddings.js";
import { GatewayError } from "../../errors/gatewayError.js";
import { isObject } from "../../json/isObject.js";
import { bedrockErrors } from "../bedrockConverse/errors.js";
import { inputTypeOf } from "../cohereEmbed/translation.js";
import type { Dialect, OutboundEmbeddings } from "../dialect.js";
import { listIn } from "../openai/choice.js";
import { numberIn, withoutUndefined } from "../openai/members.js";

const titan: OutboundEmbeddings = {
	writeRequest({ model = "", texts, dimensions, task, user }, dropped) {
		noteLost({ task, user }, dropped);
		// The first version has vectors of one length.
		const isFirst = !/embed-text-v[2-9]|embed-image/.test(model);
		if (isFirst && dimensions !== undefined) dropped.add("dimensions");
		return withoutUndefined({ inputText: onlyText(texts), dimensions: isFirst ? undefined : dimensions });
	},
	readResponse: ({ embedding, inputTextTokenCount: tokens }) => ({
		model: undefined,
		vectors: [listIn(embedding) as number[]],
		tokens: numberIn(tokens),
	}),
};

const cohere: OutboundEmbeddings = {
	writeRequest({ model = "", texts, dimensions, task, user }, dropped) {
		noteLost({ user }, dropped);
		const isFixed = /embed-(?:english|multilingual)-v3/.test(model);
		if (isFixed && dimensions !== undefined) dropped.add("dimensions");
		return withoutUndefined({
			texts,
			input_type: inputTypeOf(task, dropped),
			embedding_types: ["float"],
			output_dimension: isFixed ? undefined : dimensions,
		});
	},
	readResponse({ embeddings }) {
		const vectors = isObject(embeddings) ? embeddings.float : embeddings;
		return { model: undefined, vectors: listIn(vectors) as number[][], tokens: undefined };
	},
};

/** @throws GatewayError 400 for several: Titan makes one vector of each request */
function onlyText(texts: readonly string[]): string {
	if (texts.length === 1) return texts[0] as string;
	const message = `This model takes one text at a time, and 'input' has ${texts.length}: send a request for each.`;
	throw new GatewayError(400, message, { code: "unsupported_input", param: "input" });
}

function noteLost({ task, user }: Partial<Pick<EmbeddingRequest, "task" | "user">>, dropped: Set<string>): void {
	if (task !== undefined) dropped.add("taskType");
	if (user !== undefined) dropped.add("user");
}

function dialectOf(name: string, contentMember: string, embeddings: OutboundEmbeddings): Dialect {
	return {
		name,
		operation: "embeddings",
		contentMember,
		stream: undefined,
		errors: bedrockErrors,
		readWhole: undefined,
		translation: undefined,
		embeddings,
	};
}

export const titanEmbeddings = dialectOf("bedrock.titan_embeddings", "embedding", titan);
export const cohereEmbeddings = dialectOf("bedrock.cohere_embeddings", "embeddings", cohere);
