/** Whether a client's bytes go to an upstream as they came, or are translated into the dialect that it speaks. */
import type { ChatRequest } from "../chat/request.js";
import { type ChatResponse, eventsOf } from "../chat/response.js";
import type { Dialect, Json, StreamWriter, Translation, WriteContext } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { Provider } from "../providers/provider.js";
import { sseBytes } from "../streaming/eventFraming.js";

/** The way of one attempt. */
export interface Lane {
	/** The upstream's dialect; undefined if unknown. */
	readonly dialect: Dialect | undefined;
	/** Undefined for the pass-through lane. */
	readonly translator: Translator | undefined;
	/** Gets the names of what of the request the upstream does not take. */
	readonly dropped: Set<string>;
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
	if (client === undefined || json === undefined || provider.dialects.includes(client)) return passing(client);
	if (client.translation === undefined) return undefined;
	const upstream = provider.dialects.find(
		(dialect) => outboundOf(dialect) !== undefined && dialect.readWhole !== undefined,
	);
	if (upstream === undefined) return undefined;
	const translator = new Translator(client, upstream, request);
	return { dialect: upstream, translator, dropped: translator.dropped };
}

function outboundOf({ translation, outbound }: Dialect): Pick<Translation, "writeRequest"> | undefined {
	return translation ?? outbound;
}

/** The pass-through lane. */
export function passing(dialect: Dialect | undefined): Lane {
	return { dialect, translator: undefined, dropped: new Set() };
}

/** Turns one request, and its answer, from one dialect into the other. */
export class Translator {
	/** Parts of the request that the upstream's dialect can't carry. */
	readonly dropped = new Set<string>();
	readonly request: ChatRequest;
	/** Of the whole answer that was translated last: its token counts, as the upstream's dialect gives them, and its model. */
	read: Pick<ChatResponse, "usage" | "model"> | undefined;
	readonly #client: Dialect;
	readonly #upstream: Dialect;
	readonly #from: Translation;
	readonly #to: Pick<Translation, "writeRequest">;
	readonly #readWhole: NonNullable<Dialect["readWhole"]>;
	readonly #context: WriteContext;

	/** @throws GatewayError 400 for a request that can't be understood */
	constructor(client: Dialect, upstream: Dialect, { json, requestId }: LaneRequest) {
		this.#client = client;
		this.#upstream = upstream;
		this.#from = client.translation as Translation;
		this.#to = outboundOf(upstream) as Pick<Translation, "writeRequest">;
		this.#readWhole = upstream.readWhole as NonNullable<Dialect["readWhole"]>;
		this.#from.refuseForOthers?.(json as Json);
		this.request = this.#from.readRequest(json as Json);
		this.#context = {
			requestId,
			created: Math.floor(Date.now() / 1000),
			model: this.request.model,
			wantsUsage: this.request.wantsUsage,
			request: this.request,
		};
	}

	/** The upstream's body for a model. */
	body(model: string | undefined): Json {
		return this.#to.writeRequest(
			{ ...this.request, model: model ?? this.request.model, wantsUsage: true },
			this.dropped,
		);
	}

	writer(): { stream: StreamWriter; end: Buffer } {
		return { stream: this.#from.writer(this.#context), end: this.#client.stream?.end ?? Buffer.alloc(0) };
	}

	/** A whole answer. @throws GatewayError 502 for what is none */
	answer(body: Buffer): Buffer {
		return Buffer.from(JSON.stringify(this.#from.writeResponse(this.#read(body), this.#context)));
	}

	/** A whole answer as the stream that was asked for. @throws GatewayError 502 for what is none */
	answerAsStream(body: Buffer): Buffer {
		const { stream, end } = this.writer();
		const written = [...stream.write(eventsOf(this.#read(body))), ...stream.end()];
		return Buffer.concat([...written.map(({ name, json }) => sseBytes(JSON.stringify(json), name)), end]);
	}

	/** The body of an error response, with the upstream's own message where it can be found. */
	errorBody(status: number, body: Buffer, fallback: GatewayError): Buffer {
		const json = parseObject(body.toString());
		const detail = json && this.#upstream.errors.read(json, "status");
		const { code = fallback.code, param = fallback.param } = detail ?? {};
		const error = new GatewayError(status, detail?.message ?? fallback.message, {
			...(code === null ? {} : { code }),
			...(param === null ? {} : { param }),
		});
		return Buffer.from(JSON.stringify(this.#client.errors.body(error, this.#context.requestId)));
	}

	/** The event that ends a stream which has failed. */
	errorEvent(error: GatewayError): Buffer {
		return this.#client.errors.event(error, this.#context.requestId);
	}

	#read(body: Buffer) {
		const json = parseObject(body.toString());
		if (json === undefined)
			throw new GatewayError(502, "The upstream's answer is no JSON object.", { code: "upstream_invalid" });
		const response = this.#readWhole(json);
		this.read = response;
		return response;
	}
}
