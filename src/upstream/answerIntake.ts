/** An answer with a good status as it comes in: found to be what it is, followed, and translated where it has to be. */
import { tokensOfPieces, tokensOfText } from "../chat/tokenCounts.js";
import type { HiddenUsage, StreamDecoder } from "../dialects/dialect.js";
import { ThoughtSplitter } from "../dialects/openai/thoughtSplitter.js";
import { isBinary } from "../streaming/binary.js";
import { BodyForm } from "../streaming/bodyForm.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import type { Head } from "../streaming/responseStream.js";
import { AnswerBody } from "./answerBody.js";
import type { AttemptOptions } from "./attemptOptions.js";
import { EventStream } from "./eventStream.js";
import type { Fault } from "./fault.js";
import type { IncomingHeaders } from "./headers.js";
import type { TargetLane } from "./lane.js";
import { TranslatedBody } from "./translated.js";
import { notReadable } from "./upstreamFailure.js";
import { faultOfBody } from "./wholeBody.js";

/** For a whole completion that is made a stream, where the client has not asked for counts. */
const hiddenAtEnd: HiddenUsage = { isEndHidden: true, arePiecesHidden: false };

export interface IntakeListener {
	readonly isOver: boolean;
	/** It is known what the answer is; once more where its body turns out to be something else. */
	began(): void;
	/** The awaited output has come, though nothing may have been passed on yet. */
	outputCame(): void;
	came(piece: Piece): void;
	/** More of a stream has come that is ending. @param saysMore something that is more than a comment */
	followed(events: EventStream, saysMore: boolean): void;
	fail(fault: Fault): void;
}

export class AnswerIntake {
	/** Follows a stream; undefined for any other answer. */
	events: EventStream | undefined;
	readonly #head: Head;
	readonly #options: AttemptOptions;
	readonly #listener: IntakeListener;
	#hiddenUsage: HiddenUsage | undefined;
	#body: AnswerBody | undefined;
	/** A whole body that is to be translated. */
	#translated: TranslatedBody | undefined;
	/** While it is open what the body is, or it has to be made a stream first. */
	#form: BodyForm | undefined;
	readonly #decoder: StreamDecoder | undefined;
	readonly #thoughts: StreamDecoder | undefined;

	constructor(head: Head, options: AttemptOptions, hiddenUsage: HiddenUsage | undefined, listener: IntakeListener) {
		this.#head = head;
		this.#options = options;
		this.#hiddenUsage = hiddenUsage;
		this.#listener = listener;
		const { "content-type": type } = head.headers;
		const relabelled = type && options.lane.carriage?.relabelled?.(type);
		if (relabelled) head.headers["content-type"] = relabelled;
		this.#decoder = this.#decoderFor(options.lane);
		const { thoughtTags, choices } = options;
		if (thoughtTags !== undefined && head.status < 300) {
			this.#thoughts = new ThoughtSplitter(thoughtTags, choices);
			head.contentLength = undefined;
		}
		this.#form = this.#formToFind();
	}

