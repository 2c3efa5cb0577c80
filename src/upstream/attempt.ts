/** One request to one AI host, as its answer comes in (undici's dispatch handler). */
import type { Dispatcher } from "undici";
import type { GatewayError } from "../errors/gatewayError.js";
import type { Target } from "../settings/routes.js";
import type { Head } from "../streaming/responseStream.js";
import { AnswerBody } from "./answerBody.js";
import { BodyForm } from "../streaming/bodyForm.js";
import { type ChunkReader, EventStream, type StreamEnd } from "./eventStream.js";
import { type Fault, faultOfError, faultOfStatus, outcomeOf, wayOfFailing } from "./fault.js";
import { headersForClient, type IncomingHeaders } from "./headers.js";
import type { Outcome, Permit } from "./health/states.js";
import type { LimitedHandler } from "./limitedHandler.js";
import { tokensOfPieces, tokensOfText } from "../chat/tokenCounts.js";
import { cutShort, noConnection, redirected, silent, upstreamFailure } from "./upstreamFailure.js";
import type { HiddenUsage } from "../dialects/openai/hiddenUsage.js";
import { type ContentMember, faultOfBody, faultOfEvent, faultOfSaid } from "./wholeBody.js";

/** Who made the attempt. */
export interface AttemptListener {
	/** The head of an answer that can be used; once more where its body turns out to be something else. */
	started(attempt: Attempt): void;
	/** Bytes of the body, of a stream whole events; never for an error status. */
	came(attempt: Attempt, bytes: Buffer): void;
	/** A whole stream's terminator has come; `ended` may follow late. */
	terminated(attempt: Attempt): void;
	/** The answer is whole. */
	ended(attempt: Attempt): void;
	failed(attempt: Attempt, fault: Fault): void;
	/** The host's token counts can't be true. */
	miscounted(attempt: Attempt): void;
}

/** Follows a request's attempts, where they are traced. */
export interface AttemptTracer {
	/**
	 * @param url the host's
	 * @returns headers that tell the host which trace its answer belongs to
	 */
	begin(attempt: Attempt, url: string): readonly (readonly [name: string, value: string])[];
}

/** Longest waits, in milliseconds from the request, but for `idleMs`, between two pieces, and `endMs`. */
export interface AttemptLimits {
	connectMs: number;
	firstByteMs: number;
	/** Of a stream. */
	firstTokenMs: number;
	idleMs: number;
	/** After all that a stream has to say, for its terminator or its end. */
	endMs: number;
	/** For a connection, where their number is limited. */
	queueMs: number | undefined;
}

export interface AttemptOptions {
	limits: AttemptLimits;
	streamEnd: StreamEnd;
	/** The client has asked for a stream. */
	isStreamAsked: boolean;
	/** The client has asked for a stream's token counts. */
	areCountsAsked: boolean;
	/** What every answer to the request has, where that is known. */
	content: ContentMember | undefined;
	/** Is told what a stream says. */
	reader: ChunkReader | undefined;
	/** It goes on where another one broke off. */
	isRescue: boolean;
	/** The host is asked for token counts that the client is not to see. */
	hiddenUsage: HiddenUsage | undefined;
}

/** A body with an error status is read this far, so that it is known what the host says; of a longer one the rest is left out. */
const maxErrorBytes = 64 * 1024;

/** How long a host may take to end its response after the terminator. */
const lingerMs = 1_000;

/** Of a whole completion that is made a stream, where the client has not asked for counts. */
const hiddenAtEnd: HiddenUsage = { isEndHidden: true, arePiecesHidden: false };

type State = "under way" | "over";

/** What has come of a body with an error status. */
interface ErrorBody {
	parts: Buffer[];
	bytes: number;
}

