/** Turns one request for vectors, and its answer, from one dialect into the other. */
import type { EmbeddingRequest } from "../chat/embeddings.js";
import type { Dialect, EmbeddingTranslation, Json } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";

/** A dialect whose answers are vectors. */
export type EmbeddingDialect = Dialect & { readonly embeddings: EmbeddingTranslation };

export class EmbeddingTranslator implements AnswerTranslator {
	readonly dropped = new Set<string>();
	readonly #client: EmbeddingDialect;
	readonly #upstream: EmbeddingDialect;
	readonly #request: EmbeddingRequest;
	readonly #requestId: string;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(client: EmbeddingDialect, upstream: EmbeddingDialect, json: Json, requestId: string) {
		this.#client = client;
		this.#upstream = upstream;
		this.#request = client.embeddings.readRequest(json, this.dropped);
		this.#requestId = requestId;
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
		return Buffer.from(JSON.stringify(this.#client.embeddings.writeResponse(response, this.#request)));
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
		return errorBodyFor(this.#client, this.#upstream, refusal, { ...fallback, requestId: this.#requestId });
	}

	errorEvent(error: GatewayError): Buffer {
		return this.#client.errors.event(error, this.#requestId);
	}
}
