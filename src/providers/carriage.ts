/** A dialect of one vendor's that another vendor carries: other members around a request, other frames and errors around its answer. */
import type { ErrorFormat, StreamDecoder } from "../dialects/dialect.js";
import type { BodyBytes } from "../json/bodyBytes.js";

/** A request in the dialect of the carriage. */
export interface CarriedRequest {
	readonly body: BodyBytes;
	/** The client's; empty where the request is a translation. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Gets the names of what the vendor does not take. */
	readonly dropped: Set<string>;
}

export interface Carriage {
	/** The body as the vendor takes it. */
	body?(request: CarriedRequest): BodyBytes;
	/** Neither the client's query nor the dialect's headers mean anything there. */
	readonly isOwnForm?: boolean;
	/** Makes the dialect's own form of an answer with a good status; undefined for one that has it. */
	decoder?(contentType: string): AnswerDecoder | undefined;
	/** What the dialect calls an answer that the vendor gives this content type. */
	relabelled?(contentType: string): string;
	/** An error status in the dialect's form. */
	readonly refused?: ErrorFormat["meant"];
}

export interface AnswerDecoder extends StreamDecoder {
	/** What comes out are server-sent events, not one whole body. */
	readonly isStream: boolean;
}
