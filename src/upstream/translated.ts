/** Whole answers and failures, in the dialect that the client speaks. */
import type { StreamWriter } from "../dialects/dialect.js";
import { WrittenBody, WrittenPiece } from "../dialects/pieces.js";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import type { Piece } from "../streaming/piece.js";
import type { Head } from "../streaming/responseStream.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import type { Fault } from "./fault.js";

/** A longer answer can't be translated. */
const maxBytes = 64 * 1024 * 1024;
/** One that is no longer is held whole by whoever sends it, and written when all that may be said in it is known. */
const maxUnwrittenBytes = 64 * 1024;

/** Collects a whole answer, which can only be translated when all of it is here. */
export class TranslatedBody {
	readonly pieces: Buffer[] = [];
	readonly #translator: AnswerTranslator;
	readonly #isStreamAsked: boolean;
	#bytes = 0;

	constructor(translator: AnswerTranslator, isStreamAsked: boolean) {
		this.#translator = translator;
		this.#isStreamAsked = isStreamAsked;
	}

	/** @returns false when it is too long */
	add(chunk: Buffer): boolean {
		this.pieces.push(chunk);
		this.#bytes += chunk.length;
		return this.#bytes <= maxBytes;
	}

	tooLarge(): Fault {
		const message = "The upstream's answer is too large to be translated.";
		return { kind: "unusable", error: new GatewayError(502, message, { code: "upstream_too_large" }) };
	}

	/** @param head becomes that of the translated answer */
	end(head: Head): Piece | Fault {
		const body = Buffer.concat(this.pieces);
		try {
			const answer = this.#isStreamAsked
				? { bytes: this.#translator.answerAsStream(body) }
				: this.#translator.answer(body);
			head.isStream = this.#isStreamAsked;
			head.headers["content-type"] = this.#isStreamAsked
				? "text/event-stream"
				: (this.#translator.contentType ?? "application/json");
			const isUnwritten = answer instanceof WrittenBody && body.length <= maxUnwrittenBytes;
			head.contentLength = this.#isStreamAsked || isUnwritten ? undefined : answer.bytes.length;
			return new WrittenPiece([answer], undefined, isUnwritten ? body.length : undefined);
		} catch (thrown) {
			return { kind: "no_answer", error: asGatewayError(thrown) };
		}
	}
}

/**
 * The same fault with the upstream's own words in the client's dialect.
 *
 * @param writer of the stream that the fault has ended, if any was begun
 */
export function inClientDialect(fault: Fault, translator: AnswerTranslator, writer: StreamWriter | undefined): Fault {
	const { response, event, error, kind } = fault;
	if (event !== undefined) return { ...fault, event: translator.errorEvent(error, writer) };
	if (response === undefined) return fault;
	const { status, headers: shown } = response.head;
	const body = translator.errorBody({ status, headers: shown, body: response.body }, { error, kind });
	const headers = { ...shown, "content-type": "application/json" };
	const translated = { head: { ...response.head, headers, contentLength: body.length }, body };
	return { ...fault, response: translated, original: response.body };
}
