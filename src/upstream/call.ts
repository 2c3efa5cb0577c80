/** One client's request, and the AI hosts that are asked for its answer, one after the other, until one gives it. */
import { Transcript } from "../chat/transcript.js";
import type { JsonBody } from "../contract/defaults.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import {
	hiddenUsageOf,
	refusesUsage,
	type UsageRequest,
	usageRequest,
	withUsageRequest,
} from "../dialects/openai/usageOptions.js";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import type { BodyBytes } from "../json/bodyBytes.js";
import type { Route, Target } from "../settings/routes.js";
import { noModel, sentModel } from "../settings/sentModel.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import { type Head, ResponseStream, type Source } from "../streaming/responseStream.js";
import type { AttemptListener, AttemptTracer } from "./attempt.js";
import { Attempt } from "./attempt.js";
import { AttemptPlan } from "./attemptPlan.js";
import { attemptsHeader, describeAttempts } from "./attemptsHeader.js";
import { Blame } from "./blame.js";
import type { EventConsumer } from "./eventStream.js";
import { errorEvent, type Fault, mayRetry } from "./fault.js";
import type { Gate } from "./gate.js";
import type { Permit } from "./health/states.js";
import { type Lane, laneTo } from "./lane.js";
import { splitComments } from "./preamble.js";
import { type Beating, startBeating, stopBeating } from "./pulse.js";
import { Rescue, type RescueRequest } from "./rescue/rescue.js";
import { whyNone } from "./routing/choose.js";
import type { RequestFacts } from "./routing/facts.js";
import { jsonFor, sentBody } from "./sentBody.js";
import type { UpstreamRequest } from "./upstream.js";
import { noStream, notAllowed, notNeeded, notSpoken, otherThanStream, tooLate, tooLong } from "./upstreamFailure.js";
import type { Upstreams } from "./upstreams.js";

/** Leave to ask a host; nothing, or what would be said of its limits, where there is none. */
type Entry = Permit | GatewayError | undefined;

/** What is held of an answer until it is certain that it is the client's. */
const maxHeldBytes = 256 * 1024;

export interface CallRequest extends UpstreamRequest {
	route: Route;
	facts: RequestFacts;
	body: JsonBody | undefined;
	/** Longest wait for the first byte, where the operation has its own. */
	firstByteMs: number | undefined;
	/** What the client speaks; undefined where an answer with status 200 is what it is, and every end a good end. */
	dialect: Dialect | undefined;
	/** How many choices one answer holds. */
	choices: number;
	/** Hosts are asked to count the tokens of a stream, whether the client wants that or not. */
	asksUsage?: boolean;
	trace?: AttemptTracer | undefined;
	gate?: Gate | undefined;
}

interface NewAttempt {
	lane: Lane;
	consumer: EventConsumer | undefined;
	asked: UsageRequest | undefined;
	isRescue?: boolean;
}

/**
 * Asks targets in the order of their route's choice.
 *
 * An answer is the client's once it is certain: when a stream shows its first real output, and when any other body is
 * whole or large. Until then whatever goes wrong leads to another attempt, within the route's limits. From then on only
 * a rescue can help a stream.
 *
 * A stream's head, and comments that keep it alive, are passed before that where its output is late. Then an attempt that
 * fails still leads to another, but what is told when all have failed is an event.
 */
export class Call implements Source, AttemptListener, Beating {
	readonly answer: ResponseStream = new ResponseStream(this);
	readonly route: Route;
	/** All that were made, for logs. */
	readonly attempts: Attempt[] = [];
	readonly #upstreams: Upstreams;
	readonly #request: CallRequest;
	readonly #agenda: AttemptPlan;
	readonly #blame: Blame;
	/** Under way and not certain yet; two of them while one is a hedge. */
	#live: Attempt[] = [];
	/** The answer is the client's; or it is asked to go on with what is. */
	#chosen: Attempt | undefined;
	#rescue: Rescue | undefined;
	/** An answer has become the client's: nobody else is to begin one. */
	#isCertain = false;
	#firstFault: Fault | undefined;
	/** Targets that wait for leave to be asked. */
	#entering = 0;
	/** The last attempt has failed while another target waits for leave. */
	#left: { target: Target; fault: Fault } | undefined;
	#isOver = false;
	readonly #startedMs = performance.now();
	/** The head of a stream has been passed before it was certain whose it is. */
	#isOpen = false;
	/** Nothing has been passed since, on the monotonic clock. */
	#quietSinceMs = 0;
	#timer: NodeJS.Timeout | undefined;
	#hedgeTimer: NodeJS.Timeout | undefined;
	#totalTimer: NodeJS.Timeout | undefined;
	#waiting: AbortController | undefined;