export class Attempt implements LimitedHandler {
	readonly target: Target;
	/** Milliseconds on the monotonic clock. */
	readonly startedMs = performance.now();
	endedMs: number | undefined;
	/** When a stream showed its first real output, and when the answer was whole. */
	firstOutputMs: number | undefined;
	wholeMs: number | undefined;
	readonly limits: AttemptLimits;
	readonly reader: ChunkReader | undefined;
	readonly isRescue: boolean;
	hiddenUsage: HiddenUsage | undefined;
	/** Of a rescue: it was sent what had been answered, to go on from there. */
	isContinuation = false;
	/** Another one, which was late, was under way. */
	isHedge = false;
	/** Sent to the host in place of the client's of the same name. */
	headers: LimitedHandler["headers"] = [];
	/** What it came to, where that is not an answer. */
	fault: Fault | undefined;
	/** Nobody wanted its answer any more. */
	isCancelled = false;
	/** The host has been sent the request, or has begun to be. */
	isSent = false;
	head: Head | undefined;
	/** Its answer is the client's: what comes goes there. */
	isChosen = false;
	/** What has come before it is certain that it is the client's answer. */
	readonly held: Buffer[] = [];
	heldBytes = 0;
	/** Follows a stream; nothing for any other answer. */
	events: EventStream | undefined;
	readonly #listener: AttemptListener;
	readonly #streamEnd: StreamEnd;
	readonly #isStreamAsked: boolean;
	readonly #areCountsAsked: boolean;
	readonly #content: ContentMember | undefined;
	readonly #permit: Permit;
	#controller: Dispatcher.DispatchController | undefined;
	#stopped: GatewayError | undefined;
	#raw: IncomingHeaders = {};
	#error: ErrorBody | undefined;
	#body: AnswerBody | undefined;
	/** While it is open what the body is, or it has to be made a stream first. */
	#form: BodyForm | undefined;
	#state: State = "under way";
	/** The listener knows that the terminator has come. */
	#isTold = false;
	#linger: NodeJS.Timeout | undefined;
	#firstOutput: NodeJS.Timeout | undefined;
	#queue: NodeJS.Timeout | undefined;

	constructor(
		target: Target,
		permit: Permit,
		listener: AttemptListener,
		{ limits, streamEnd, isStreamAsked, areCountsAsked, content, reader, isRescue, hiddenUsage }: AttemptOptions,
	) {
		this.target = target;
		this.#permit = permit;
		this.#listener = listener;
		this.limits = limits;
		this.#streamEnd = streamEnd;
		this.#isStreamAsked = isStreamAsked;
		this.#areCountsAsked = areCountsAsked;
		this.#content = content;
		this.reader = reader;
		this.isRescue = isRescue;
		this.hiddenUsage = hiddenUsage;
		const { queueMs } = limits;
		if (queueMs !== undefined)
			this.#queue = setTimeout(() => this.fail({ kind: "busy", error: noConnection(queueMs) }), queueMs);
	}

