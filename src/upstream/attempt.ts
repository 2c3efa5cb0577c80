/** One request to one upstream, as its answer comes in (undici's dispatch handler). */
import type { Dispatcher } from "undici";
import type { HiddenUsage } from "../dialects/dialect.js";
import { servedTier } from "../dialects/usageFacts.js";
import type { GatewayError } from "../errors/gatewayError.js";
import type { Target } from "../settings/routes.js";
import { type Piece, sizeOf } from "../streaming/piece.js";
import type { Head } from "../streaming/responseStream.js";
import { AnswerIntake, type IntakeListener } from "./answerIntake.js";
import type { AttemptLimits, AttemptOptions } from "./attemptOptions.js";
import type { EventConsumer } from "./eventConsumer.js";
import type { EventStream, StreamError } from "./eventStream.js";
import { type Fault, faultOfError, outcomeOf, wayOfFailing } from "./fault.js";
import { inOwnDialect } from "./foreignError.js";
import { headersForClient, type IncomingHeaders } from "./headers.js";
import type { Outcome, Permit } from "./health/states.js";
import type { TargetLane } from "./lane.js";
import type { LimitedHandler } from "./limitedHandler.js";
import type { OpenSession, UsedSession } from "./lines/session.js";
import { RefusedBody } from "./refusedBody.js";
import { StreamEnding } from "./streamEnding.js";
import { inClientDialect } from "./translated.js";
import { cutShort, noConnection, redirected, silent, upstreamFailure } from "./upstreamFailure.js";
import { faultInBand } from "./wholeBody.js";

/** Who made the attempt. */
export interface AttemptListener {
	/** The head of an answer that can be used; once more where its body turns out to be something else. */
	started(attempt: Attempt): void;
	/** A part of the body, of a stream whole events; never for an error status. */
	came(attempt: Attempt, piece: Piece): void;
	/** A whole stream's last event has come; `ended` may follow late. */
	terminated(attempt: Attempt): void;
	/** The answer is whole. */
	ended(attempt: Attempt): void;
	failed(attempt: Attempt, fault: Fault): void;
	/** The upstream has taken a session. */
	opened(attempt: Attempt): void;
	/** The upstream's token counts can't be true. */
	miscounted(attempt: Attempt): void;
}

export class Attempt implements LimitedHandler, IntakeListener {
	readonly target: Target;
	/** Milliseconds on the monotonic clock. */
	readonly startedMs = performance.now();
	endedMs: number | undefined;
	/** When a stream showed its first real output, and when the answer was whole. */
	firstOutputMs: number | undefined;
	wholeMs: number | undefined;
	readonly limits: AttemptLimits;
	readonly lane: TargetLane;
	readonly consumer: EventConsumer | undefined;
	readonly isRescue: boolean;
	/** The upstream is asked for token counts that the client is not to see. */
	hiddenUsage: HiddenUsage | undefined;
	/** A rescue was sent what had been answered, to go on from there. */
	isContinuation = false;
	/** Another one, which was late, was under way. */
	isHedge = false;
	/** Sent to the upstream in place of the client's of the same name. */
	headers: LimitedHandler["headers"] = [];
	shown: LimitedHandler["shown"] = [];
	/** Its fault; undefined if it has an answer. */
	fault: Fault | undefined;
	/** Nobody wanted its answer any more. */
	isCancelled = false;
	/** The upstream has been sent the request, or has begun to be. */
	isSent = false;
	head: Head | undefined;
	/** In place of an answer, where a session was asked for. */
	session: OpenSession | undefined;
	/** Its answer has begun a call, which reports what it uses. */
	call: UsedSession | undefined;
	/** Its answer is the client's: what comes goes there. */
	isChosen = false;
	/** Pieces that came before the attempt is committed. */
	readonly held: Piece[] = [];
	heldBytes = 0;
	readonly #listener: AttemptListener;
	readonly #options: AttemptOptions;
	readonly #permit: Permit;
	readonly #ending: StreamEnding;
	#controller: Dispatcher.DispatchController | undefined;
	#stopReason: GatewayError | undefined;
	#raw: IncomingHeaders = {};
	#refused: RefusedBody | undefined;
	#intake: AnswerIntake | undefined;
	isOver = false;
	/** The listener knows that the last event has come. */
	#isTerminated = false;
	#firstOutput: NodeJS.Timeout | undefined;
	#queue: NodeJS.Timeout | undefined;