	begin(): void {
		if (this.#head.isStream) this.#beginStream();
		else if (this.#form === undefined) this.#beginBody();
	}

	take(given: Buffer): void {
		let chunk = this.#decoder === undefined ? given : this.#decoded(this.#decoder, given);
		if (this.#thoughts !== undefined) chunk = this.#thoughts.push(chunk);
		if (chunk.length === 0 && given.length > 0) return;
		this.#takeDecoded(chunk);
	}

	/** @param given undefined at the end */
	#decoded(decoder: StreamDecoder, given: Buffer | undefined): Buffer {
		try {
			return given === undefined ? decoder.end() : decoder.push(given);
		} catch (cause) {
			this.#listener.fail({ kind: "unusable", error: notReadable(cause) });
			return noBytes;
		}
	}

	#takeDecoded(chunk: Buffer): void {
		if (this.#form === undefined) this.#pass(chunk);
		else this.#passAs(this.#form, this.#form.take(chunk));
	}

	/** All has come: what was held back while it was open what the body is, and the rest of a last event. */
	end(): void {
		const last =
			this.#decoder === undefined ? (this.#thoughts?.end() ?? noBytes) : this.#decoded(this.#decoder, undefined);
		if (last.length > 0) this.#takeDecoded(last);
		if (this.#listener.isOver) return;
		if (this.#form) this.#takeRest(this.#form);
		if (this.#listener.isOver) return;
		const rest = this.events?.end();
		if (rest !== undefined) this.#listener.came(rest);
	}

	/**
	 * A whole body has come that nobody has been sent yet.
	 *
	 * @param held what has come of it
	 * @returns what is wrong with it; some upstreams fail with status 200: with an error, with half of an answer, with
	 * another one, or with nothing at all
	 */
	finishBody(headers: IncomingHeaders, held: readonly Buffer[]): Fault | undefined {
		const { dialect } = this.#options.lane;
		const head = this.#head;
		const pieces = this.#translated?.pieces ?? held;
		const fault =
			head.status < 204 && dialect !== undefined ? faultOfBody({ head, headers, pieces, dialect }) : undefined;
		if (fault !== undefined || this.#translated === undefined) return fault;
		const translated = this.#translated.end(head);
		if ("kind" in translated) return translated;
		this.#listener.came(translated);
		return undefined;
	}

	/** Token counts, as the upstream has written them. */
	get usage(): Readonly<Record<string, unknown>> | undefined {
		return this.events?.usage ?? this.#options.lane.translator?.read?.usage?.raw ?? this.#body?.usage();
	}

	/** The model that has answered, as the upstream names it. */
	get model(): string | undefined {
		return this.events?.model ?? this.#body?.model();
	}

	/** The answer's own id; of a body that is no stream, the first that it has. */
	get id(): string | undefined {
		return this.events === undefined ? this.#body?.id() : this.events.id;
	}

	/** Why each choice has ended. A whole body is parsed for that: call it only if the answer is wanted. */
	get finishReasons(): string[] {
		if (this.events !== undefined) return this.events.finishReasons;
		const readWhole = this.#options.lane.dialect?.readWhole;
		return readWhole === undefined ? [] : (this.#body?.finishReasons(readWhole) ?? []);
	}

	/** The tier of service that the upstream names beside its counts, as it writes it. */
	get tier(): unknown {
		return this.events?.tier ?? this.#body?.tier();
	}

	/** About the tokens of what came. @param isCancelled nobody wanted the rest */
	outputEstimate(isCancelled: boolean): number {
		if (this.events !== undefined) return tokensOfPieces(this.events.pieces, this.events.textBytes);
		const body = this.#body;
		if (body === undefined) return 0;
		// The part of a whole answer that was abandoned, or is too long to be kept, is about its text.
		return tokensOfText(body.textBytes() ?? (isCancelled || body.isCut ? body.bytes : 0));
	}

	/** Where it has another framing, or another form, than its dialect's own. */
	#decoderFor({ carriage, dialect }: TargetLane): StreamDecoder | undefined {
		const head = this.#head;
		const type = head.headers["content-type"] ?? "";
		const carried = carriage?.decoder?.(type);
		const decoder = carried ?? dialect?.stream?.decoder?.(type);
		if (decoder === undefined) return undefined;
		head.contentLength = undefined;
		if (carried?.isStream === false) return decoder;
		head.isStream = true;
		head.headers["content-type"] = "text/event-stream";
		return decoder;
	}

	/** Where the body may be something else than its label says. */
	#formToFind(): BodyForm | undefined {
		const { isStreamAsked, lane } = this.#options;
		const { status, isStream: isLabelled } = this.#head;
		const format = lane.dialect?.stream;
		const mayBeOther = isStreamAsked || (format !== undefined && !isLabelled && lane.dialect?.isLabelled !== true);
		if (status !== 200 || !mayBeOther) return undefined;
		const { wholeAsStream, maxEventBytes: maxObjectBytes } = format ?? {};
		return new BodyForm({ isStreamAsked, isLabelled, wholeAsStream, maxObjectBytes });
	}

	#beginStream(): void {
		const { lane, consumer, choices, isRescue } = this.#options;
		const format = lane.dialect?.stream;
		this.events = new EventStream({
			format,
			choices,
			consumer,
			// In another dialect a reason would have to be made up.
			needsFinish: consumer !== undefined || lane.translator !== undefined,
			hiddenUsage: this.#hiddenUsage,
			// A rescue writes what is new of it itself.
			writer: isRescue && consumer?.isNeutral ? undefined : lane.translator?.writer(),
		});
		// Events that are not read, as nobody knows what they mean, may have counts of tokens all the same.
		if (format === undefined) this.#body = new AnswerBody(lane.dialect);
		this.#listener.began();
	}

	#beginBody(): void {
		this.#listener.outputCame();
		const { lane, isStreamAsked } = this.#options;
		if (!isBinary(this.#head)) this.#body = new AnswerBody(lane.dialect);
		if (lane.translator !== undefined) this.#translated = new TranslatedBody(lane.translator, isStreamAsked);
		if (this.#head.isStream) {
			this.#head.isStream = false;
			this.events = undefined;
		}
		this.#listener.began();
	}

	/** Passes what has come of a body whose form was open; it may still be. */
	#passAs(form: BodyForm, bytes: Buffer): void {
		const { kind } = form;
		if (kind === "unknown") return;
		const head = this.#head;
		// A body that is one whole object so far is awaited as long as any other.
		if (kind === "object") this.#listener.outputCame();
		else {
			if (kind !== "lines") this.#form = undefined;
			if (kind === "other") {
				if (head.isStream) head.headers["content-type"] = form.contentType;
				this.#beginBody();
			} else if (this.events === undefined) this.#beginUnlabelledStream(head);
			if (bytes.length > 0 && !this.#listener.isOver) this.#pass(bytes);
		}
	}

	#beginUnlabelledStream(head: Head): void {
		head.isStream = true;
		head.contentLength = undefined;
		head.headers["content-type"] = "text/event-stream";
		this.#beginStream();
	}

	#pass(chunk: Buffer): void {
		const { events } = this;
		this.#body?.add(chunk);
		if (events === undefined) {
			if (this.#translated === undefined) this.#listener.came(unread(chunk));
			else if (!this.#translated.add(chunk)) this.#listener.fail(this.#translated.tooLarge());
			return;
		}
		const before = events.chunks;
		const piece = events.push(chunk);
		if (events.hasOutput || events.hasProgress) this.#listener.outputCame();
		if (piece !== undefined) this.#listener.came(piece);
		if (events.isEnding) this.#listener.followed(events, events.chunks > before);
	}

	#takeRest(form: BodyForm): void {
		const wasObject = form.kind === "object";
		const rest = form.end();
		if (wasObject) {
			// What is made a stream has its counts, whoever wants them.
			if (!this.#options.areCountsAsked && this.#options.lane.translator === undefined)
				this.#hiddenUsage ??= hiddenAtEnd;
			this.events = undefined;
		}
		this.#passAs(form, rest);
	}
}
