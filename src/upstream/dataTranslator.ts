/** Turns one request whose answer is data rather than text, such as vectors or a ranking, from one dialect into the other. */
import type { ChatResponse } from "../chat/response.js";
import type { DataTranslation, Dialect, Json, OutboundData } from "../dialects/dialect.js";
import type { WrittenPart } from "../dialects/pieces.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";

/** One kind of such requests. */
export interface DataKind<Request extends { readonly model: string | undefined }, Response> {
	/** Undefined for dialects of other kinds; without `readRequest` for those in which only upstreams are asked, without `writeRequest` for those of clients alone. */
	of(dialect: Dialect): Partial<DataTranslation<Request, Response>> | undefined;
	/** The answer as the client is to have it. @throws GatewayError 502 for one that can't be */
	checked(response: Response, request: Request): Response;
	/** What the upstream has counted. */
	read(response: Response): Pick<ChatResponse, "usage" | "model">;
}

export interface AskedData {
	readonly json: Json;
	readonly requestId: string;
	readonly receivedMs?: number | undefined;
}

/** @returns undefined where the client's dialect is of another kind, or none of the upstream's is of this one */
export type DataTranslatorFor = (
	client: Dialect,
	spoken: readonly Dialect[],
	asked: AskedData,
) => { readonly dialect: Dialect; readonly translator: AnswerTranslator } | undefined;

export function translatorFor<Request extends { readonly model: string | undefined }, Response>(
	kind: DataKind<Request, Response>,
): DataTranslatorFor {
	return (client, spoken, asked) => {
		if (kind.of(client)?.readRequest === undefined) return undefined;
		const dialect = spoken.find((one) => kind.of(one)?.writeRequest !== undefined);
		return dialect && { dialect, translator: new DataTranslator(kind, client, dialect, asked) };
	};
}

class DataTranslator<Request extends { readonly model: string | undefined }, Response> implements AnswerTranslator {
	readonly dropped = new Set<string>();
	/** Of the answer: its token counts, and its model. */
	read: Pick<ChatResponse, "usage" | "model"> | undefined;
	contentType: string | undefined;
	readonly #kind: DataKind<Request, Response>;
	readonly #client: Dialect;
	readonly #upstream: Dialect;
	readonly #from: DataTranslation<Request, Response>;
	readonly #to: OutboundData<Request, Response>;
	readonly #request: Request;
	readonly #requestId: string;
	readonly #receivedMs: number | undefined;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(
		kind: DataKind<Request, Response>,
		client: Dialect,
		upstream: Dialect,
		{ json, requestId, receivedMs }: AskedData,
	) {
		this.#kind = kind;
		this.#client = client;
		this.#upstream = upstream;
		this.#from = kind.of(client) as DataTranslation<Request, Response>;
		this.#to = kind.of(upstream) as OutboundData<Request, Response>;
		this.#request = this.#from.readRequest(json, this.dropped);
		this.#requestId = requestId;
		this.#receivedMs = receivedMs;
	}

	body(model: string | undefined): Json {
		const request = { ...this.#request, model: model ?? this.#request.model };
		return this.#to.writeRequest(request, this.dropped);
	}

	/** Upstreams of other dialects send data whole. */
	writer(): undefined {
		return undefined;
	}

	answer(body: Buffer): WrittenPart {
		const json = parsed(body);
		if (json === undefined) throw invalid("The upstream's answer is no JSON object.");
		const response = this.#kind.checked(this.#to.readResponse(json), this.#request);
		this.read = this.#kind.read(response);
		const written = this.#from.writeResponse(response, this.#request, this.#receivedMs);
		const { bytes } = written;
		if (!Buffer.isBuffer(bytes)) return { bytes: Buffer.from(JSON.stringify(written)), json: written as Json };
		this.contentType = String(written.contentType);
		return { bytes };
	}

	answerAsStream(body: Buffer): Buffer {
		const { bytes } = this.answer(body);
		return this.#client.stream?.wholeAsStream(bytes) ?? bytes;
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

/** A list is read as `data`. */
function parsed(body: Buffer): Json | undefined {
	try {
		const value: unknown = JSON.parse(body.toString());
		if (Array.isArray(value)) return { data: value };
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

export function invalid(message: string): GatewayError {
	return new GatewayError(502, message, { code: "upstream_invalid" });
}
