/** One client's request, and the AI hosts that are asked for its answer, one after the other, until one gives it. */
import { type JsonBody, withLateDefaults } from "../contract/defaults.js";
import { GatewayError } from "../contract/gatewayError.js";
import type { Route, Target } from "../contract/routes.js";
import { Agenda } from "./agenda.js";
import { Answer, type Head, type Source } from "./answer.js";
import { Attempt, type AttemptListener, type AttemptTracer } from "./attempt.js";
import { attemptsHeader, describeAttempts } from "./attemptsHeader.js";
import { noStream, notAllowed, notNeeded, tooLate, tooLong } from "./failure.js";
import { type Fault, mayRetry } from "./fault.js";
import type { Gate } from "./gate.js";
import { withModel } from "./modelMember.js";
import { Rescue, type RescueRequest } from "./rescue/rescue.js";
import { Transcript } from "./rescue/transcript.js";
import { choose, whyNone } from "./routing/choose.js";
import type { RequestFacts } from "./routing/facts.js";
import type { ChunkReader, SingleEvent, StreamEnd } from "./sse.js";
import type { Permit } from "./states/states.js";
import type { BodyBytes, HostRequest } from "./upstream.js";
import type { Upstreams } from "./upstreams.js";
import { hiddenUsageOf, refusesUsage, type UsageAsked, usageToAsk, withUsageAsked } from "./usageAsked.js";

/** Leave to ask a host; nothing, or what would be said of its limits, where there is none. */
type Entry = Permit | GatewayError | undefined;

/** What is held of an answer until it is certain that it is the client's. */
const maxHeldBytes = 256 * 1024;

export interface PursuitRequest extends HostRequest {
	route: Route;
	facts: RequestFacts;
	body: JsonBody | undefined;
	/** Longest wait for the first byte, where the operation has its own. */
	firstByteMs: number | undefined;
	streamEnd: StreamEnd;
	/** Hosts are asked to count the tokens of a stream, whether the client wants that or not. */
	asksUsage?: boolean;
	trace?: AttemptTracer | undefined;
	gate?: Gate | undefined;
}

interface NewAttempt {
	reader: ChunkReader | undefined;
	asked: UsageAsked | undefined;
	isRescue?: boolean;
}

/**
 * Asks targets in the order of their route's choice.
 *
 * An answer is the client's once it is certain: when a stream shows its first real output, and when any other body is
 * whole or large. Until then whatever goes wrong leads to another attempt, within the route's limits. From then on only
 * a rescue can help a stream.
 */
export class Pursuit implements Source, AttemptListener {
	readonly answer: Answer = new Answer(this);
	readonly route: Route;
	/** All that were made, for logs. */
	readonly attempts: Attempt[] = [];
	readonly #upstreams: Upstreams;
	readonly #request: PursuitRequest;
	readonly #agenda: Agenda;
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
	#timer: NodeJS.Timeout | undefined;
	#hedgeTimer: NodeJS.Timeout | undefined;
	#totalTimer: NodeJS.Timeout | undefined;
	#waiting: AbortController | undefined;

	constructor(upstreams: Upstreams, request: PursuitRequest) {
		this.#upstreams = upstreams;
		this.#request = request;
		this.route = request.route;
		const { route, facts } = request;
		this.#agenda = new Agenda(upstreams, route, choose(route, facts, upstreams.view, Math.random), this.attempts);
	}

	/** Sends the first request. @returns the answer, which may come, or fail, at any later time */
	start(): Answer {
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

	get single(): SingleEvent | undefined {
		return this.#chosen?.events?.single;
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

	came(attempt: Attempt, bytes: Buffer): void {
		if (attempt === this.#chosen) {
			if (this.#rescue) this.#passRescued(attempt, this.#rescue);
			else this.answer.pass(bytes);
			return;
		}
		attempt.hold(bytes);
		if (attempt.events?.hasOutput || attempt.heldBytes > maxHeldBytes) this.#choose(attempt);
	}

	terminated(attempt: Attempt): void {
		this.#finish(attempt);
	}

	ended(attempt: Attempt): void {
		this.#finish(attempt);
	}

	failed(attempt: Attempt, fault: Fault): void {
		const isWithoutUsage = attempt.hiddenUsage !== undefined && refusesUsage(fault);
		if (isWithoutUsage) this.#upstreams.noteUsageRefused(attempt.target);
		else this.#upstreams.noteFault(attempt.target, fault);
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
		this.#entering += 1;
		const permit = this.#enter(target, placeMs);
		if (permit instanceof Promise) void permit.then((late) => this.#entered(target, late));
		else this.#entered(target, permit);
	}

	#entered(target: Target, entry: Entry): void {
		this.#entering -= 1;
		const left = this.#left;
		this.#left = undefined;
		const permit = entry instanceof GatewayError ? undefined : entry;
		if (this.#isOver || this.#isCertain) permit?.leave("ignored");
		else if (permit) this.#send(target, permit);
		else if (left) this.#goOn(left.target, left.fault);
		else if (this.#live.length === 0) {
			const error = entry instanceof GatewayError ? entry : notAllowed(this.#upstreams.states.of(target.upstream));
			this.#goOn(target, { kind: "busy", error });
		}
	}

	/** Its limits come first: a place at a host is dear. */
	#enter({ upstream }: Target, placeMs: number): Entry | Promise<Entry> {
		if (placeMs > 0) this.#waiting = new AbortController();
		const place = () => this.#upstreams.states.enter(upstream, placeMs, this.#waiting?.signal);
		const taken = this.#request.gate?.enter(upstream);
		return taken === undefined ? place() : taken.then((refusal) => refusal ?? place());
	}

	#send(target: Target, permit: Permit): void {
		const { route, body } = this.#request;
		const isFirst = !this.attempts.some((attempt) => attempt.target.upstream === target.upstream);
		if (isFirst) this.#upstreams.noteRequest(target, route);
		const named = body && target.model !== undefined ? withModel(body, target.model) : body;
		const sent = named && body?.late ? withLateDefaults(body, named, target.model ?? body.json.model) : named;
		const asked = this.#usageToAsk(target);
		const attempt = this.#newAttempt(target, permit, {
			reader: this.#mayRescue() ? new Transcript() : undefined,
			asked,
		});
		attempt.isHedge = this.#live.length > 0;
		this.#live.push(attempt);
		this.#dispatch(attempt, sent, asked);
	}

	#dispatch(attempt: Attempt, body: BodyBytes | undefined, asked: UsageAsked | undefined): void {
		const { body: given } = this.#request;
		const sent = body && given && asked ? withUsageAsked(given.json, body, asked) : body;
		this.#upstreams.of(attempt.target).dispatch(this.#request, sent, attempt);
	}

