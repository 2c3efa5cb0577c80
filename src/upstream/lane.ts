/** Whether a client's bytes go to an upstream as they came, or are translated into the dialect that it speaks. */
import type { ChatRequest } from "../chat/request.js";
import { eventsOf } from "../chat/response.js";
import { answerWithSignedIds, withSignatures, withSignedIds } from "../chat/signedIds.js";
import type { Dialect, Json, StreamWriter, Translation, WriteContext } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { Provider } from "../providers/provider.js";
import { sseBytes } from "../streaming/eventFraming.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { type EmbeddingDialect, EmbeddingTranslator } from "./embeddingTranslator.js";
import { errorBodyFor, type Refusal } from "./translatedError.js";
/** The way of one attempt. */
export interface Lane {
	/** The upstream's dialect; undefined if unknown. */
	readonly dialect: Dialect | undefined;
	/** Undefined for the pass-through lane. */
	readonly translator: AnswerTranslator | undefined;
}

/** The parts of the client's request that both lanes need. */
export interface LaneRequest {
	/** The client's dialect. */
	readonly dialect: Dialect | undefined;
	readonly json: Json | undefined;
	readonly requestId: string;
}

/** @returns undefined where the upstream speaks nothing that the request could be translated into */
export function laneTo(provider: Provider, request: LaneRequest): Lane | undefined {
	const { dialect: client, json } = request;
	if (client === undefined || json === undefined || provider.dialects.includes(client))
		return { dialect: client, translator: undefined };
	if (client.embeddings !== undefined) {
		const vectors = provider.dialects.find((dialect): dialect is EmbeddingDialect => dialect.embeddings !== undefined);
		const own = client as EmbeddingDialect;
		const translator = vectors && new EmbeddingTranslator(own, vectors, json, request.requestId);
		return translator && { dialect: vectors, translator };
	}
	if (client.translation === undefined) return undefined;
	const upstream = provider.dialects.find(
		({ translation, readWhole }) => translation !== undefined && readWhole !== undefined,
	);
	if (upstream?.translation === undefined) return undefined;
	return { dialect: upstream, translator: new Translator(client, upstream, request) };
}

/** Of conversations. */
export class Translator implements AnswerTranslator {
	readonly dropped = new Set<string>();
	readonly request: ChatRequest;
	readonly #client: Dialect;
	readonly #upstream: Dialect;
	readonly #from: Translation;
	readonly #to: Translation;
	readonly #readWhole: NonNullable<Dialect["readWhole"]>;
	readonly #context: WriteContext;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(client: Dialect, upstream: Dialect, { json, requestId }: LaneRequest) {
		this.#client = client;
		this.#upstream = upstream;
		this.#from = client.translation as Translation;
		this.#to = upstream.translation as Translation;
		this.#readWhole = upstream.readWhole as NonNullable<Dialect["readWhole"]>;
		this.request = withSignatures(this.#from.readRequest(json as Json));
		this.#context = {
			requestId,
			created: Math.floor(Date.now() / 1000),
			model: this.request.model,
			wantsUsage: this.request.wantsUsage,
			request: this.request,
		};
	}

	body(model: string | undefined): Json {
		return this.#to.writeRequest(
			{ ...this.request, model: model ?? this.request.model, wantsUsage: true },
			this.dropped,
		);
	}

	writer(): { stream: StreamWriter; end: Buffer } {
		return { stream: signing(this.#from.writer(this.#context)), end: this.#client.stream?.end ?? Buffer.alloc(0) };
	}

	answer(body: Buffer): Buffer {
		return Buffer.from(JSON.stringify(this.#from.writeResponse(this.#read(body), this.#context)));
	}

	answerAsStream(body: Buffer): Buffer {
		const { stream, end } = this.writer();
		const written = [...stream.write(eventsOf(this.#read(body))), ...stream.end()];
		return Buffer.concat([...written.map(({ name, json }) => sseBytes(JSON.stringify(json), name)), end]);
	}

	errorBody(refusal: Refusal, fallback: GatewayError): Buffer {
		return errorBodyFor(this.#client, this.#upstream, refusal, { fallback, requestId: this.#context.requestId });
	}

	errorEvent(error: GatewayError): Buffer {
		return this.#client.errors.event(error, this.#context.requestId);
	}

	#read(body: Buffer) {
		const json = parseObject(body.toString());
		if (json === undefined)
			throw new GatewayError(502, "The upstream's answer is no JSON object.", { code: "upstream_invalid" });
		return answerWithSignedIds(this.#readWhole(json));
	}
}

/** Clients are shown a call's signature in its id. */
function signing(writer: StreamWriter): StreamWriter {
	return {
		get head() {
			return writer.head;
		},
		write: (events) => writer.write(withSignedIds(events)),
		end: () => writer.end(),
	};
}
