/** A wire format: how an API writes requests, answers, streams and errors. One folder each, with the same files in all. */
import type { BreakpointPlaces } from "../chat/breakpoints.js";
import type { EmbeddingRequest, EmbeddingResponse } from "../chat/embeddings.js";
import type { ChatEvent, Start } from "../chat/event.js";
import type { ImageRequest, ImageResponse } from "../chat/images.js";
import type { ModerationRequest, ModerationResponse } from "../chat/moderation.js";
import type { ChatRequest } from "../chat/request.js";
import type { RerankRequest, RerankResponse } from "../chat/reranking.js";
import type { ChatResponse } from "../chat/response.js";
import type { SpeechRequest, SpeechResponse } from "../chat/speech.js";
import type { ToolForms } from "../chat/tools/unfolding.js";
import type { UsedUnits } from "../chat/usedUnits.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { Piece } from "../streaming/piece.js";
import type { AnswerDialect, ResponseStream, SentEvents } from "../streaming/responseStream.js";
import type { OwnErrorKinds } from "./errorWords.js";
import type { DialectLosses } from "./losses.js";
import type { RepeatedText } from "./repeatedText.js";

export type Json = Record<string, unknown>;

export interface Dialect extends AnswerDialect {
	/** As `x-dialect` in the contract names it. */
	readonly name: string;
	/** Whose ids of stored files it has; undefined if nobody's. */
	readonly vendor?: string;
	/** `gen_ai.operation.name` of OpenTelemetry's semantic conventions. */
	readonly operation: string;
	/** The member that every whole answer has, a list with something in it. */
	readonly contentMember: string;
	/** Its answers may be other than JSON: their content type says what they are. */
	readonly isLabelled?: boolean;
	/** Words, in quotes as JSON has them, without which no whole answer with content has failed. */
	readonly failureWords?: readonly string[];
	/** Where a whole answer has its token counts and its model; `usage` and `model` where this is missing. */
	readonly usageMember?: string;
	/** Its token counts, where they stand beside all else. */
	readonly countMembers?: readonly string[];
	readonly modelMember?: string;
	/** Where it has the length of audio, in seconds, if it has no usage. */
	readonly durationMember?: string;
	/** Where a whole answer says which tier has served it; `service_tier` where this is missing. */
	readonly tierMember?: string;
	/** Members of a request that limit its answer's length, beside those of chat completions. */
	readonly limitNames?: readonly string[];
	/** Undefined where the operation's answers are never streamed. */
	readonly stream: StreamFormat | undefined;
	/** False where streams hold something else than text, whose length says nothing of tokens. */
	readonly streamsText?: boolean;
	/** How clients are sent streams, by the query of their request; undefined for events. */
	framing?(query: Json): ClientFraming | undefined;
	readonly errors: ErrorFormat;
	/** Reasoning comes with a proof that is valid for all of it or for none. */
	readonly signsReasoning?: boolean;
	/** What its vendor says of such a proof that isn't valid: clients go by the words. */
	readonly sealRefusal?: string;
	/** False for operations that ask a model for nothing, so that no limit and no account knows of them. */
	readonly usesTokens?: boolean;
	/** Its vendor's server takes a body for JSON whatever its content type says, so that `curl -d` works. */
	readonly readsAnyType?: boolean;
	/**
	 * What is billed by other units than tokens.
	 *
	 * @param asked the client's request
	 * @param usage the upstream's own usage object; undefined before the answer, and where that has none
	 */
	readonly unitsOf?: (asked: Json, usage: Readonly<Json> | undefined) => UsedUnits | undefined;
	/** Upstreams keep answers, unless a request says `store: false`, so that later requests may go on with them by their ids. */
	readonly keepsAnswers?: boolean;
	/** Upstreams keep in their prompt cache what requests mark, and nothing else. */
	readonly needsCacheMarks?: boolean;
	/** Reads a whole answer that holds text; undefined for answers that don't. */
	readonly readWhole: ((body: Json) => ChatResponse) | undefined;
	/**
	 * A request for an upstream that speaks the dialect itself, without the reasoning of others that the gateway has sealed.
	 *
	 * @returns undefined where there is none
	 */
	readonly withoutSeals?: (body: Json) => Json | undefined;
	/** Undefined where requests only reach upstreams that speak the dialect themselves. */
	readonly translation: Translation | undefined;
	/** Where answers are vectors; requests then only reach upstreams with a dialect that has this too. */
	readonly embeddings?: OutboundEmbeddings & Partial<EmbeddingTranslation>;
	/** Where answers are rankings; requests only reach upstreams with a dialect that has this too. */
	readonly rankings?: OutboundRankings & Partial<RankingTranslation>;
	/** Where answers are judgements; requests only reach upstreams with a dialect that has this too. */
	readonly moderations?: OutboundModerations & Partial<ModerationTranslation>;
	/** Where answers are pictures: what clients need, or what upstreams do. */
	readonly images?: ImageTranslation | OutboundImages;
	/** Where answers are sound: what clients need, or what upstreams do. */
	readonly speech?: SpeechTranslation | OutboundSpeech;
	/**
	 * Where vendors share a path: the dialects that a request may be in, as its members say. It is translated out of the first, and
	 * passes as it is to upstreams that speak any of them.
	 */
	readonly forms?: (json: Json) => readonly Dialect[];
	/** Where the model stands in the path rather than in the body. */
	readonly path?: PathFormat;
	/** Its paths begin at the root of their server, beside those of other dialects. */
	readonly isAtRoot?: boolean;
	/** In place of `translation`, for a dialect in which only upstreams are asked. */
	readonly outbound?: OutboundTranslation;
	/** Where it is spoken in sessions over WebSockets, frame by frame. */
	readonly session?: SessionFormat;
}