	#usageToAsk(target: Target): UsageAsked | undefined {
		const { asksUsage, body } = this.#request;
		if (!asksUsage || body === undefined) return undefined;
		return usageToAsk(body.json, this.#upstreams.usageModeOf(target));
	}

	#newAttempt(target: Target, permit: Permit, { reader, asked, isRescue = false }: NewAttempt): Attempt {
		const { streamEnd, facts, trace } = this.#request;
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
		};
		const attempt = new Attempt(target, permit, this, {
			limits,
			streamEnd,
			reader,
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
		this.#end();
		const told = describeAttempts(this.attempts);
		if (response === undefined) {
			// The one error with which the gateway ends them all belongs to no request.
			if (told !== undefined && last.kind !== "final") error.headers[attemptsHeader] = told;
			this.answer.fail(error);
			return;
		}
		this.answer.begin(this.#headToSend({ ...response.head, contentLength: response.body.length }));
		this.answer.pass(response.body);
		this.answer.end();
	}

	// When it is.

	#choose(attempt: Attempt): void {
		this.#chosen = attempt;
		this.#isCertain = true;
		attempt.isChosen = true;
		clearTimeout(this.#timer);
		clearTimeout(this.#hedgeTimer);
		for (const other of this.#live) if (other !== attempt) other.stop(notNeeded());
		this.#live = [];
		const { route, facts } = this.#request;
		this.#upstreams.noteLatency(route, attempt.target, performance.now() - attempt.startedMs, facts.isStream);
		this.answer.begin(this.#headToSend(attempt.head as Head));
		for (const bytes of attempt.held.splice(0)) this.answer.pass(bytes);
	}

	#finish(attempt: Attempt): void {
		if (this.#isOver) return;
		if (attempt !== this.#chosen) this.#choose(attempt);
		if (this.#rescue && !this.#endRescued(attempt, this.#rescue)) return;
		this.#end();
		this.answer.end();
	}

	#end(): void {
		this.#isOver = true;
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
		const { route, body, facts, streamEnd } = this.#request;
		if (route.rescue === "off" || !facts.isStream || streamEnd.streamTerminator === undefined || !body) return false;
		return this.#agenda.hasOthers || this.#agenda.first?.capabilities.prefill !== undefined;
	}

	#breakOff(attempt: Attempt, fault: Fault): void {
		const { route, body } = this.#request;
		const { reader: transcript } = attempt;
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
		const permit = this.#enter(request.target, 0);
		if (permit instanceof Promise) void permit.then((late) => this.#goOnWith(rescue, request, late));
		else this.#goOnWith(rescue, request, permit);
	}

	#goOnWith(rescue: Rescue, request: RescueRequest, entry: Entry): void {
		const permit = entry instanceof GatewayError ? undefined : entry;
		if (this.#isOver) permit?.leave("ignored");
		else if (permit === undefined) this.#nextRescue(rescue, rescue.next());
		else {
			const asked = this.#usageToAsk(request.target);
			const attempt = this.#newAttempt(request.target, permit, { reader: request.reader, asked, isRescue: true });
			this.#chosen = attempt;
			attempt.isChosen = true;
			attempt.isContinuation = request.isContinuation;
			this.#dispatch(attempt, request.body, asked);
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
		if (bytes.length > 0) this.answer.pass(bytes);
		if (rescue.departure) attempt.fail(rescue.departure);
		else if (attempt.events?.hasUnread) attempt.fail({ kind: "departed", error: tooLong() });
	}

	/** @returns whether that was all of the answer */
	#endRescued(attempt: Attempt, rescue: Rescue): boolean {
		rescue.end();
		const { departure } = rescue;
		const bytes = rescue.take();
		if (bytes.length > 0) this.answer.pass(bytes);
		if (departure) {
			attempt.stop(departure.error);
			attempt.fault ??= departure;
			this.#goOnRescuing(rescue, departure);
			return false;
		}
		this.answer.pass(Buffer.from(`data: ${this.#request.streamEnd.streamTerminator}\n\n`));
		return true;
	}

	/** Nobody goes on: the client is told, in the host's own words where there are any. */
	#fail(fault: Fault): void {
		this.#end();
		if (fault.event === undefined) this.answer.fail(fault.error);
		else {
			this.answer.pass(fault.event);
			this.answer.end();
		}
	}
}
