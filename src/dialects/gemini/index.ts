/** Google's Gemini API: `POST /v1beta/models/{model}:generateContent`, its stream, and what stands beside it. */
import type { Dialect } from "../dialect.js";
import { continued } from "./continued.js";
import { embedContent, embedContents } from "./embeddings.js";
import { geminiErrors } from "./errors.js";
import { jsonArray } from "./jsonArray.js";
import { losses } from "./losses.js";
import { dialectName } from "./name.js";
import { pathFormat } from "./path.js";
import { readRequest } from "./request.js";
import { readWhole, writeResponse } from "./response.js";
import { stream } from "./stream.js";
import { textTransform } from "./textTransform.js";
import { withoutSeals } from "./withoutSeals.js";
import { writeRequest } from "./writeRequest.js";
import { ContentWriter } from "./writer.js";

export const geminiContent: Dialect = {
	name: dialectName,
	vendor: "google",
	operation: "chat",
	contentMember: "candidates",
	usageMember: "usageMetadata",
	modelMember: "modelVersion",
	limitNames: ["maxOutputTokens", "max_output_tokens"],
	stream,
	framing: ({ alt }) => (alt === "sse" ? undefined : jsonArray),
	errors: geminiErrors("candidates"),
	readWhole,
	textTransform,
	// Gemini CLI's SDK takes a comment for half an answer, but an empty line for nothing, as everybody does.
	comment: Buffer.from("\n"),
	withoutSeals,
	sealRefusal: "Thought signature is not valid.",
	translation: {
		losses,
		// Ids are any texts, and names may have dots and colons.
		tools: { name: { refused: /[^a-zA-Z0-9_.:-]/g, maxLength: 64 } },
		readRequest,
		writeRequest,
		continued,
		writeResponse,
		writer: (context) => new ContentWriter(context),
	},
	path: pathFormat(({ isStream }) => (isStream ? "streamGenerateContent?alt=sse" : "generateContent")),
};

/** `POST /v1beta/models/{model}:countTokens`: says how many tokens a prompt has. */
export const geminiTokenCounts: Dialect = {
	name: "gemini.count_tokens",
	operation: "count_tokens",
	contentMember: "totalTokens",
	usesTokens: false,
	stream: undefined,
	errors: geminiErrors("totalTokens"),
	readWhole: undefined,
	translation: undefined,
	path: pathFormat(() => "countTokens"),
};

/** `GET /v1beta/models`: which models there are. */
export const geminiModels: Dialect = {
	name: "gemini.models",
	operation: "list_models",
	contentMember: "models",
	usesTokens: false,
	stream: undefined,
	errors: geminiErrors("models"),
	readWhole: undefined,
	translation: undefined,
};

/** `POST /v1beta/models/{model}:embedContent`: one text as a vector. */
export const geminiEmbedding: Dialect = {
	name: "gemini.embed_content",
	operation: "embeddings",
	contentMember: "embedding",
	usageMember: "usageMetadata",
	stream: undefined,
	errors: geminiErrors("embedding"),
	readWhole: undefined,
	translation: undefined,
	embeddings: embedContent,
	path: pathFormat(() => "embedContent"),
};

/** `POST /v1beta/models/{model}:batchEmbedContents`: many at once. */
export const geminiEmbeddings: Dialect = {
	name: "gemini.batch_embed_contents",
	operation: "embeddings",
	contentMember: "embeddings",
	usageMember: "usageMetadata",
	stream: undefined,
	errors: geminiErrors("embeddings"),
	readWhole: undefined,
	translation: undefined,
	embeddings: embedContents,
	path: pathFormat(() => "batchEmbedContents"),
};