/** The little that the gateway reads of a session's frames. All others are relayed as they are. */
export interface SessionFormat {
	/** Token counts that an upstream's frame reports of one response; undefined for most frames. */
	usageIn(frame: Buffer): Json | undefined;
	/** The session's model, where the upstream's frame says it. */
	modelIn(frame: Buffer): string | undefined;
	/** The error, in OpenAI's words, with which the upstream's first frame refuses the session. */
	refusalIn(frame: Buffer): { readonly status: number; readonly error: Json } | undefined;
	/** A client's frame with the model as the upstream names it; the same bytes where it names none, or that one. */
	renamed(frame: Buffer, model: string): Buffer;
	/** Says why the session ends; undefined where only the close says it. */
	errorFrame(error: GatewayError): Buffer | undefined;
}

/** Streams that are no server-sent events to their clients. All that looks at a stream, or changes it, sees events. */
export interface ClientFraming {
	/** Makes it of a stream of events. To be called after all else that changes the answer. */
	frame(answer: ResponseStream): void;
	/** Of a stream that has this framing already, as it was made for another client: writes the end, should it break. */
	follow(answer: ResponseStream): void;
}

/** What a path says of a request, in place of its body. */
export interface PathFacts {
	/** As it stands there, percent-decoded. */
	readonly model: string;
	readonly isStream: boolean;
}

export interface PathFormat {
	/** The body's JSON with the path's facts as `model` and `stream`. @throws GatewayError 400 if it names another model */
	withFacts(json: Json, facts: PathFacts): Json;
	/** The JSON of a body, out of one that `withFacts` has made. */
	withoutFacts(json: Json): Json;
	/** A client's path below the base URL, for the model as the upstream names it. */
	renamed(path: string, model: string): string;
	/** What a body that names its model calls it. */
	nameInBody(model: string): string;
	/** The body for another model, where parts of it repeat the name; undefined where none does. */
	renamedParts?(json: Json, model: string): Json | undefined;
	/** The path of a request that has become one of the dialect, with its query. */
	of(facts: PathFacts): string;
}

/** The half that upstreams need, of a dialect whose answers are data rather than text. */
export interface OutboundData<Request, Response> {
	writeRequest(request: Request, dropped: Set<string>): Json;
	/** @param body an answer that is a list is its member `data` */
	readResponse(body: Json): Response;
}

export interface DataTranslation<Request, Response> extends OutboundData<Request, Response> {
	/** What another vendor can't be told goes to `dropped`. @throws GatewayError 400 for what can't be understood */
	readRequest(body: Json, dropped: Set<string>): Request;
	/** @param receivedMs when the request came, on the monotonic clock */
	writeResponse(response: Response, request: Request, receivedMs?: number): Json | TypedBytes;
}

/** An answer that is no JSON. */
export interface TypedBytes {
	readonly contentType: string;
	readonly bytes: Buffer;
}

export type OutboundEmbeddings = OutboundData<EmbeddingRequest, EmbeddingResponse>;
export type EmbeddingTranslation = DataTranslation<EmbeddingRequest, EmbeddingResponse>;
export type OutboundRankings = OutboundData<RerankRequest, RerankResponse>;
export type OutboundModerations = OutboundData<ModerationRequest, ModerationResponse>;
export type ModerationTranslation = DataTranslation<ModerationRequest, ModerationResponse>;
export type OutboundImages = OutboundData<ImageRequest, ImageResponse>;
/** The half that clients need. */
export type ImageTranslation = Omit<DataTranslation<ImageRequest, ImageResponse>, keyof OutboundImages>;
export type OutboundSpeech = OutboundData<SpeechRequest, SpeechResponse>;
export type SpeechTranslation = Omit<DataTranslation<SpeechRequest, SpeechResponse>, keyof OutboundSpeech>;
export type RankingTranslation = DataTranslation<RerankRequest, RerankResponse>;

