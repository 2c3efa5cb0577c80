/** All kinds of requests whose answers are data. */
import type { EmbeddingRequest, EmbeddingResponse } from "../chat/embeddings.js";
import type { ImageRequest, ImageResponse } from "../chat/images.js";
import type { ModerationRequest, ModerationResponse } from "../chat/moderation.js";
import type { RankedDocument, RerankRequest, RerankResponse } from "../chat/reranking.js";
import type { SpeechRequest, SpeechResponse } from "../chat/speech.js";
import { textTokens } from "../chat/tokenCounts.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { type DataKind, type DataTranslatorFor, invalid, translatorFor } from "./dataTranslator.js";

const vectors: DataKind<EmbeddingRequest, EmbeddingResponse> = {
	of: ({ embeddings }) => embeddings,
	checked(response, { texts }) {
		const { length } = response.vectors;
		if (length !== texts.length) throw invalid(`The upstream has made ${length} vectors of ${texts.length} texts.`);
		if (!response.vectors.every(isVector))
			throw invalid("The upstream's answer has a vector that is no list of numbers.");
		return response;
	},
	read({ model, tokens }) {
		if (tokens === undefined) return { model, usage: undefined };
		return { model, usage: { tokens: textTokens(tokens, 0), raw: { prompt_tokens: tokens, total_tokens: tokens } } };
	},
};

/** An upstream may send anything, whatever its dialect's reader takes it for. */
function isVector(vector: unknown): vector is readonly number[] {
	return Array.isArray(vector) && vector.length > 0 && vector.every((value) => typeof value === "number");
}

const rankings: DataKind<RerankRequest, RerankResponse> = {
	of: ({ rankings: translation }) => translation,
	/** The best first, and no more than were asked for. */
	checked(response, { documents, topN = documents.length }) {
		const { results } = response;
		if (results.length === 0) throw invalid("The upstream's answer ranks no documents.");
		if (!results.every(({ index, score }) => Number.isFinite(score) && documents[index] !== undefined))
			throw invalid("The upstream's answer ranks a document that it was not sent, or has no score for one.");
		if (new Set(results.map(({ index }) => index)).size < results.length)
			throw invalid("The upstream's answer ranks a document twice.");
		const best = (one: RankedDocument, other: RankedDocument) => other.score - one.score;
		return { ...response, results: [...results].sort(best).slice(0, topN) };
	},
	read: reported,
};

const judgements: DataKind<ModerationRequest, ModerationResponse> = {
	of: ({ moderations }) => moderations,
	/** Nothing passes for harmless that nobody has judged. */
	checked(response, { inputs }) {
		const { length } = response.judgements;
		if (length !== inputs.length) throw invalid(`The upstream has judged ${length} of ${inputs.length} inputs.`);
		return response;
	},
	read: reported,
};

const pictures: DataKind<ImageRequest, ImageResponse> = {
	of: ({ images }) => images,
	checked(response) {
		if (response.pictures.length === 0) throw invalid("The upstream's answer has no picture.");
		return response;
	},
	read: reported,
};

const sounds: DataKind<SpeechRequest, SpeechResponse> = {
	of: ({ speech }) => speech,
	checked(response) {
		if (response.samples.length === 0) throw invalid("The upstream's answer has no sound.");
		return response;
	},
	read: reported,
};

function reported({ model, usage: raw }: Pick<RerankResponse, "model" | "usage">) {
	return { model, usage: raw && { tokens: tokensOf(raw), raw } };
}

const kinds: readonly DataTranslatorFor[] = [
	translatorFor(vectors),
	translatorFor(rankings),
	translatorFor(judgements),
	translatorFor(pictures),
	translatorFor(sounds),
];

/** @returns undefined where the client's dialect has other answers, or the upstream speaks none that has the same */
export const dataTranslatorFor: DataTranslatorFor = (client, spoken, asked) => {
	for (const kind of kinds) {
		const found = kind(client, spoken, asked);
		if (found !== undefined) return found;
	}
	return undefined;
};