	pause(): void {
		if (this.#state === "over") return;
		this.#controller?.pause();
		// What follows the finish reasons may be waiting to be read.
		if (!this.events?.isTerminated) this.#stopLingering();
	}

	resume(): void {
		if (this.#state === "over") return;
		if (this.events?.isSettled && !this.events.isTerminated) this.#linger ??= this.#endInTime(this.events);
		// What comes at once may pause it again.
		this.#controller?.resume();
	}

	/** Ends it without a word to the listener: nobody wants its answer. */
	stop(reason: GatewayError): void {
		if (this.#state === "over") return;
		this.isCancelled = true;
		this.#finish("ignored");
		this.#abort(reason);
	}

	hold(bytes: Buffer): void {
		this.held.push(bytes);
		this.heldBytes += bytes.length;
	}

	/** @returns all that is held, which is held no longer */
	takeHeld(): Buffer {
		this.heldBytes = 0;
		return Buffer.concat(this.held.splice(0));
	}

	/** Decides what a fault says about the upstream, where the request may have been to blame. */
	judge(outcome: Outcome): void {
		this.#permit.judge?.(outcome);
	}

	/** Ends it with a fault that the listener has found, and is told. */
	fail(fault: Fault): void {
		if (this.#state === "over") return;
		this.#fail(fault);
		this.#abort(fault.error);
	}

	get #isOver(): boolean {
		return this.#state === "over";
	}

	/** In a word: a status, `cancelled`, or the code of what went wrong. */
	get outcome(): string {
		if (this.isCancelled) return "cancelled";
		const { head, fault } = this;
		if (fault !== undefined && (head === undefined || head.status < 400)) return fault.error.code ?? fault.kind;
		return head === undefined ? "under way" : String(head.status);
	}

	/** Token counts, as the host has written them. */
	get usage(): Readonly<Record<string, unknown>> | undefined {
		return this.events?.usage ?? this.#body?.usage();
	}

	/** About the tokens of what came, where the host does not count them. */
	get outputEstimate(): number {
		if (this.events !== undefined) return tokensOfPieces(this.events.pieces, this.events.textBytes);
		const body = this.#body;
		if (body === undefined) return 0;
		// Of a whole answer that was left, or is too long to be kept, what has come is about its text.
		return tokensOfText(body.textBytes() ?? (this.isCancelled || body.isCut ? body.bytes : 0));
	}

	/** To be called by whoever finds that its `usage` can't be true. */
	noteMiscounted(): void {
		this.#listener.miscounted(this);
	}

	/** The model that has answered, as the host names it. */
	get model(): string | undefined {
		return this.events?.model ?? this.#body?.model();
	}

	get isMidEvent(): boolean {
		return this.events?.isMidEvent ?? false;
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		clearTimeout(this.#queue);
		if (this.#stopped) controller.abort(this.#stopped);
		else this.isSent = true;
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, raw: IncomingHeaders): void {
		if (status < 200 || this.#state === "over") return;
		if (status >= 300 && status < 400 && status !== 304) {
			this.fail({ kind: "unusable", error: redirected(status) });
			return;
		}
		const { "content-type": type, "content-length": length } = raw;
		const head: Head = {
			status,
			headers: headersForClient(raw),
			contentLength: length === undefined ? undefined : Number(length),
			isStream: /^text\/event-stream\b/i.test(String(type)),
		};
		this.head = head;
		this.#raw = raw;
		if (status >= 400) {
			this.#error = { parts: [], bytes: 0 };
			return;
		}
		if (head.isStream || this.#isStreamAsked) this.#awaitOutput();
		this.#form = this.#formToFind(head);
		if (head.isStream) this.#beginStream();
		else if (this.#form === undefined) this.#beginBody(head);
	}

	/** Where the body may be something else than its label says. */
	#formToFind({ status, isStream: isLabelled }: Head): BodyForm | undefined {
		const isStreamAsked = this.#isStreamAsked;
		const { streamTerminator: terminator } = this.#streamEnd;
		const mayBeOther = isStreamAsked || (terminator !== undefined && !isLabelled);
		return status === 200 && mayBeOther ? new BodyForm({ isStreamAsked, isLabelled, terminator }) : undefined;
	}

	#beginStream(): void {
		this.events = new EventStream(this.#streamEnd, this.reader, this.reader !== undefined, this.hiddenUsage);
		// Events that are not read, as nobody knows what they mean, may have counts of tokens all the same.
		if (this.#streamEnd.streamTerminator === undefined) this.#body = new AnswerBody();
		this.#listener.started(this);
	}

	#beginBody(head: Head): void {
		this.#outputCame();
		this.#body = new AnswerBody();
		if (head.isStream) {
			head.isStream = false;
			this.events = undefined;
		}
		this.#listener.started(this);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (this.#state === "over") return;
		if (this.#error) {
			this.#keepError(this.#error, chunk);
			return;
		}
		if (this.#form === undefined) this.#take(chunk);
		else this.#takeAs(this.#form, this.#form.take(chunk));
	}

	/** Takes what has come of a body whose form was open; it may still be. */
	#takeAs(form: BodyForm, bytes: Buffer): void {
		const { kind } = form;
		if (kind === "unknown") return;
		const head = this.head as Head;
		// What is one whole object so far is waited for as long as any other body.
		if (kind === "object") this.#outputCame();
		else {
			if (kind !== "lines") this.#form = undefined;
			if (kind === "other") {
				if (head.isStream) head.headers["content-type"] = form.contentType;
				this.#beginBody(head);
			} else if (this.events === undefined) this.#beginUnlabelledStream(head);
			if (bytes.length > 0 && !this.#isOver) this.#take(bytes);
		}
	}

	#beginUnlabelledStream(head: Head): void {
		head.isStream = true;
		head.contentLength = undefined;
		head.headers["content-type"] = "text/event-stream";
		this.#beginStream();
	}

	#take(chunk: Buffer): void {
		const { events } = this;
		this.#body?.add(chunk);
		if (events === undefined) {
			this.#listener.came(this, chunk);
			return;
		}
		const before = events.chunks;
		const bytes = events.push(chunk);
		if (this.firstOutputMs === undefined) this.#noteOutput(events);
		if (bytes.length > 0) this.#listener.came(this, bytes);
		this.#followEnd(events, events.chunks > before);
	}

	onResponseEnd(): void {
		if (this.#state === "over") return;
		if (this.#error) {
			this.#failWithStatus();
			return;
		}
		if (this.#form) this.#takeRest(this.#form);
		if (this.#isOver) return;
		const { events } = this;
		const rest = events?.end();
		if (rest !== undefined && rest.length > 0) this.#listener.came(this, rest);
		if (this.#isOver) return;
		if (events?.error) this.#failInBand(events);
		else if (events && !events.isWhole) this.#fail({ kind: "unfinished", error: cutShort() });
		else if (events === undefined && !this.isChosen) this.#completeBody();
		else this.#complete();
	}

	onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
		if (this.#state === "over") return;
		if (this.events && isWholeDespite(this.events, error)) this.#complete();
		// What has come of a refusal says more than that its end is missing.
		else if (this.#error && this.#error.bytes > 0) this.#failWithStatus();
		else this.#fail(faultOfError(upstreamFailure(error, this.limits), this.head !== undefined));
	}

	#takeRest(form: BodyForm): void {
		const wasObject = form.kind === "object";
		const rest = form.end();
		if (wasObject) {
			// What is made a stream has its counts, whoever wants them.
			if (!this.#areCountsAsked) this.hiddenUsage ??= hiddenAtEnd;
			this.events = undefined;
		}
		this.#takeAs(form, rest);
	}

	/** Progress is waited for no more than output is, but is no token. */
	#noteOutput({ hasOutput, hasProgress }: EventStream): void {
		if (hasOutput || hasProgress) this.#outputCame();
		if (hasOutput) this.firstOutputMs = performance.now();
	}

	#outputCame(): void {
		clearTimeout(this.#firstOutput);
		this.#firstOutput = undefined;
	}

	/** A host may give its head at once and its first token late: a long prompt, a queue, or something that hangs. */
	#awaitOutput(): void {
		const { firstTokenMs } = this.limits;
		const leftMs = firstTokenMs - (performance.now() - this.startedMs);
		this.#firstOutput = setTimeout(
			() => this.fail({ kind: "silent", error: silent(firstTokenMs) }),
			Math.max(1, leftMs),
		);
	}

	/**
	 * What may come behind the host's own error, or when all is said, is not waited for.
	 *
	 * @param saysMore something has come that is more than a comment
	 */
	#followEnd(events: EventStream, saysMore: boolean): void {
		if (this.#state === "over") return;
		if (events.error) {
			this.#failInBand(events);
			this.#abort(cutShort());
		} else if (events.isCutShort) {
			this.#fail({ kind: "unfinished", error: cutShort() });
			this.#abort(cutShort());
		} else if (events.isTerminated) {
			if (this.#isTold) return;
			this.#isTold = true;
			this.#stopLingering();
			this.#linger = setTimeout(() => this.#abort(cutShort()), lingerMs).unref();
			this.wholeMs = performance.now();
			this.#listener.terminated(this);
		} else if (events.isFinished) {
			if (saysMore) this.#stopLingering();
			if (events.isSettled && !this.#controller?.paused) this.#linger ??= this.#endInTime(events);
		}
	}

	/** Comments alone don't keep a stream open that may have said all. */
	#endInTime({ hasSaidAll }: EventStream): NodeJS.Timeout {
		const { endMs, idleMs } = this.limits;
		return setTimeout(() => this.#endFinished(), hasSaidAll ? endMs : idleMs).unref();
	}

	#stopLingering(): void {
		clearTimeout(this.#linger);
		this.#linger = undefined;
	}

	/** Every choice has its finish reason, and for long enough nothing more has come. */
	#endFinished(): void {
		if (this.#state === "over") return;
		this.#complete();
		this.#abort(cutShort());
	}

	/** A host that gave finish reasons but no terminator: clients wait for it. */
	#complete(): void {
		const { events } = this;
		const { streamTerminator } = this.#streamEnd;
		if (events && streamTerminator !== undefined && !events.isTerminated)
			this.#listener.came(this, Buffer.from(`data: ${streamTerminator}\n\n`));
		this.#finish("ok");
		this.#listener.ended(this);
	}

	/** Some hosts fail with status 200: with an error, with half of an answer, with another one, or with nothing at all. */
	#completeBody(): void {
		const { head, held: pieces } = this;
		const isJudged = head !== undefined && head.status < 204 && this.#content !== undefined;
		const fault = isJudged
			? faultOfBody({ head, headers: this.#raw, pieces, content: this.#content as ContentMember })
			: undefined;
		if (fault === undefined) this.#complete();
		else this.#failInHindsight(fault);
	}

	#keepError(error: ErrorBody, chunk: Buffer): void {
		error.parts.push(chunk);
		error.bytes += chunk.length;
		if (error.bytes <= maxErrorBytes) return;
		this.#failWithStatus();
		this.#abort(cutShort());
	}

	#failWithStatus(): void {
		const head = this.head as Head;
		const body = Buffer.concat(this.#error?.parts ?? []).subarray(0, maxErrorBytes);
		this.#fail(faultOfStatus(head, this.#raw, body));
	}

	#failInBand({ error }: EventStream): void {
		const { bytes, json, said } = error as NonNullable<EventStream["error"]>;
		// Once the client has its head there is no other status to be had.
		const named = this.isChosen
			? undefined
			: faultOfSaid(said, this.head as Head, this.#raw, Buffer.from(JSON.stringify(json)));
		if (named === undefined) this.#fail(faultOfEvent(bytes, json, said));
		else this.#failInHindsight(named);
	}

	/** With the status that the answer should have had. */
	#failInHindsight(fault: Fault): void {
		if (fault.response) this.head = fault.response.head;
		this.#fail(fault);
	}

	#fail(fault: Fault): void {
		this.fault = fault;
		this.#finish(wayOfFailing(fault) === undefined ? outcomeOf(fault) : "undecided");
		this.#listener.failed(this, fault);
	}

	#finish(outcome: Outcome | "undecided"): void {
		this.#state = "over";
		this.endedMs = performance.now();
		this.wholeMs ??= this.endedMs;
		clearTimeout(this.#linger);
		clearTimeout(this.#firstOutput);
		clearTimeout(this.#queue);
		this.#permit.leave(outcome);
	}

	/** To be called when it is over, since undici then reports an error at once. */
	#abort(reason: GatewayError): void {
		this.#stopped = reason;
		this.#controller?.abort(reason);
	}
}

/**
 * A host that breaks off after what ends its stream has said all it had to say. One that is silent for too long after its
 * finish reasons has, too; but where its connection broke then, more may have been to come.
 */
function isWholeDespite(events: EventStream, error: Error): boolean {
	if (events.isTerminated || events.hasSaidAll) return true;
	return events.isSettled && (error as { code?: unknown }).code === "UND_ERR_BODY_TIMEOUT";
}