export interface StreamFormat {
	/** Data of the last event; empty where the last event says more than that it is the last, and the writer writes it. */
	readonly terminator: string;
	/** The last event, or nothing. */
	readonly end: Buffer;
	/** Each event has its `type` as its name (`event: …`). */
	readonly isNamed?: boolean;
	/** Events up to this length, and whole answers that are made a stream, are held to be read; those of texts are short. */
	readonly maxEventBytes?: number;
	/** Token counts of a stream have to be asked for (`stream_options`). */
	readonly asksForUsage: boolean;
	reader(options?: ReaderOptions): StreamReader;
	/** @returns a whole answer as the stream that was asked for; undefined if it is none, or not whole */
	wholeAsStream(body: Buffer): Buffer | undefined;
	/** The events, with the last one, of a stream that a limit has cut. */
	cut(ending: CutEnding): Buffer;
	/** Cuts a stream whose end depends on what was sent of it. */
	cutter?(): StreamCutter;
	/**
	 * Makes server-sent events of a stream that has another framing.
	 *
	 * @returns undefined for what has another content type
	 */
	decoder?(contentType: string): StreamDecoder | undefined;
	/** A stream of it that broke off can be gone on with, chunk by chunk. */
	readonly canBeRescued?: boolean;
	/** Follows a stream of it that may be gone on with, event by event. */
	sent?(): SentStream;
}

/** A stream as its client has been sent it so far. */
export interface SentStream {
	/** Takes in one event. */
	add(json: Json): void;
	/** Takes in an event that says nothing but text. */
	addText(text: string): void;
	/** No text and no call is open: what was said last is whole. */
	readonly isLastWhole: boolean;
	/** @returns a writer of what follows; undefined where something was sent that can't be gone on with */
	writer(context: WriteContext): StreamWriter | undefined;
}

/** Each result is whole events. */
export interface StreamDecoder {
	/** @throws Error for bytes that are none of its framing */
	push(chunk: Buffer): Buffer;
	end(): Buffer;
}

/** Follows one stream as the client is sent it. */
export interface StreamCutter {
	note(piece: Piece): void;
	/** As `StreamFormat.cut`. */
	cut(ending: CutEnding): Buffer;
}

export interface ReaderOptions {
	/** Token counts that the client is not to see. */
	readonly hiddenUsage?: HiddenUsage | undefined;
	/** Each event's JSON is wanted: none is recognised by its bytes alone. */
	readonly needsJson?: boolean;
	/** The stream is written anew in another dialect, which may need more of what is said than its bytes. */
	readonly isTranslated?: boolean;
}

export interface HiddenUsage {
	/** The client has asked for none: the counts at the end are left out, and members that are null. */
	readonly isEndHidden: boolean;
	/** Nor are counts that come with each piece for the client. */
	readonly arePiecesHidden: boolean;
}

/** Where one event stands among bytes. */
export interface EventBytes {
	readonly bytes: Buffer;
	readonly start: number;
	/** After its empty line. */
	readonly end: number;
	/** Its data lines, joined. */
	readonly data: string;
}

export interface ReadEvent {
	readonly events: readonly ChatEvent[];
	/** The event's JSON object, where it holds one. */
	readonly json: Json | undefined;
	/** To be passed on in place of the event; empty where the client is not to see it. Undefined for the event as it came. */
	readonly replacement?: Buffer | undefined;
}

/** Reads one stream. */
export interface StreamReader {
	/**
	 * Recognises an event that differs from the one before in its text alone, without parsing it.
	 *
	 * @returns an object that is good until the next call
	 */
	match(bytes: Buffer, at: number): RepeatedText | undefined;
	/** @returns undefined for what can't be read, and is left out */
	read(event: EventBytes): ReadEvent | undefined;
	/**
	 * Whole events as the client may see them; nearly always the same bytes.
	 *
	 * @param isMatched they are one event, which `match` has just recognised
	 */
	visible?(bytes: Buffer, isMatched: boolean): Buffer;
}

export interface CutEnding {
	/** The answer's, where it has shown one. */
	readonly id: string | undefined;
	readonly requestId: string;
	/** Seconds since 1970. */
	readonly created: number;
	readonly model: unknown;
	readonly choices: number;
	/** Counts that the client asked for. */
	readonly usage: { readonly input: number; readonly output: number } | undefined;
}

/** An error as an upstream reports it. */
export interface ErrorDetail {
	/** The HTTP status it should have had, where it names one. */
	readonly status: number | undefined;
	/** In the upstream's words. */
	readonly message: string | undefined;
	/** It has the dialect's own form, which its clients read. */
	readonly isWellFormed: boolean;
	/** The vendor's word for the kind of error. */
	readonly kind?: string | undefined;
	readonly code?: string | undefined;
	readonly param?: string | undefined;
}

