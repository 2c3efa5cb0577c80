/** What Vertex AI has otherwise in the bodies of Anthropic's, Google's and OpenAI's APIs. */
import { anthropicMessages, anthropicTokenCounts } from "../../dialects/anthropicMessages/index.js";
import type { Json } from "../../dialects/dialect.js";
import { geminiContent, geminiEmbedding, geminiTokenCounts } from "../../dialects/gemini/index.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { openaiEmbeddings } from "../../dialects/openaiEmbeddings/index.js";
import { isObject } from "../../json/isObject.js";
import type { RequestEdits } from "../chatQuirks.js";
import type { ProviderBody } from "../provider.js";
import { vertexModel } from "./models.js";

/** In the body, where Anthropic's own API has it in a header. */
const anthropicVersion = "vertex-2023-10-16";
const wholeRequest = "generateContentRequest";
const ofEmbedding = ["taskType", "title", "outputDimensionality", "autoTruncate"];

export function vertexEdits({ dialect, model, json }: ProviderBody): RequestEdits {
	switch (dialect) {
		case anthropicMessages:
			return new Map([["model", undefined], ...version(json)]);
		case anthropicTokenCounts:
			return new Map([["model", vertexModel(model).name], ...version(json)]);
		case openaiChat:
		case openaiEmbeddings:
			return new Map([["model", nameForOpenai(model)]]);
		case geminiContent:
			return withRoles(json);
		case geminiTokenCounts:
			return countedEdits(json);
		case geminiEmbedding:
			return embeddingEdits(json);
		default:
			return new Map();
	}
}

/** Clients that were made for Vertex name one. */
function version({ anthropic_version: given }: Json): [string, unknown][] {
	return given === undefined ? [["anthropic_version", anthropicVersion]] : [];
}

/** Mistral knows its models by their bare names, an endpoint serves but one, and all others want to be told whose they are. */
function nameForOpenai(model: string): string {
	const { publisher, name } = vertexModel(model);
	return publisher === undefined || publisher === "mistralai" ? name : `${publisher}/${name}`;
}

/** The Gemini API takes a content without a role for the user's, Vertex refuses it. */
function withRoles({ contents }: Json): RequestEdits {
	const lacks = (content: unknown) => isObject(content) && (content.role === undefined || content.role === "");
	if (!Array.isArray(contents) || !contents.some(lacks)) return new Map();
	return new Map([["contents", contents.map((content) => (lacks(content) ? { ...content, role: "user" } : content))]]);
}

/** Vertex counts what stands in the body itself; the Gemini API also what is one whole request in there. */
function countedEdits(json: Json): RequestEdits {
	const name = [wholeRequest, "generate_content_request"].find((one) => isObject(json[one]));
	if (name === undefined) return withRoles(json);
	const { model: _model, ...request } = json[name] as Json;
	return new Map([[name, undefined], ...Object.entries(request), ...withRoles(request)]);
}

function embeddingEdits(json: Json): RequestEdits {
	const given = ofEmbedding.filter((name) => json[name] !== undefined);
	if (given.length === 0) return new Map();
	const config = isObject(json.embedContentConfig) ? json.embedContentConfig : {};
	const moved = Object.fromEntries(given.map((name) => [name, json[name]]));
	return new Map<string, unknown>([
		...given.map((name) => [name, undefined] as const),
		["embedContentConfig", { ...moved, ...config }],
	]);
}
