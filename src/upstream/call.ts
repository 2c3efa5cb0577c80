/** One client's request, and the upstreams that are asked for its answer, one after the other, until one gives it. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Route, Target } from "../settings/routes.js";
import { isBinary } from "../streaming/binary.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import { type Head, ResponseStream, type Source } from "../streaming/responseStream.js";
import type { Attempt, AttemptListener } from "./attempt.js";
import { AttemptPlan, type Step } from "./attemptPlan.js";
import { AttemptSender, isRefusalOfUsage } from "./attemptSender.js";
import { attemptsHeader, describeAttempts, headWithFacts } from "./attemptsHeader.js";
import { Blame } from "./blame.js";
import type { CallRequest, GivenStart } from "./callRequest.js";
import { type EnteringCall, Entrance } from "./entrance.js";
import { type Fault, mayRetry } from "./fault.js";
import { faultInStream } from "./faultInStream.js";
import type { Permit } from "./health/states.js";
import type { TargetLane } from "./lane.js";
import { Opening } from "./opening.js";
import { startBeating, stopBeating } from "./pulse.js";
import { consumerOf, type RescuedCall, Rescuing } from "./rescue/rescuing.js";
import { whyNone } from "./routing/choose.js";
import { sticks } from "./routing/homing.js";
import { cutShort, noStream, notAskedAgain, notNeeded, otherThanStream, tooLate } from "./upstreamFailure.js";
import type { Upstreams } from "./upstreams.js";

/** Most of an answer that is held until it is committed. */
const maxHeldBytes = 256 * 1024;

/** Nobody can say of sound or pictures whether they are what was asked for. */
function isLarge({ heldBytes, head }: Attempt): boolean {
	return heldBytes > maxHeldBytes || (heldBytes > 0 && head !== undefined && isBinary(head));
}

/**
 * Asks targets in the order of their route's choice.
 *
 * An answer is the client's once it is certain: when a stream shows its first real output, and when any other body is
 * whole or large. Until then whatever goes wrong leads to another attempt, within the route's limits. From then on only
 * a rescue can help a stream.
 *
 * A stream's head, and comments that keep it alive, are passed before that where its output is late. Then an attempt that
 * fails still leads to another, but the client gets an event when all have failed.
 */
export class Call implements Source, AttemptListener {
	readonly answer: ResponseStream = new ResponseStream(this);
	readonly route: Route;
	/** All that were made, for logs. */
	readonly attempts: Attempt[] = [];
	readonly #upstreams: Upstreams;
	readonly #request: CallRequest;
	readonly #plan: AttemptPlan;
	readonly #sender: AttemptSender;
	readonly #entrance: Entrance;
	readonly #blame: Blame;
	/** Only a stream has one. */
	#opening: Opening | undefined;
	/** Under way and not certain yet; two of them while one is a hedge. */
	#live: Attempt[] = [];
	/** The answer is the client's; or it is asked to go on with what is. */
	#chosen: Attempt | undefined;
	#rescue: Rescuing | undefined;
	/** An answer has become the client's: nobody else is to begin one. */
	#isCommitted = false;
	#firstFault: Fault | undefined;
	/** The first target that was not asked because the request can't be put to it. */
	#passedOver: Fault | undefined;
	#isOver = false;
	#timer: NodeJS.Timeout | undefined;
	#hedgeTimer: NodeJS.Timeout | undefined;
	#totalTimer: NodeJS.Timeout | undefined;

	constructor(upstreams: Upstreams, request: CallRequest) {
		this.#upstreams = upstreams;
		this.#request = request;
		this.route = request.route;
		const { route, facts, pinned, form } = request;
		this.#blame = new Blame(request.body !== undefined);
		this.#plan = new AttemptPlan(upstreams, { route, facts, pinned, form }, this.attempts);
		this.answer.dialect = request.dialect;
		this.#sender = new AttemptSender(upstreams, request, this, this.attempts);
		const entering: EnteringCall = {
			isDecided: () => this.#isOver || this.#isCommitted,
			hasLive: () => this.#live.length > 0,
			send: (target, permit, lane) => this.#send(target, permit, lane),
			goOn: (target, fault) => this.#goOn(target, fault),
		};
		this.#entrance = new Entrance(entering, this.#sender, this.#plan);
	}