export interface ErrorFormat {
	/** What its errors mean where that differs from what most mean. */
	readonly kinds?: OwnErrorKinds;
	/** The body of an error response, as JSON. */
	body(error: GatewayError, requestId?: string): Json;
	/** The event that ends a stream which has failed. */
	event(error: GatewayError, requestId?: string): Buffer;
	/** Follows a stream where its error event depends on what was sent before. */
	follow?(): SentEvents;
	/** Headers of an error response, beside those that the error itself has. */
	headers?(requestId: string): Readonly<Record<string, string>>;
	/** The body of an error status as the event that ends a stream; undefined if its words can't be kept. */
	eventOf?(body: Json): Buffer | undefined;
	/**
	 * @param place an event of a stream, a whole body with status 200, or the body of an error status
	 * @returns undefined for what is an answer, or says nothing that would be known as an error
	 */
	read(json: Json, place: "event" | "answer" | "status"): ErrorDetail | undefined;
	/** An error status as it is meant, where the vendor says that elsewhere; the same answer where there is nothing to add. */
	meant?(answer: RefusedAnswer): RefusedAnswer;
}

/** An answer with an error status. */
export interface RefusedAnswer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Buffer;
}

export interface Translation {
	/** @throws GatewayError 400 for what only an upstream that speaks the dialect itself can serve */
	refuseForOthers?(body: Json): void;
	/** @throws GatewayError 400 for what can't be understood */
	readRequest(body: Json): ChatRequest;
	/**
	 * The body of a request. What can't be written goes to `dropped`, by the names of the neutral model.
	 *
	 * @throws GatewayError 400 for a request without which nothing is left to be asked
	 */
	writeRequest(request: ChatRequest, dropped: Set<string>): Json;
	/**
	 * The request that asks for the rest of an answer of which `text` is here, after which the message is to be gone on with.
	 *
	 * @param maxOutputTokens of the rest, where the request has a limit
	 * @returns a new object; undefined where that can't be asked for
	 */
	continued?(json: Json, text: string, maxOutputTokens: number | undefined): Json | undefined;
	writeResponse(response: ChatResponse, context: WriteContext): Json;
	writer(context: WriteContext): StreamWriter;
	/** The longest answer that is asked for where the client names no limit, since its API demands one; by the model. */
	usualLimit?(model: string | undefined): number;
	/** What it can't say; see docs/dialects.md. */
	readonly losses?: DialectLosses;
	/** What its API takes of tools, where that is not what most take. */
	readonly tools?: ToolForms;
	/** Its API may be shown reasoning that nobody has signed. */
	readonly takesPlainReasoning?: boolean;
	/** Where a model takes breakpoints of the prompt cache; everywhere if this is missing and `needsCacheMarks`. */
	takesCacheMarks?(model: string): BreakpointPlaces;
	/** Most servers put its messages into templates of their models, which know instructions at the beginning alone. */
	readonly isTemplated?: boolean;
}

/** The half of a translation that upstreams need. */
export type OutboundTranslation = Pick<
	Translation,
	"writeRequest" | "usualLimit" | "losses" | "tools" | "takesPlainReasoning" | "isTemplated" | "takesCacheMarks"
>;

export interface WriteContext {
	readonly requestId: string;
	/** Seconds since 1970. */
	readonly created: number;
	/** When the request came, in milliseconds on the monotonic clock; undefined where its answer has taken no time. */
	readonly receivedMs?: number | undefined;
	/** The requested model, if the upstream names none. */
	readonly model: string | undefined;
	readonly wantsUsage: boolean;
	/** What the client has asked for. */
	readonly request?: ChatRequest;
	/** About how many tokens its prompt has, until the upstream says it. */
	promptTokens?(): number;
}

/** One event as the dialect writes it. */
export interface WireEvent {
	/** Its `event` field, where the dialect names its events. */
	readonly name?: string | undefined;
	/** Not changed any more: its bytes may be written later. */
	readonly json: Json;
}

/** Writes one stream. */
export interface StreamWriter {
	/** Facts about the whole answer that the client was or will be sent. */
	readonly head: Pick<Start, "id" | "created" | "model">;
	write(events: readonly ChatEvent[]): readonly WireEvent[];
	/**
	 * The event of a text, as bytes, while the same kind of text goes on. Its JSON needs no escapes, so that it is copied.
	 *
	 * @returns undefined where more is to be said than this text, which `write` does
	 */
	writeText?(text: RepeatedText): Buffer | undefined;
	/** What is still to be said once the answer is whole, but for `StreamFormat.end`. */
	end(): readonly WireEvent[];
	/** What is said if no more comes, where that depends on what was said before; else `ErrorFormat.event` says it. */
	fail?(error: GatewayError): readonly WireEvent[] | undefined;
}