	constructor(target: Target, permit: Permit, listener: AttemptListener, options: AttemptOptions) {
		this.target = target;
		this.#permit = permit;
		this.#listener = listener;
		this.#options = options;
		this.limits = options.limits;
		this.lane = options.lane;
		this.consumer = options.consumer;
		this.isRescue = options.isRescue;
		this.#ending = new StreamEnding(this.limits, {
			complete: () => this.#endFinished(),
			close: () => this.#abort(cutShort()),
		});
		const { queueMs } = this.limits;
		if (queueMs !== undefined)
			this.#queue = setTimeout(() => this.fail({ kind: "busy", error: noConnection(queueMs) }), queueMs);
	}

	pause(): void {
		if (this.isOver) return;
		this.#controller?.pause();
		this.#ending.paused(this.events);
	}

	resume(): void {
		if (this.isOver) return;
		this.#ending.resumed(this.events);
		// A piece that comes at once may pause it again.
		this.#controller?.resume();
	}

	/** Ends it without a word to the listener: nobody wants its answer. */
	stop(reason: GatewayError): void {
		if (this.isOver) return;
		this.isCancelled = true;
		this.#finish("ignored");
		this.#abort(reason);
	}

	hold(piece: Piece): void {
		this.held.push(piece);
		this.heldBytes += sizeOf(piece);
	}

	/** @returns all that is held, which is held no longer */
	takeHeld(): Buffer {
		this.heldBytes = 0;
		return Buffer.concat(this.held.splice(0).map(({ bytes }) => bytes));
	}

	/** Decides what a fault says about the upstream, where the request may have been to blame. */
	judge(outcome: Outcome): void {
		this.#permit.judge?.(outcome);
	}

	/** Ends it with a fault that the listener has found; the listener is called back with it. */
	fail(fault: Fault): void {
		if (this.isOver) return;
		this.#fail(fault);
		this.#abort(fault.error);
	}

	/** In a word: a status, `cancelled`, or the code of what went wrong. */
	get outcome(): string {
		if (this.isCancelled) return "cancelled";
		const { head, fault } = this;
		if (fault !== undefined && (head === undefined || head.status < 400)) return fault.error.code ?? fault.kind;
		return head === undefined ? "under way" : String(head.status);
	}

	/** Follows a stream; undefined for any other answer. */
	get events(): EventStream | undefined {
		return this.#intake?.events;
	}

	/** The session, or the call, that reports all that it uses. */
	get reporting(): UsedSession | undefined {
		return this.session ?? this.call;
	}

	/** Where the upstream says that what it has made is. */
	get location(): string | undefined {
		const { location } = this.#raw;
		return typeof location === "string" ? location : undefined;
	}

	/** Token counts, as the upstream has written them. */
	get usage(): Readonly<Record<string, unknown>> | undefined {
		const { reporting } = this;
		return reporting === undefined ? this.#intake?.usage : reporting.usage;
	}

	/** About the tokens of what came, where the upstream does not count them. */
	get outputEstimate(): number {
		return this.#intake?.outputEstimate(this.isCancelled) ?? 0;
	}

	/** To be called by whoever finds that its `usage` can't be true. */
	noteMiscounted(): void {
		this.#listener.miscounted(this);
	}

	/** The model that has answered, as the upstream names it. */
	get model(): string | undefined {
		return this.reporting === undefined ? this.#intake?.model : this.reporting.model;
	}

	/** The answer's id, as the upstream names it. Not for the hot path. */
	get answerId(): string | undefined {
		return this.#intake?.id;
	}

	/** Why each choice has ended. Not for the hot path, since whole bodies are parsed for it. */
	get finishReasons(): string[] {
		return this.#intake?.finishReasons ?? [];
	}

	/** The tier that has served the answer, in one word; undefined if the upstream doesn't say. */
	get tier(): string | undefined {
		const { usage } = this;
		return usage && servedTier(usage, this.#intake?.tier);
	}

	get isMidEvent(): boolean {
		return this.events?.isMidEvent ?? false;
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		clearTimeout(this.#queue);
		if (this.#stopReason) controller.abort(this.#stopReason);
		else this.isSent = true;
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, raw: IncomingHeaders): void {
		if (status < 200 || this.isOver) return;
		if (status >= 300 && status < 400 && status !== 304) {
			this.fail({ kind: "unusable", error: redirected(status) });
			return;
		}
		const { "content-type": type, "content-length": length } = raw;
		const head: Head = {
			status,
			headers: Object.assign(headersForClient(raw), this.lane.translator?.headers),
			contentLength: length === undefined ? undefined : Number(length),
			isStream: /^text\/event-stream\b/i.test(String(type)),
		};
		this.head = head;
		this.#raw = raw;
		if (status >= 400) {
			this.#refused = new RefusedBody();
			return;
		}
		if (head.isStream || this.#options.isStreamAsked) this.#awaitOutput(this.limits);
		this.#intake = new AnswerIntake(head, this.#options, this.hiddenUsage, this);
		this.#intake.begin();
	}

	onSessionOpen(session: OpenSession): void {
		if (this.isOver) return;
		this.session = session;
		this.head = { status: 101, headers: {}, contentLength: undefined, isStream: false };
		this.#listener.opened(this);
	}

	onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (this.isOver) return;
		if (this.#refused) {
			if (this.#refused.add(chunk)) return;
			this.#failWithStatus(this.#refused);
			this.#abort(cutShort());
		} else this.#intake?.take(chunk);
	}

	onResponseEnd(): void {
		if (this.isOver) return;
		if (this.#refused) {
			this.#failWithStatus(this.#refused);
			return;
		}
		this.#intake?.end();
		if (this.isOver) return;
		const { events } = this;
		if (events?.error) this.#failInBand(events);
		else if (events && !events.isWhole) this.#fail({ kind: "unfinished", error: cutShort() });
		else if (events === undefined && !this.isChosen) this.#completeBody();
		else this.#complete();
	}

	onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
		if (this.isOver) return;
		if (this.events?.isWholeDespite(error)) this.#complete();
		// The part of a refusal that came says more than that its end is missing.
		else if (this.#refused && !this.#refused.isEmpty) this.#failWithStatus(this.#refused);
		else this.#fail(faultOfError(upstreamFailure(error, this.limits), this.head !== undefined));
	}

	began(): void {
		this.#listener.started(this);
	}

	came(piece: Piece): void {
		this.#listener.came(this, piece);
	}

	/** Progress, and the beginning of a whole body, are waited for no more than output is, but are no token. */
	outputCame(): void {
		if (this.#firstOutput !== undefined) clearTimeout(this.#firstOutput);
		this.#firstOutput = undefined;
		if (this.firstOutputMs === undefined && this.events?.hasOutput) this.firstOutputMs = performance.now();
	}

	/** An upstream may give its head at once and its first token late: a long prompt, a queue, or something that hangs. */
	#awaitOutput({ firstTokenMs }: AttemptLimits): void {
		const restMs = Math.max(1, firstTokenMs - (performance.now() - this.startedMs));
		this.#firstOutput = setTimeout(() => this.fail({ kind: "silent", error: silent(firstTokenMs) }), restMs);
	}

	/**
	 * Does not wait for bytes after the upstream's own error, or after the complete answer.
	 *
	 * @param saysMore something has come that is more than a comment
	 */
	followed(events: EventStream, saysMore: boolean): void {
		if (this.isOver) return;
		if (events.error) {
			this.#failInBand(events);
			this.#abort(cutShort());
		} else if (events.isCutShort) {
			this.#fail({ kind: "unfinished", error: cutShort() });
			this.#abort(cutShort());
		} else if (events.isTerminated) {
			if (this.#isTerminated) return;
			this.#isTerminated = true;
			this.#ending.terminated();
			this.wholeMs = performance.now();
			this.#listener.terminated(this);
		} else if (events.isFinished) this.#ending.followed(events, saysMore, this.#controller?.paused ?? false);
	}

	/** Every choice has its finish reason, and for long enough nothing more has come. */
	#endFinished(): void {
		if (this.isOver) return;
		this.#complete();
		this.#abort(cutShort());
	}

	/** An upstream that gave finish reasons but no last event: clients wait for it. */
	#complete(): void {
		const closing = this.events?.closing;
		if (closing !== undefined) this.#listener.came(this, closing);
		this.#finish("ok");
		this.#listener.ended(this);
	}

	#completeBody(): void {
		const held = this.held.map(({ bytes }) => bytes);
		const fault = this.#intake?.finishBody(this.#raw, held);
		if (fault !== undefined) this.#failInHindsight(fault);
		else this.#complete();
	}

	#failWithStatus(refused: RefusedBody): void {
		const { carriage, dialect } = this.lane;
		const meant = carriage?.refused ?? dialect?.errors.meant;
		this.#failInHindsight(refused.fault(this.head as Head, this.#raw, { errors: dialect?.errors, meant }));
	}

	#failInBand({ error }: EventStream): void {
		const answer = { head: this.head as Head, headers: this.#raw, lane: this.lane, isChosen: this.isChosen };
		this.#failInHindsight(faultInBand(error as StreamError, answer));
	}

	/** With the status that the answer should have had. */
	#failInHindsight(fault: Fault): void {
		if (fault.response) this.head = fault.response.head;
		this.#fail(fault);
	}

	#fail(given: Fault): void {
		const fault = this.#inClientDialect(given);
		this.fault = fault;
		this.#finish(wayOfFailing(fault) === undefined ? outcomeOf(fault) : "undecided");
		this.#listener.failed(this, fault);
	}

	#inClientDialect(fault: Fault): Fault {
		const { translator, dialect, front } = this.lane;
		if (translator !== undefined) return inClientDialect(fault, translator, this.events?.writer);
		if (front === undefined || dialect === undefined) return fault;
		return inOwnDialect(fault, dialect, front, this.#options.requestId);
	}

	#finish(outcome: Outcome | "undecided"): void {
		this.isOver = true;
		this.endedMs = performance.now();
		this.wholeMs ??= this.endedMs;
		this.#ending.stop();
		clearTimeout(this.#firstOutput);
		clearTimeout(this.#queue);
		this.#permit.leave(outcome);
	}

	/** To be called when it is over, since undici then reports an error at once. */
	#abort(reason: GatewayError): void {
		this.#stopReason = reason;
		this.#controller?.abort(reason);
	}
}
