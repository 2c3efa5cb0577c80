/** Turns one request for pictures, and its answer, from one dialect into the other. */
import type { ImageRequest } from "../chat/images.js";
import type { ChatResponse } from "../chat/response.js";
import type { Dialect, ImageTranslation, Json, OutboundImages } from "../dialects/dialect.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";

/** A dialect in which clients ask for pictures. */
export type ImageDialect = Dialect & { readonly images: ImageTranslation };

/** One in which upstreams are asked. */
export type OutboundImageDialect = Dialect & { readonly outboundImages: OutboundImages };

export class ImageTranslator implements AnswerTranslator {
	readonly dropped = new Set<string>();
	/** Of the answer: its token counts, and its model. */
	read: Pick<ChatResponse, "usage" | "model"> | undefined;
	readonly #client: ImageDialect;
	readonly #upstream: OutboundImageDialect;
	readonly #request: ImageRequest;
	readonly #requestId: string;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(
		client: ImageDialect,
		upstream: OutboundImageDialect,
		{ json, requestId }: { readonly json: Json; readonly requestId: string },
	) {
		this.#client = client;
		this.#upstream = upstream;
		this.#request = client.images.readRequest(json, this.dropped);
		this.#requestId = requestId;
	}

	body(model: string | undefined): Json {
		const request = { ...this.#request, model: model ?? this.#request.model };
		return this.#upstream.outboundImages.writeRequest(request, this.dropped);
	}

	/** Upstreams of other dialects send pictures whole. */
	writer(): undefined {
		return undefined;
	}

	answer(body: Buffer): Buffer {
		return Buffer.from(JSON.stringify(this.#written(body)));
	}

	answerAsStream(body: Buffer): Buffer {
		const answer = this.answer(body);
		return this.#client.stream?.wholeAsStream(answer) ?? answer;
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

	#written(body: Buffer): Json {
		const json = parseObject(body.toString());
		const response = json && this.#upstream.outboundImages.readResponse(json);
		if (response === undefined || response.pictures.length === 0)
			throw new GatewayError(502, "The upstream's answer has no picture.", { code: "upstream_invalid" });
		const { model, usage: raw } = response;
		this.read = { model, usage: raw && { tokens: tokensOf(raw), raw } };
		return this.#client.images.writeResponse(response, this.#request, Math.floor(Date.now() / 1000));
	}
}
