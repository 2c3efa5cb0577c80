/** Translates what one request is sent and answered. */
import type { ChatResponse } from "../chat/response.js";
import type { Json, StreamWriter } from "../dialects/dialect.js";
import type { WrittenPart } from "../dialects/pieces.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { ClientForm } from "./clientForm.js";
import type { FallbackError, Refusal } from "./translatedError.js";

/** Turns one request, and its answer, from one dialect into the other. */
export interface AnswerTranslator {
	/** Parts of the request that the upstream's dialect can't carry. */
	readonly dropped: Set<string>;
	/** Headers of the client's dialect that an upstream of another has not. */
	readonly headers: Readonly<Record<string, string>>;
	/** The whole answer, once `answer` has read it. */
	readonly read?: Pick<ChatResponse, "usage" | "model"> | undefined;
	/** Of the answer, once `answer` has read it; undefined for JSON. */
	readonly contentType?: string | undefined;
	/** The upstream's body for a model. */
	body(model: string | undefined): Json;
	/** For one stream. Undefined, as the writer, where answers are never streamed. */
	form(): ClientForm | undefined;
	writer(): { stream: StreamWriter; end: Buffer } | undefined;
	/** A whole answer. @throws GatewayError 502 for what is none */
	answer(body: Buffer): WrittenPart;
	/** A whole answer as the stream that was asked for. @throws GatewayError 502 for what is none */
	answerAsStream(body: Buffer): Buffer;
	/** The body of an error response, with the upstream's own message where it can be found. */
	errorBody(refusal: Refusal, fallback: FallbackError): Buffer;
	/** The event that ends a stream which has failed. @param writer that has begun it, if any has */
	errorEvent(error: GatewayError, writer: StreamWriter | undefined): Buffer;
}
