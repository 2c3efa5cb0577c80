/** Translates what one request is sent and answered. */
import type { Json, StreamWriter } from "../dialects/dialect.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { Refusal } from "./translatedError.js";

/** Turns one request, and its answer, from one dialect into the other. */
export interface AnswerTranslator {
	/** Parts of the request that the upstream's dialect can't carry. */
	readonly dropped: ReadonlySet<string>;
	/** The upstream's body for a model. */
	body(model: string | undefined): Json;
	/** Undefined where answers are never streamed. */
	writer(): { stream: StreamWriter; end: Buffer } | undefined;
	/** A whole answer. @throws GatewayError 502 for what is none */
	answer(body: Buffer): Buffer;
	/** A whole answer as the stream that was asked for. @throws GatewayError 502 for what is none */
	answerAsStream(body: Buffer): Buffer;
	/** The body of an error response, with the upstream's own message where it can be found. */
	errorBody(refusal: Refusal, fallback: GatewayError): Buffer;
	/** The event that ends a stream which has failed. */
	errorEvent(error: GatewayError): Buffer;
}
