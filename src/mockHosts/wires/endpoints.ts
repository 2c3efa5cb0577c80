/** Which wire format stands at which path. Vendors' prefixes do not matter, so one port has all of them. */
import { converseWire } from "./bedrock/converseWire.js";
import { invokeWire } from "./bedrock/invokeWire.js";
import { recordOf } from "./bodyReaders.js";
import { chatWire } from "./chatWire.js";
import { cohereWire } from "./cohereWire.js";
import { geminiWire } from "./geminiWire.js";
import { imagesWire } from "./imagesWire.js";
import { messagesWire } from "./messagesWire.js";
import { moderationWire } from "./moderationWire.js";
import { ollamaGenerateWire, ollamaWire } from "./ollamaWire.js";
import { bedrockRerankWire, cohereRerankWire, rerankWire } from "./rerankWire.js";
import { responsesWire } from "./responsesWire.js";
import { tokensWire } from "./tokensWire.js";
import type { Asked, Body, WireFormat } from "./wire.js";

export interface Place {
	readonly wire: WireFormat;
	readonly asked: Asked;
}

interface Path {
	readonly pattern: RegExp;
	/** @param parts what the pattern's groups are, decoded */
	at(parts: readonly string[], query: URLSearchParams): Place;
}

const simple = (pattern: RegExp, wire: WireFormat, endpoint: Asked["endpoint"]): Path => ({
	pattern,
	at: () => ({ wire, asked: { endpoint } }),
});

const data = (pattern: RegExp, wire: WireFormat, variant: string): Path => ({
	pattern,
	at: () => ({ wire, asked: { endpoint: "data", variant } }),
});

const paths: readonly Path[] = [
	// Azure's deployments.
	...(["chat/completions", "completions", "embeddings"] as const).map((end): Path => {
		const endpoint = end === "chat/completions" ? "chat" : end;
		return {
			pattern: new RegExp(`/deployments/([^/]+)/${end}$`),
			at: ([model = ""]) => ({ wire: chatWire, asked: { endpoint, model } }),
		};
	}),
	simple(/\/chat\/completions$/, chatWire, "chat"),
	simple(/\/completions$/, chatWire, "completions"),
	simple(/\/embeddings$/, chatWire, "embeddings"),
	data(/^\/tokenize$/, tokensWire, "tokens"),
	data(/^\/detokenize$/, tokensWire, "text"),
	simple(/\/moderations$/, moderationWire, "data"),
	data(/^\/v2\/rerank$/, cohereRerankWire, "cohere"),
	data(/^\/rerank$/, rerankWire, "tei"),
	data(/^\/sglang\/v1\/rerank$/, rerankWire, "sglang"),
	data(/\/rerank$/, rerankWire, "jina"),
	data(/\/rankingConfigs\/[^/]+:rank$/, rerankWire, "google"),
	{
		pattern: /\/deployments\/([^/]+)\/images\/generations$/,
		at: ([model = ""]) => ({ wire: imagesWire, asked: { endpoint: "images", model } }),
	},
	simple(/\/images\/(?:generations|variations)$/, imagesWire, "images"),
	{ pattern: /\/images\/edits$/, at: () => ({ wire: imagesWire, asked: { endpoint: "images", variant: "edit" } }) },
	{
		pattern: /\/models\/([^/]+):predict$/,
		at: ([model = ""]) => ({ wire: imagesWire, asked: { endpoint: "images", model, variant: "imagen" } }),
	},
	simple(/\/responses$/, responsesWire, "chat"),
	simple(/\/responses\/input_tokens$/, responsesWire, "tokens"),
	simple(/\/messages$/, messagesWire, "chat"),
	simple(/\/messages\/count_tokens$/, messagesWire, "tokens"),
	simple(/^\/v2\/chat$/, cohereWire, "chat"),
	simple(/^\/v2\/embed$/, cohereWire, "embeddings"),
	simple(/^\/api\/chat$/, ollamaWire, "chat"),
	simple(/^\/api\/generate$/, ollamaGenerateWire, "chat"),
	simple(/^\/api\/embed$/, ollamaWire, "embeddings"),
	{
		pattern: /\/models\/([^/]+):(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/,
		at: ([model = "", method = ""], query) => ({ wire: geminiWire, asked: geminiAsked(model, method, query) }),
	},
	{
		// Claude at Vertex.
		pattern: /\/models\/([^/]+):(rawPredict|streamRawPredict)$/,
		at: ([model = "", method]) => ({
			wire: messagesWire,
			asked: { endpoint: "chat", model, isStreamed: method === "streamRawPredict" },
		}),
	},
	{
		pattern: /^\/model\/([^/]+)\/(converse|converse-stream)$/,
		at: ([model = "", method]) => ({
			wire: converseWire,
			asked: { endpoint: "chat", model, isStreamed: method === "converse-stream" },
		}),
	},
	{
		pattern: /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/,
		at: ([model = "", method]) => ({
			wire: invokeWire,
			asked: { endpoint: "chat", model, isStreamed: method === "invoke-with-response-stream" },
		}),
	},
	{
		pattern: /^\/model\/([^/]+)\/count-tokens$/,
		at: ([model = ""]) => ({ wire: converseWire, asked: { endpoint: "tokens", model } }),
	},
];

function geminiAsked(model: string, method: string, query: URLSearchParams): Asked {
	if (method === "countTokens") return { endpoint: "tokens", model };
	if (method === "embedContent") return { endpoint: "embeddings", model, variant: "one" };
	if (method === "batchEmbedContents") return { endpoint: "embeddings", model };
	const isStreamed = method === "streamGenerateContent";
	// A stream without `alt=sse` is one list.
	return { endpoint: "chat", model, isStreamed, variant: isStreamed && query.get("alt") !== "sse" ? "list" : "" };
}

/** @returns undefined where no wire format has such a path */
export function placeAt(path: string, query: URLSearchParams): Place | undefined {
	for (const { pattern, at } of paths) {
		const match = pattern.exec(path);
		if (match !== null) return at(match.slice(1).map(decoded), query);
	}
	return undefined;
}

function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** Where a path serves several formats, the body tells them apart: Bedrock's counts and rankings, and pictures of Gemini's and Bedrock's. */
export function withWireOf(place: Place, body: Body): Place {
	const { wire, asked } = place;
	const isInvoke = wire === converseWire && asked.endpoint === "tokens" && hasInvoke(body);
	if (isInvoke) return { ...place, wire: invokeWire };
	const isRanking = wire === invokeWire && body.query !== undefined;
	if (isRanking) return { wire: bedrockRerankWire, asked: { ...asked, endpoint: "data", variant: "bedrock" } };
	const variant = picturesIn(place, body);
	if (variant === undefined) return place;
	return { wire: imagesWire, asked: { ...asked, endpoint: "images", variant } };
}

/** Whose way of asking for pictures it is; undefined for other requests. */
function picturesIn({ wire }: Place, body: Body): string | undefined {
	if (wire === geminiWire) {
		const { responseModalities: kinds } = recordOf(body.generationConfig);
		return Array.isArray(kinds) && kinds.includes("IMAGE") ? "gemini" : undefined;
	}
	if (wire !== invokeWire || body.messages !== undefined) return undefined;
	if (body.taskType !== undefined) return "amazon";
	return body.prompt === undefined ? undefined : "stability";
}

function hasInvoke({ input }: Body): boolean {
	return typeof input === "object" && input !== null && "invokeModel" in input;
}
