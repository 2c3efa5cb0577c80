/** Turns one request for vectors, and its answer, from one dialect into the other. */
import type { EmbeddingRequest } from "../chat/embeddings.js";
import type { ChatResponse } from "../chat/response.js";
import { textTokens } from "../chat/tokenCounts.js";
import type { Dialect, EmbeddingTranslation, Json, OutboundEmbeddings } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";

/** A dialect whose answers are vectors, and in which clients ask. */
export type EmbeddingDialect = Dialect & { readonly embeddings: EmbeddingTranslation };

/** One in which upstreams are asked. */
export type OutboundEmbeddingDialect = Dialect & { readonly embeddings: OutboundEmbeddings };

interface Asked {
	readonly json: Json;
	readonly requestId: string;
	readonly receivedMs?: number | undefined;
}

export class EmbeddingTranslator implements AnswerTranslator {
	readonly dropped = new Set<string>();
	/** Of the answer: its token counts, and its model. */
	read: Pick<ChatResponse, "usage" | "model"> | undefined;
	readonly #client: EmbeddingDialect;
	readonly #upstream: OutboundEmbeddingDialect;
	readonly #request: EmbeddingRequest;
	readonly #requestId: string;
	readonly #receivedMs: number | undefined;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(client: EmbeddingDialect, upstream: OutboundEmbeddingDialect, { json, requestId, receivedMs }: Asked) {
		this.#client = client;
		this.#upstream = upstream;
		this.#request = client.embeddings.readRequest(json, this.dropped);
		this.#requestId = requestId;
		this.#receivedMs = receivedMs;
	}

	body(model: string | undefined): Json {
		const request = { ...this.#request, model: model ?? this.#request.model };
		return this.#upstream.embeddings.writeRequest(request, this.dropped);
	}

	/** Vectors are never streamed. */
	writer(): undefined {
		return undefined;
	}

	answer(body: Buffer): Buffer {
		const json = parseObject(body.toString());
		if (json === undefined)
			throw new GatewayError(502, "The upstream's answer is no JSON object.", { code: "upstream_invalid" });
		const response = this.#upstream.embeddings.readResponse(json);
		if (response.vectors.length !== this.#request.texts.length) {
			const message = `The upstream has made ${response.vectors.length} vectors of ${this.#request.texts.length} texts.`;
			throw new GatewayError(502, message, { code: "upstream_invalid" });
		}
		if (!response.vectors.every(isVector))
			throw new GatewayError(502, "The upstream's answer has a vector that is no list of numbers.", {
				code: "upstream_invalid",
			});
		const { model, tokens } = response;
		const raw = { prompt_tokens: tokens, total_tokens: tokens };
		this.read = { model, usage: tokens === undefined ? undefined : { tokens: textTokens(tokens, 0), raw } };
		const written = this.#client.embeddings.writeResponse(response, this.#request, this.#receivedMs);
		return Buffer.from(JSON.stringify(written));
	}

	answerAsStream(body: Buffer): Buffer {
		return this.answer(body);
	}

	form(): undefined {
		return undefined;
	}

	get headers(): Readonly<Record<string, string>> {
		return this.#client.errors.headers?.(this.#requestId) ?? {};
	}

	errorBody(refusal: Refusal, fallback: FallbackError): Buffer {
		return errorBodyFor(this.#client, this.#upstream.errors, refusal, { ...fallback, requestId: this.#requestId });
	}

	errorEvent(error: GatewayError): Buffer {
		return this.#client.errors.event(error, this.#requestId);
	}
}

/** An upstream may send anything, whatever its dialect's reader takes it for. */
function isVector(vector: unknown): vector is readonly number[] {
	return Array.isArray(vector) && vector.length > 0 && vector.every((value) => typeof value === "number");
}