	constructor(upstreams: Upstreams, request: CallRequest) {
		this.#upstreams = upstreams;
		this.#request = request;
		this.route = request.route;
		const { route, facts } = request;
		this.#blame = new Blame(request.body !== undefined);
		this.#agenda = new AttemptPlan(upstreams, route, facts, this.attempts);
	}

	/** Sends the first request. @returns the answer, which may come, or fail, at any later time */
	start(): ResponseStream {
		const { route, facts } = this.#request;
		const { first: target, hasOthers } = this.#agenda;
		if (target === undefined) {
			this.#isOver = true;
			this.answer.fail(new GatewayError(400, whyNone(route, facts), { code: "no_target" }));
			return this.answer;
		}
		const { totalMs } = target.timeouts;
		if (totalMs !== undefined) this.#totalTimer = setTimeout(() => this.#endLate(totalMs), totalMs);
		this.#ask(target);
		if (facts.isStream && !this.#isOver) startBeating(this);
		const hedgeMs = hasOthers ? this.#upstreams.hedgeDelayMs(route, facts.isStream) : undefined;
		if (hedgeMs !== undefined) this.#hedgeTimer = setTimeout(() => this.#hedge(), hedgeMs);
		return this.answer;
	}

	// What the answer wants.

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

	// What attempts tell.

	started(attempt: Attempt): void {
		if (attempt.isRescue && !attempt.head?.isStream) attempt.fail({ kind: "unusable", error: noStream() });
	}

	came(attempt: Attempt, piece: Piece): void {
		if (attempt === this.#chosen) {
			if (this.#rescue) this.#passRescued(attempt, this.#rescue);
			else this.answer.pass(piece);
			return;
		}
		attempt.hold(piece);
		const { events } = attempt;
		if (events?.hasOutput || events?.hasProgress || attempt.heldBytes > maxHeldBytes) this.#chooseIfFitting(attempt);
		else if (this.#isOpen) this.#passPreamble(attempt);
	}

	terminated(attempt: Attempt): void {
		this.#finish(attempt);
	}

	ended(attempt: Attempt): void {
		this.#finish(attempt);
	}

	miscounted({ target, usage }: Attempt): void {
		this.#upstreams.noteMiscounted(target, usage);
	}

	failed(attempt: Attempt, fault: Fault): void {
		const isWithoutUsage = attempt.hiddenUsage !== undefined && isRefusalOfUsage(fault);
		if (isWithoutUsage) this.#upstreams.noteUsageRefused(attempt.target);
		else this.#upstreams.noteFault(attempt.target, this.#request.facts, fault);
		this.#blame.add(attempt, fault);
		if (this.#isOver) this.#blame.settle();
		if (this.#isOver) return;
		if (isWithoutUsage) {
			this.#askAgain(attempt);
			return;
		}
		if (attempt === this.#chosen) {
			if (this.#rescue) this.#goOnRescuing(this.#rescue, fault);
			else this.#breakOff(attempt, fault);
			return;
		}
		this.#live = this.#live.filter((other) => other !== attempt);
		this.#firstFault ??= fault;
		if (this.#live.length > 0) return;
		if (this.#entering > 0) this.#left = { target: attempt.target, fault };
		else this.#goOn(attempt.target, fault);
	}

	// Before an answer is certain.

	/** Asks a target, if its breaker and its limits allow that. */
	#ask(target: Target, placeMs = 0): void {
		const lane = this.#laneTo(target);
		if (lane instanceof GatewayError) {
			this.#goOn(target, { kind: "unusable", error: lane });
			return;
		}
		this.#entering += 1;
		const permit = this.#enter(target, placeMs, this.#agenda.isLastResort(target));
		if (permit instanceof Promise) void permit.then((late) => this.#entered(target, late, lane));
		else this.#entered(target, permit, lane);
	}

	#entered(target: Target, entry: Entry, lane: Lane): void {
		this.#entering -= 1;
		const left = this.#left;
		this.#left = undefined;
		if (entry === undefined && this.#upstreams.breakerOf(target, this.#request.facts) !== "closed")
			this.#agenda.refuse(target);
		if (entry !== undefined && !(entry instanceof GatewayError)) {
			if (this.#isOver || this.#isCertain) entry.leave("ignored");
			else this.#send(target, entry, lane);
		} else if (this.#isOver || this.#isCertain) return;
		else if (left) this.#goOn(left.target, left.fault);
		else if (this.#live.length === 0) {
			this.#goOn(target, { kind: "busy", error: entry ?? this.#whyNotAllowed(target) });
		}
	}

	#whyNotAllowed(target: Target): GatewayError {
		return notAllowed(this.#upstreams.states.of(target.upstream, this.#modelOf(target)));
	}

	#modelOf(target: Target): string {
		return sentModel(target, this.#request.facts.model) ?? noModel;
	}

	/** Its limits come first: a place at a host is dear. */
	#enter(target: Target, placeMs: number, isLastResort: boolean): Entry | Promise<Entry> {
		if (placeMs > 0) this.#waiting = new AbortController();
		const { upstream } = target;
		// What is asked for without a body, such as a list of models, is asked of no model.
		const model = this.#request.body === undefined ? undefined : this.#modelOf(target);
		const entrance = { model, isLastResort };
		const place = () => this.#upstreams.states.enter(upstream, placeMs, this.#waiting?.signal, entrance);
		const taken = this.#request.gate?.enter(upstream, isLastResort);
		return taken === undefined ? place() : taken.then((refusal) => refusal ?? place());
	}

	#send(target: Target, permit: Permit, lane: Lane): void {
		const { route } = this.#request;
		const isFirst = !this.attempts.some((attempt) => attempt.target.upstream === target.upstream);
		if (isFirst) this.#upstreams.noteRequest(target, route);
		const asked = this.#usageToAsk(target, lane);
		const attempt = this.#newAttempt(target, permit, {
			lane,
			consumer: this.#mayRescue() ? new Transcript() : undefined,
			asked,
		});
		attempt.isHedge = this.#live.length > 0;
		this.#live.push(attempt);
		this.#dispatch(attempt, sentBody(this.#request.body, target, this.#modelOf(target), lane), asked);
	}

	/**
	 * The way to a target, or why there is none.
	 *
	 * @param json what it is asked, where that is not the client's own request
	 */
	#laneTo(target: Target, json?: Json): Lane | GatewayError {
		const { dialect, requestId, body } = this.#request;
		const { provider } = this.#upstreams.of(target);
		if (dialect === undefined || provider.dialects.includes(dialect)) return { dialect, translator: undefined };
		try {
			const asked = json ?? (body && jsonFor(body, this.#modelOf(target)));
			return laneTo(provider, { dialect, json: asked, requestId }) ?? notSpoken(target.upstream, dialect.name);
		} catch (thrown) {
			return asGatewayError(thrown);
		}
	}

	#dispatch(attempt: Attempt, body: BodyBytes | undefined, asked: UsageRequest | undefined): void {
		const { body: given, facts } = this.#request;
		const sent = body && given && asked ? withUsageRequest(given.json, body, asked) : body;
		const { target, lane } = attempt;
		this.#upstreams.of(target).dispatch(this.#request, sent, attempt, {
			dialect: lane.dialect,
			model: sentModel(target, facts.model),
			isStream: facts.isStream,
			isTranslated: lane.translator !== undefined,
		});
	}

	#usageToAsk(target: Target, { dialect, translator }: Lane): UsageRequest | undefined {
		const { asksUsage, body } = this.#request;
		if (!asksUsage || body === undefined || translator || !dialect?.stream?.asksForUsage) return undefined;
		return usageRequest(body.json, this.#upstreams.usageModeOf(target));
	}

	#newAttempt(target: Target, permit: Permit, { lane, consumer, asked, isRescue = false }: NewAttempt): Attempt {
		const { choices, facts, trace } = this.#request;
		const { timeouts } = target;
		const firstMs = this.#request.firstByteMs ?? timeouts.firstByteMs;
		const { connectTimeoutMs, maxConnections } = this.#upstreams.of(target).settings;
		const firstByteMs = facts.isStream ? Math.min(firstMs, timeouts.firstTokenMs) : firstMs;
		const limits = {
			connectMs: connectTimeoutMs,
			firstByteMs,
			queueMs: maxConnections === undefined ? undefined : firstByteMs,
			firstTokenMs: timeouts.firstTokenMs,
			idleMs: timeouts.idleMs,
			endMs: timeouts.endMs,
		};
		const attempt = new Attempt(target, permit, this, {
			limits,
			lane,
			choices,
			isStreamAsked: facts.isStream,
			areCountsAsked: facts.isStream && asksCounts(this.#request.body),
			consumer,
			isRescue,
			hiddenUsage: asked && hiddenUsageOf(asked),
		});
		this.attempts.push(attempt);
		this.#request.gate?.used(attempt);
		if (trace !== undefined) attempt.headers = trace.begin(attempt, this.#upstreams.of(target).settings.url);
		return attempt;
	}

	/** The same once more, without what the gateway itself has added. */
	#askAgain(attempt: Attempt): void {
		this.#live = this.#live.filter((other) => other !== attempt);
		if (attempt === this.#chosen && this.#rescue) this.#nextRescue(this.#rescue, this.#rescue.current);
		else this.#ask(attempt.target);
	}

	/** The same target once more, the next one, or the end. */
	#goOn(target: Target, fault: Fault): void {
		this.#firstFault ??= fault;
		if (this.#isOver) return;
		const step = this.#agenda.next(target, fault);
		if (step === undefined) this.#giveUp(fault);
		else if (step.delayMs === 0) this.#ask(step.target, step.placeMs);
		else this.#timer = setTimeout(() => this.#ask(step.target), step.delayMs);
	}

	/** A second target is asked because the first is late; whichever speaks first has the answer. */
	#hedge(): void {
		const isAlone = this.#live.length === 1 && this.attempts.length === 1;
		const target = isAlone ? this.#agenda.hedge() : undefined;
		if (target) this.#ask(target);
	}

	/** The last fault, unless it only tells that what came after the first was no better place to ask. */
	#giveUp(last: Fault): void {
		const first = this.#firstFault ?? last;
		const isTold = mayRetry(last) || last.kind === "silent" || last.kind === "final";
		const { error, response } = isTold ? last : first;
		if (this.#isOpen) {
			this.#failOpen(isTold ? last : first);
			return;
		}
		this.#end();
		const told = describeAttempts(this.attempts);
		if (response === undefined) {
			// The one error with which the gateway ends them all belongs to no request.
			if (told !== undefined && last.kind !== "final") error.headers[attemptsHeader] = told;
			this.answer.fail(error);
			return;
		}
		this.answer.begin(this.#headToSend({ ...response.head, contentLength: response.body.length }));
		this.answer.pass(unread(response.body));
		this.answer.end();
	}

	// Before it is certain, but late.

	beat(nowMs: number): void {
		const { answer } = this;
		if (!this.#isOpen && !this.#isCertain) this.#openInTime(nowMs);
		else if (answer.hasPassed) {
			answer.hasPassed = false;
			this.#quietSinceMs = nowMs;
		} else {
			const { heartbeatMs } = this.#timeouts;
			if (heartbeatMs === 0 || nowMs - this.#quietSinceMs < heartbeatMs) return;
			this.#quietSinceMs = nowMs;
			answer.heartbeat();
		}
	}

	get #timeouts(): Target["timeouts"] {
		return (this.#chosen?.target ?? (this.#agenda.first as Target)).timeouts;
	}

	/** Nobody else can answer. */
	get #isAlone(): boolean {
		return this.#live.length === 1 && this.#entering === 0 && !this.#agenda.hasNext;
	}

	/** A head is held back only for others to answer in its place, and not for long. */
	#openInTime(nowMs: number): void {
		const { holdMs, heartbeatMs } = this.#timeouts;
		const waitedMs = nowMs - this.#startedMs;
		const isHeld = waitedMs < holdMs && !this.#isAlone;
		const leader = this.#live.find(({ head, events }) => head?.isStream && events !== undefined);
		if (leader !== undefined) {
			if (!isHeld) this.#open(leader);
			return;
		}
		const isChat = this.#request.dialect?.stream !== undefined;
		if (isChat && heartbeatMs > 0 && waitedMs >= heartbeatMs && !isHeld) this.#open();
	}

	#open(leader?: Attempt): void {
		this.#isOpen = true;
		const headers = { "content-type": "text/event-stream" };
		const own: Head = { status: 200, headers, contentLength: undefined, isStream: true };
		this.answer.begin(this.#headToSend(this.#isAlone ? (leader?.head ?? own) : own));
		if (leader) this.#passPreamble(leader);
	}

	/** Its comments; where no other attempt can answer, with an id and a role of its own, all of it. */
	#passPreamble(attempt: Attempt): void {
		const bytes = attempt.takeHeld();
		const isLast = this.#isAlone && !this.#agenda.mayAskAgain(attempt.target);
		const { comments, others } = isLast ? { comments: bytes, others: undefined } : splitComments(bytes);
		if (others !== undefined && others.length > 0) attempt.hold(unread(others));
		if (comments.length > 0) this.answer.pass(unread(comments));
	}

	/** Its answer becomes the client's, unless that has been sent another head. */
	#chooseIfFitting(attempt: Attempt): void {
		if (this.#isOpen && !attempt.head?.isStream) attempt.fail({ kind: "unusable", error: otherThanStream() });
		else this.#choose(attempt);
	}

	// When it is.

	#choose(attempt: Attempt): void {
		this.#chosen = attempt;
		this.#isCertain = true;
		this.#blame.settle(true);
		attempt.isChosen = true;
		clearTimeout(this.#timer);
		clearTimeout(this.#hedgeTimer);
		for (const other of this.#live) if (other !== attempt) other.stop(notNeeded());
		this.#live = [];
		const { route, facts } = this.#request;
		const isOutput = !attempt.head?.isStream || attempt.events?.hasOutput;
		if (isOutput)
			this.#upstreams.noteLatency(route, attempt.target, performance.now() - attempt.startedMs, facts.isStream);
		if (!attempt.head?.isStream) stopBeating(this);
		this.answer.begin(this.#headToSend(attempt.head as Head));
		for (const piece of attempt.held.splice(0)) this.answer.pass(piece);
	}

	/** All have failed, and the head is out. */
	#failOpen(fault: Fault): void {
		const failed = this.attempts.find((attempt) => attempt.fault === fault);
		if (failed) failed.isChosen = true;
		const event = errorEvent(fault);
		this.#fail(event === undefined ? fault : { ...fault, event });
	}

	#finish(attempt: Attempt): void {
		if (this.#isOver) return;
		if (attempt !== this.#chosen && this.#isOpen && !attempt.head?.isStream) {
			attempt.fault = { kind: "unusable", error: otherThanStream() };
			this.failed(attempt, attempt.fault);
			return;
		}
		if (attempt !== this.#chosen) this.#choose(attempt);
		if (this.#rescue && !this.#endRescued(attempt, this.#rescue)) return;
		this.#end();
		this.answer.end();
	}

	#end(): void {
		this.#isOver = true;
		stopBeating(this);
		this.#blame.settle();
		clearTimeout(this.#timer);
		clearTimeout(this.#hedgeTimer);
		clearTimeout(this.#totalTimer);
		this.#waiting?.abort();
	}

	#endLate(totalMs: number): void {
		const error = tooLate(totalMs);
		this.stop(error);
		this.answer.fail(error);
	}

	#headToSend(head: Head): Head {
		const told = describeAttempts(this.attempts);
		return told === undefined ? head : { ...head, headers: { ...head.headers, [attemptsHeader]: told } };
	}

	// When it breaks off.

	/** Only where it makes sense is an answer's text kept for it. */
	#mayRescue(): boolean {
		const { route, body, facts, dialect } = this.#request;
		if (route.rescue === "off" || !facts.isStream || dialect?.stream === undefined || !body) return false;
		return this.#agenda.hasOthers || this.#agenda.first?.capabilities.prefill !== undefined;
	}

	#breakOff(attempt: Attempt, fault: Fault): void {
		const { route, body } = this.#request;
		const { consumer: transcript } = attempt;
		const isLost = fault.kind === "final" || !attempt.head?.isStream || attempt.events?.hasUnread;
		if (isLost || !(transcript instanceof Transcript) || body === undefined || route.rescue === "off") {
			this.#fail(fault);
			return;
		}
		const targets = this.#agenda.rescuers(attempt.target);
		const rescue = new Rescue(fault, { transcript, body, mode: route.rescue, targets });
		this.#rescue = rescue;
		this.#nextRescue(rescue, rescue.next());
	}

	#nextRescue(rescue: Rescue, request: RescueRequest | undefined): void {
		if (this.#isOver) return;
		if (request === undefined || this.#agenda.isUsedUp) {
			this.#fail(rescue.fault);
			return;
		}
		this.#chosen = undefined;
		const lane = this.#laneTo(request.target, request.json);
		if (lane instanceof GatewayError) {
			this.#nextRescue(rescue, rescue.next());
			return;
		}
		const permit = this.#enter(request.target, 0, rescue.isLastResort);
		if (permit instanceof Promise) void permit.then((late) => this.#goOnWith(rescue, request, lane, late));
		else this.#goOnWith(rescue, request, lane, permit);
	}

	#goOnWith(rescue: Rescue, request: RescueRequest, lane: Lane, entry: Entry): void {
		const permit = entry instanceof GatewayError ? undefined : entry;
		if (this.#isOver) permit?.leave("ignored");
		else if (permit === undefined) {
			if (entry === undefined) rescue.postpone(request.target);
			this.#nextRescue(rescue, rescue.next());
		} else {
			const { target, consumer } = request;
			const asked = this.#usageToAsk(target, lane);
			const attempt = this.#newAttempt(target, permit, { lane, consumer, asked, isRescue: true });
			this.#chosen = attempt;
			attempt.isChosen = true;
			attempt.isContinuation = request.isContinuation;
			const { translator } = lane;
			this.#dispatch(
				attempt,
				translator ? sentBody(undefined, target, this.#modelOf(target), lane) : request.body,
				asked,
			);
		}
	}

	/** A target that can't continue may still begin anew; else the next one is asked. */
	#goOnRescuing(rescue: Rescue, fault: Fault): void {
		if (fault.kind === "final") {
			this.#fail(fault);
			return;
		}
		const { current } = rescue;
		const isRefused = current?.isContinuation && fault.response !== undefined && !mayRetry(fault);
		this.#nextRescue(rescue, isRefused ? rescue.restart(current.target) : rescue.next());
	}

	#passRescued(attempt: Attempt, rescue: Rescue): void {
		const bytes = rescue.take();
		if (bytes.length > 0) {
			this.#blame.settle(true);
			this.answer.pass(unread(bytes));
		}
		if (rescue.departure) attempt.fail(rescue.departure);
		else if (attempt.events?.hasUnread) attempt.fail({ kind: "departed", error: tooLong() });
	}

	/** @returns whether that was all of the answer */
	#endRescued(attempt: Attempt, rescue: Rescue): boolean {
		rescue.end();
		const { departure } = rescue;
		const bytes = rescue.take();
		if (bytes.length > 0) this.answer.pass(unread(bytes));
		if (departure) {
			attempt.stop(departure.error);
			attempt.fault ??= departure;
			this.#goOnRescuing(rescue, departure);
			return false;
		}
		this.answer.pass(unread(this.#request.dialect?.stream?.end ?? noBytes));
		return true;
	}

	/** Nobody goes on: the client is told, in the host's own words where there are any. */
	#fail(fault: Fault): void {
		this.#end();
		if (fault.event === undefined) this.answer.fail(fault.error);
		else {
			this.answer.pass(unread(fault.event));
			this.answer.end();
		}
	}
}

function isRefusalOfUsage({ response }: Fault): boolean {
	return response !== undefined && refusesUsage(response.head.status, response.body);
}

function asksCounts(body: JsonBody | undefined): boolean {
	const options = body?.json.stream_options as { include_usage?: unknown } | null | undefined;
	return options?.include_usage === true;
}
