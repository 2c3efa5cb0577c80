/** Models of Vertex AI by their names: whose they are, what they speak, and where they are below a project's location. */
import { anthropicMessages, anthropicTokenCounts } from "../../dialects/anthropicMessages/index.js";
import type { Dialect } from "../../dialects/dialect.js";
import { geminiContent, geminiEmbedding, geminiTokenCounts } from "../../dialects/gemini/index.js";
import { geminiImages } from "../../dialects/geminiImages/index.js";
import { geminiLive } from "../../dialects/geminiLive/index.js";
import { geminiSpeech } from "../../dialects/geminiSpeech/index.js";
import { googleRank } from "../../dialects/googleRank/index.js";
import { imagenPredict } from "../../dialects/imagenPredict/index.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { openaiEmbeddings } from "../../dialects/openaiEmbeddings/index.js";
import { modelSegment } from "../../dialects/pathSegment.js";
import { vertexPredict } from "../../dialects/vertexPredict/index.js";
import { isImagen } from "../gemini.js";

export interface VertexModel {
	/** `google`, `anthropic`, `meta`; undefined for an endpoint of the project's own. */
	readonly publisher: string | undefined;
	/** The publisher's name for it; of an endpoint `endpoints/123`, or with its project and location before that. */
	readonly name: string;
}

const endpoint = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?endpoints\/[^/]+$/;
const published = /^(?:publishers\/)?([^/]+)\/(?:models\/)?([^/]+)$/;
/** Bare names are Google's but for these. */
const publishers: readonly (readonly [names: RegExp, publisher: string])[] = [
	[/^claude-/, "anthropic"],
	[/^(?:mistral|ministral|codestral|magistral|devstral|pixtral)-/, "mistralai"],
];

/** @param model `gemini-3-flash`, `claude-sonnet-4-5@20250929`, `meta/llama-4-maas`, `publishers/google/models/gemini-3-flash`, `endpoints/123` */
export function vertexModel(model: string): VertexModel {
	if (endpoint.test(model)) return { publisher: undefined, name: model };
	const [, publisher, name = model] = published.exec(model) ?? [];
	const whose = publisher ?? publishers.find(([names]) => names.test(name))?.[1] ?? "google";
	return { publisher: whose, name: whose === "anthropic" ? withVersion(name) : name };
}

/** Anthropic's own name has the date of its version after a hyphen, `claude-sonnet-4-5-20250929`; Vertex has it after an `@`. */
function withVersion(name: string): string {
	return name.replace(/-(\d{8})$/, "@$1");
}

const contents: readonly Dialect[] = [geminiContent, geminiTokenCounts, geminiImages, geminiSpeech, geminiLive];
const messages: readonly Dialect[] = [anthropicMessages, anthropicTokenCounts];
const likeOpenai: readonly Dialect[] = [openaiChat, openaiEmbeddings];

export const allDialects: readonly Dialect[] = [
	...contents,
	geminiEmbedding,
	...messages,
	...likeOpenai,
	vertexPredict,
	imagenPredict,
	googleRank,
];

/** Open models come with OpenAI's API (`-maas`), Google's own among them. */
export function dialectsOf(model: string): readonly Dialect[] {
	const { publisher, name } = vertexModel(model);
	if (publisher === "anthropic") return messages;
	if (publisher !== undefined && (publisher !== "google" || name.endsWith("-maas"))) return likeOpenai;
	if (isImagen(name)) return [imagenPredict];
	if (/^semantic-ranker-/.test(name)) return [googleRank];
	if (!/embedding/.test(name)) return contents;
	// The first Gemini that embeds is asked as the models before it are.
	return /^gemini-embedding-(?!001$)/.test(name) ? [geminiEmbedding] : [vertexPredict];
}

/** Below the project's location; that of an endpoint which names its project, below the API's version. */
export function resourceOf({ publisher, name }: VertexModel): string {
	const segments = publisher === undefined ? name.split("/") : ["publishers", publisher, "models", name];
	// Google's own clients leave it as it is.
	return `/${segments.map((segment) => modelSegment(segment).replaceAll("%40", "@")).join("/")}`;
}
