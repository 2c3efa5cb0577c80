/** Google's Vertex AI: Gemini, Anthropic's Claude, and open models, each in the API that it has there. */
import { anthropicMessages, anthropicTokenCounts } from "../../dialects/anthropicMessages/index.js";
import type { Dialect, Json } from "../../dialects/dialect.js";
import { geminiErrors } from "../../dialects/gemini/errors.js";
import { geminiLive } from "../../dialects/geminiLive/index.js";
import { googleRank } from "../../dialects/googleRank/index.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { openaiEmbeddings } from "../../dialects/openaiEmbeddings/index.js";
import { vertexPredict } from "../../dialects/vertexPredict/index.js";
import { isObject } from "../../json/isObject.js";
import { gemini } from "../gemini.js";
import { fromRoot, type Provider, type ProviderRequest } from "../provider.js";
import { vendors } from "../vendors.js";
import { vertexEdits } from "./bodies.js";
import { vertexListing } from "./listing.js";
import { allDialects, dialectsOf, resourceOf, vertexModel } from "./models.js";
import { vertexToken } from "./token.js";

/** The key of an account that has no project (express mode), which is no access token. */
const apiKey = /^(?:AIza|AQ\.)/;

export const vertex: Provider = {
	name: "vertex",
	priceList: "google",
	dialects: allDialects,
	dialectsOf,
	path: (request) => (request.dialect === undefined ? request.path : pathOf(request, request.dialect)),
	// What Google does not know in a query, it refuses.
	dropsQuery: (dialect) => dialect?.path === undefined,
	edits: vertexEdits,
	modelInSession: (model, basePath) => (projectOf(basePath) + resourceOf(vertexModel(model))).slice(1),
	front: { errors: geminiErrors(""), isForeign },
	listing: vertexListing,
	modelsPath: (upstream) => vertexListing.urls(upstream)[0] as string,
	authorize: (key) => (apiKey.test(key) ? [["x-goog-api-key", key]] : [["authorization", `Bearer ${key}`]]),
	fetchToken: ({ key, forwardsCredential, vertex = {} }, issuers) =>
		key === undefined && !forwardsCredential ? () => vertexToken(vertex, issuers) : undefined,
	quirksOf: (model) => (vertexModel(model).publisher === "mistralai" ? mistralQuirks : undefined),
};

const mistralQuirks = vendors.find(({ name }) => name === "mistral")?.quirks;

function pathOf(request: ProviderRequest, dialect: Dialect): string {
	const { model = "", basePath, isStream } = request;
	if (dialect === geminiLive)
		return `${fromRoot}/ws/google.cloud.aiplatform.${basePath.split("/")[1]}.LlmBidiService/BidiGenerateContent`;
	const named = vertexModel(model);
	const raw = isStream ? "streamRawPredict" : "rawPredict";
	if (dialect === anthropicTokenCounts) return stable(basePath, "/publishers/anthropic/models/count-tokens:rawPredict");
	if (dialect === anthropicMessages) return stable(basePath, `${resourceOf(named)}:${raw}`);
	if (dialect === openaiEmbeddings) return "/endpoints/openapi/embeddings";
	if (dialect === googleRank) return "/rankingConfigs/default_ranking_config:rank";
	const resource = placed(resourceOf(named), basePath);
	if (dialect === openaiChat) {
		if (named.publisher === "mistralai") return `${resource}:${raw}`;
		return named.publisher === undefined ? `${resource}/chat/completions` : "/endpoints/openapi/chat/completions";
	}
	if (dialect === vertexPredict) return `${resource}:predict`;
	const path = gemini.path(request);
	return resource + path.slice(path.lastIndexOf(":"));
}

/** Anthropic's models are documented for the stable version of the API alone, Gemini's newer members for the other. */
function stable(basePath: string, path: string): string {
	return fromRoot + basePath.replace(/^\/v1beta1(?=\/|$)/, "/v1") + path;
}

/** The project and the location, in which models stand. */
function projectOf(basePath: string): string {
	return basePath.replace(/^.*?(?=\/projects\/|$)/, "");
}

/** An endpoint that names its project stands beside the upstream's own. */
function placed(resource: string, basePath: string): string {
	if (!resource.startsWith("/projects/")) return resource;
	return fromRoot + basePath.replace(/\/projects\/.*$/, "") + resource;
}

/** Google's envelope names a status in words beside the code, which nobody else's does. */
function isForeign({ error }: Json, { path }: Dialect): boolean {
	return path === undefined && isObject(error) && typeof error.code === "number" && typeof error.status === "string";
}
