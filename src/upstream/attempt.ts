/** One request to one AI host, as its answer comes in (undici's dispatch handler). */
import type { Dispatcher } from "undici";
import type { GatewayError } from "../contract/gatewayError.js";
import type { Target } from "../contract/routes.js";
import type { Head } from "./answer.js";
import { AnswerBody } from "./answerBody.js";
import { brokenOff, cutShort, encoded, noConnection, redirected, silent, upstreamFailure } from "./failure.js";
import { type Fault, faultOfError, faultOfStatus, outcomeOf } from "./fault.js";
import { headersForClient, type IncomingHeaders } from "./headers.js";
import { type ChunkReader, EventStream, type StreamEnd } from "./sse.js";
import type { Outcome, Permit } from "./states/states.js";
import { tokensOfPieces, tokensOfText } from "./tokens.js";
import type { LimitedHandler } from "./upstream.js";
import type { HiddenUsage } from "./usageHidden.js";
import { isJsonObject, saysError } from "./wholeBody.js";

/** Who made the attempt. */
export interface AttemptListener {
	/** The head of an answer that can be used. */
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

/** Longest waits, in milliseconds from the request, but for `idleMs`, which is between two pieces. */
export interface AttemptLimits {
	connectMs: number;
	firstByteMs: number;
	/** Of a stream. */
	firstTokenMs: number;
	idleMs: number;
	/** For a connection, where their number is limited. */
	queueMs: number | undefined;
}

export interface AttemptOptions {
	limits: AttemptLimits;
	streamEnd: StreamEnd;
	/** Is told what a stream says. */
	reader: ChunkReader | undefined;
	/** It goes on where another one broke off. */
	isRescue: boolean;
	/** The host is asked for token counts that the client is not to see. */
	hiddenUsage: HiddenUsage | undefined;
}

/** A body with an error status is read this far, so that it is known what the host says; of a longer one the rest is left out. */
const maxErrorBytes = 64 * 1024;

/** How long a host may take to end a stream that is complete, and how long to send what may follow its finish reasons. */
const lingerMs = 1_000;

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
	readonly hiddenUsage: HiddenUsage | undefined;
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
	readonly #permit: Permit;
	#controller: Dispatcher.DispatchController | undefined;
	#stopped: GatewayError | undefined;
	#raw: IncomingHeaders = {};
	#error: ErrorBody | undefined;
	#body: AnswerBody | undefined;
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
		{ limits, streamEnd, reader, isRescue, hiddenUsage }: AttemptOptions,
	) {
		this.target = target;
		this.#permit = permit;
		this.#listener = listener;
		this.limits = limits;
		this.#streamEnd = streamEnd;
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
		if (this.events?.isFinished && !this.events.isTerminated) this.#linger ??= this.#endSoon();
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
		const { "content-type": type, "content-length": length, "content-encoding": encoding } = raw;
		const head: Head = {
			status,
			headers: headersForClient(raw),
			contentLength: length === undefined ? undefined : Number(length),
			contentEncoding: encoding?.toString(),
			isStream: /^text\/event-stream\b/i.test(String(type)),
		};
		this.head = head;
		if (status >= 400) {
			this.#raw = raw;
			this.#error = { parts: [], bytes: 0 };
			return;
		}
		if (head.isStream) {
			if (head.contentEncoding !== undefined) {
				this.fail({ kind: "unusable", error: encoded() });
				return;
			}
			this.events = new EventStream(this.#streamEnd, this.reader, this.reader !== undefined, this.hiddenUsage);
			// Events that are not read, as nobody knows what they mean, may have counts of tokens all the same.
			if (this.#streamEnd.streamTerminator === undefined) this.#body = new AnswerBody();
			this.#awaitOutput();
		} else if (head.contentEncoding === undefined) this.#body = new AnswerBody();
		this.#listener.started(this);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (this.#state === "over") return;
		if (this.#error) {
			this.#keepError(this.#error, chunk);
			return;
		}
		const { events } = this;
		this.#body?.add(chunk);
		if (events === undefined) {
			this.#listener.came(this, chunk);
			return;
		}
		const before = events.chunks;
		const bytes = events.push(chunk);
		if (this.#firstOutput !== undefined && events.hasOutput) {
			clearTimeout(this.#firstOutput);
			this.#firstOutput = undefined;
			this.firstOutputMs = performance.now();
		}
		if (bytes.length > 0) this.#listener.came(this, bytes);
		this.#followEnd(events, events.chunks > before);
	}

	onResponseEnd(): void {
		if (this.#state === "over") return;
		if (this.#error) {
			this.#failWithStatus();
			return;
		}
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
		// A host that breaks off behind what ends its stream has said all it had to say.
		if (this.events?.isTerminated || this.events?.isFinished) this.#complete();
		// What has come of a refusal says more than that its end is missing.
		else if (this.#error && this.#error.bytes > 0) this.#failWithStatus();
		else this.#fail(faultOfError(upstreamFailure(error, this.limits), this.head !== undefined));
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
		} else if (events.isFinished && !this.#controller?.paused) {
			if (saysMore) this.#stopLingering();
			this.#linger ??= this.#endSoon();
		}
	}

	#endSoon(): NodeJS.Timeout {
		return setTimeout(() => this.#endFinished(), lingerMs).unref();
	}

	#stopLingering(): void {
		clearTimeout(this.#linger);
		this.#linger = undefined;
	}

	/** Every choice has its finish reason, and for a while nothing more has come: neither counts of tokens nor the terminator. */
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

	/** Some hosts fail with status 200: with an error, with half of an answer, or with nothing at all. */
	#completeBody(): void {
		const { head, held } = this;
		const isCompletion = head?.status === 200 && this.#streamEnd.streamTerminator !== undefined;
		const isAnswer = isCompletion && head.contentEncoding === undefined ? isJsonObject(held) : true;
		if (isAnswer && !saysError(held)) {
			this.#complete();
			return;
		}
		const said = { head: head as Head, body: Buffer.concat(held) };
		// What it said is passed on if nobody says more.
		const response = said.body.length === 0 ? {} : { response: said };
		this.#fail({ kind: isAnswer ? "error_event" : "unfinished", error: cutShort(), ...response });
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
		const { bytes, json } = error as NonNullable<EventStream["error"]>;
		const said = (json.error as { message?: unknown } | null)?.message;
		this.#fail({ kind: "error_event", error: brokenOff(said), event: bytes });
	}

	#fail(fault: Fault): void {
		this.fault = fault;
		this.#finish(outcomeOf(fault));
		this.#listener.failed(this, fault);
	}

	#finish(outcome: Outcome): void {
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