	/** Sends the first request. @returns the answer, which may come, or fail, at any later time */
	start(): ResponseStream {
		const { route, facts, given } = this.#request;
		const { first: target, hasOthers } = this.#plan;
		if (target === undefined) {
			this.#isOver = true;
			this.answer.fail(new GatewayError(400, whyNone(route, facts), { code: "no_target" }));
			return this.answer;
		}
		const { totalMs } = target.timeouts;
		if (totalMs !== undefined) this.#totalTimer = setTimeout(() => this.#endLate(totalMs), totalMs);
		if (given !== undefined) {
			this.#goOnWith(given);
			return this.answer;
		}
		this.#take(this.#plan.begin(target));
		if (facts.isStream && !this.#isOver) this.#opening = this.#startOpening();
		const hedgeMs = hasOthers ? this.#upstreams.hedgeDelayMs(route, facts.isStream) : undefined;
		if (hedgeMs !== undefined) this.#hedgeTimer = setTimeout(() => this.#hedge(), hedgeMs);
		return this.answer;
	}

	pause(): void {
		this.#chosen?.pause();
	}

	resume(): void {
		this.#chosen?.resume();
	}

	get isMidEvent(): boolean {
		return this.#chosen?.isMidEvent ?? false;
	}

	stop(reason: GatewayError): void {
		this.#end();
		for (const attempt of this.#live.splice(0)) attempt.stop(reason);
		this.#chosen?.stop(reason);
	}

	started(attempt: Attempt): void {
		if (attempt.isRescue && !attempt.head?.isStream) attempt.fail({ kind: "unusable", error: noStream() });
	}

	came(attempt: Attempt, piece: Piece): void {
		if (attempt === this.#chosen) {
			if (this.#rescue) this.#rescue.take(attempt);
			else this.answer.pass(piece);
			return;
		}
		attempt.hold(piece);
		const { events } = attempt;
		if (events?.hasOutput || events?.hasProgress || isLarge(attempt)) this.#chooseIfFitting(attempt);
		else if (this.#isOpen) this.#opening?.passPreamble(attempt);
	}

	terminated(attempt: Attempt): void {
		this.#finish(attempt);
	}

	ended(attempt: Attempt): void {
		this.#finish(attempt);
	}

	opened(attempt: Attempt): void {
		this.#choose(attempt);
	}

	miscounted({ target, usage }: Attempt): void {
		this.#upstreams.noteMiscounted(target, usage);
	}

	failed(attempt: Attempt, fault: Fault): void {
		const isWithoutUsage = isRefusalOfUsage(attempt, fault);
		const mayAsk = !isWithoutUsage && !this.#isOver;
		const isRenewed = mayAsk && this.#request.form?.isSpent !== true && this.#sender.renewsCredential(attempt, fault);
		const isLesson = mayAsk && this.#sender.learnFrom(attempt, fault);
		if (isWithoutUsage) this.#upstreams.noteUsageRefused(attempt.target);
		else if (!isRenewed) this.#upstreams.noteFault(attempt.target, this.#request.facts, fault);
		if (!isLesson) this.#blame.add(attempt, fault);
		if (this.#isOver) this.#blame.settle();
		if (this.#isOver) return;
		const isTaught = isLesson && !this.route.strict && !this.#plan.isUsedUp;
		if (isWithoutUsage || isRenewed || isTaught) this.#askAgain(attempt);
		else this.#failedFor(attempt, isLesson && this.route.strict ? { ...fault, kind: "unsupported" } : fault);
	}

	#failedFor(attempt: Attempt, fault: Fault): void {
		if (attempt === this.#chosen) {
			if (this.#rescue) this.#rescue.goOn(fault);
			else this.#breakOff(attempt, fault);
			return;
		}
		this.#live = this.#live.filter((other) => other !== attempt);
		this.#firstFault ??= fault;
		if (this.#live.length > 0) return;
		if (this.#entrance.isWaiting) this.#entrance.failed(attempt.target, fault);
		else this.#goOn(attempt.target, fault);
	}

	#send(target: Target, permit: Permit, lane: TargetLane): void {
		const { route } = this.#request;
		const isFirst = !this.attempts.some((attempt) => attempt.target.upstream === target.upstream);
		if (isFirst) this.#upstreams.noteRequest(target, route);
		const attempt = this.#sender.create(target, permit, {
			lane,
			consumer: consumerOf(this.#request, this.#plan, lane),
			isHedge: this.#live.length > 0,
		});
		this.#live.push(attempt);
		this.#sender.dispatch(attempt);
	}

	/** The same once more, without what the gateway itself has added, or what the target does not take, or with a new credential. */
	#askAgain(attempt: Attempt): void {
		this.#live = this.#live.filter((other) => other !== attempt);
		if (attempt === this.#chosen && this.#rescue) this.#rescue.again();
		else this.#entrance.ask(attempt.target);
	}

	/** The same target once more, the next one, or the end. */
	#goOn(target: Target, fault: Fault): void {
		if (fault.kind === "unsupported") this.#passedOver ??= fault;
		else this.#firstFault ??= fault;
		if (this.#isOver) return;
		const step = this.#plan.next(target, fault);
		if (step === undefined) this.#giveUp(fault);
		else this.#take(step);
	}

	#take({ target, delayMs, placeMs }: Step): void {
		if (delayMs === 0) this.#entrance.ask(target, placeMs);
		else this.#timer = setTimeout(() => this.#entrance.ask(target, placeMs), delayMs);
	}

	/** A second target is asked because the first is late; whichever speaks first has the answer. */
	#hedge(): void {
		const isAlone = this.#live.length === 1 && this.attempts.length === 1;
		const target = isAlone ? this.#plan.hedge() : undefined;
		if (target) this.#entrance.ask(target);
	}

	/** The last fault, unless it only tells that what came after the first was no better place to ask. */
	#giveUp(last: Fault): void {
		const first = this.#firstFault ?? this.#passedOver ?? last;
		const isTold = mayRetry(last) || last.kind === "silent" || last.kind === "final";
		const { error, response } = isTold ? last : first;
		if (this.#isOpen) {
			this.#failOpen(isTold ? last : first);
			return;
		}
		this.#end();
		const made = describeAttempts(this.attempts);
		if (response === undefined) {
			// The one error with which the gateway ends them all belongs to no request.
			if (made !== undefined && last.kind !== "final") error.headers[attemptsHeader] = made;
			this.answer.fail(this.#request.form?.isSpent && last.kind !== "final" ? notAskedAgain(error) : error);
			return;
		}
		this.answer.begin(this.#headFor({ ...response.head, contentLength: response.body.length }));
		this.answer.pass(unread(response.body));
		this.answer.end();
	}

	#startOpening(): Opening {
		const { dialect, requestId } = this.#request;
		const opening = new Opening({
			answer: this.answer,
			hasComments: dialect?.stream !== undefined,
			ownHeaders: dialect?.errors.headers?.(requestId) ?? {},
			isCommitted: () => this.#isCommitted,
			isAlone: () => this.#isAlone,
			isLast: (target) => this.#isAlone && !this.#plan.mayAskAgain(target),
			leader: () => this.#live.find(({ head, events }) => head?.isStream && events !== undefined),
			timeouts: () => (this.#chosen?.target ?? (this.#plan.first as Target)).timeouts,
			headToSend: (head) => this.#headFor(head),
		});
		startBeating(opening);
		return opening;
	}

	/** The head of a stream has been passed before it was certain whose it is. */
	get #isOpen(): boolean {
		return this.#opening?.isOpen ?? false;
	}

	/** Nobody else can answer. */
	get #isAlone(): boolean {
		return this.#live.length === 1 && !this.#entrance.isWaiting && !this.#plan.hasNext;
	}

	/** Its answer becomes the client's, unless that has been sent another head. */
	#chooseIfFitting(attempt: Attempt): void {
		if (this.#isOpen && !attempt.head?.isStream) attempt.fail({ kind: "unusable", error: otherThanStream() });
		else this.#choose(attempt);
	}

	#choose(attempt: Attempt): void {
		this.#chosen = attempt;
		this.#isCommitted = true;
		this.#blame.settle(true);
		this.#sender.taken(attempt);
		attempt.isChosen = true;
		clearTimeout(this.#timer);
		clearTimeout(this.#hedgeTimer);
		for (const other of this.#live) if (other !== attempt) other.stop(notNeeded());
		this.#live = [];
		const { route, facts } = this.#request;
		if (sticks(route)) this.#noteHome(attempt);
		const isOutput = !attempt.head?.isStream || attempt.events?.hasOutput;
		if (isOutput)
			this.#upstreams.noteLatency(route, attempt.target, performance.now() - attempt.startedMs, facts.isStream);
		if (!attempt.head?.isStream) stopBeating(this.#opening);
		this.answer.begin(this.#headFor(attempt.head as Head, attempt.lane.dropped));
		for (const piece of attempt.held.splice(0)) this.answer.pass(piece);
	}

	/** What follows in the conversation goes where its cache is, and where its response is kept. One that was only late keeps it. */
	#noteHome({ target, isHedge, answerId }: Attempt): void {
		const { route, facts, dialect, body } = this.#request;
		if (!isHedge) this.#upstreams.noteHome(route, target, facts);
		const isKept = dialect?.keepsAnswers === true && body?.json.store !== false;
		if (isKept && answerId !== undefined) this.#upstreams.noteResponse(route, target, answerId);
	}

	/** All have failed, and the head is out. */
	#failOpen(fault: Fault): void {
		const failed = this.attempts.find((attempt) => attempt.fault === fault);
		if (failed) failed.isChosen = true;
		this.#fail(faultInStream(fault, this.#request.dialect));
	}

	#finish(attempt: Attempt): void {
		if (this.#isOver) return;
		if (attempt !== this.#chosen && this.#isOpen && !attempt.head?.isStream) {
			attempt.fault = { kind: "unusable", error: otherThanStream() };
			this.failed(attempt, attempt.fault);
			return;
		}
		if (attempt !== this.#chosen) this.#choose(attempt);
		if (this.#rescue) {
			if (!this.#rescue.end(attempt)) return;
			this.answer.pass(unread(this.#request.dialect?.stream?.end ?? noBytes));
		}
		this.#end();
		this.answer.end();
	}

	#end(): void {
		this.#isOver = true;
		stopBeating(this.#opening);
		this.#blame.settle();
		clearTimeout(this.#timer);
		clearTimeout(this.#hedgeTimer);
		clearTimeout(this.#totalTimer);
		this.#sender.stopWaiting();
	}

	#endLate(totalMs: number): void {
		const error = tooLate(totalMs);
		this.stop(error);
		this.answer.fail(error);
	}

	#headFor(head: Head, dropped?: ReadonlySet<string>): Head {
		return headWithFacts(head, this.attempts, dropped);
	}

	#breakOff(attempt: Attempt, fault: Fault): void {
		this.#rescue = Rescuing.of(attempt, fault, this.#request, this.#rescued());
		if (this.#rescue === undefined) this.#fail(fault);
		else this.#rescue.start();
	}

	/** Somebody else has given a part of the answer. */
	#goOnWith(given: GivenStart): void {
		this.#isCommitted = true;
		this.answer.begin(given.head);
		this.#rescue = Rescuing.ofGiven(given, this.#request, this.#rescued());
		if (this.#rescue === undefined) this.#fail({ kind: "unfinished", error: cutShort() });
		else this.#rescue.start();
	}

	#rescued(): { call: RescuedCall; sender: AttemptSender; plan: AttemptPlan } {
		const call: RescuedCall = {
			isOver: () => this.#isOver,
			choose: (next) => {
				this.#chosen = next;
				if (next !== undefined) next.isChosen = true;
			},
			pass: (bytes) => {
				this.#blame.settle(true);
				this.answer.pass(unread(bytes));
			},
			fail: (last) => this.#fail(last),
		};
		return { call, sender: this.#sender, plan: this.#plan };
	}

	/** No target goes on: the client gets the error, in the upstream's own words if there are any. */
	#fail(fault: Fault): void {
		this.#end();
		const isPlaced = this.#rescue !== undefined && this.#request.dialect?.errors.follow !== undefined;
		if (fault.event === undefined || isPlaced) this.answer.fail(fault.error);
		else {
			this.answer.pass(unread(fault.event));
			this.answer.end();
		}
	}
}
