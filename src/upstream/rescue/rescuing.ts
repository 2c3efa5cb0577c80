/** The attempts of one call that go on with an answer which broke in the middle. */
import type { ChatRequest } from "../../chat/request.js";
import { Transcript } from "../../chat/transcript.js";
import type { Json, Translation } from "../../dialects/dialect.js";
import { GatewayError } from "../../errors/gatewayError.js";
import type { Target } from "../../settings/routes.js";
import { AnswerWriter } from "../answerWriter.js";
import type { Attempt } from "../attempt.js";
import type { AttemptPlan } from "../attemptPlan.js";
import type { AttemptSender, Entry } from "../attemptSender.js";
import type { CallRequest, GivenStart } from "../callRequest.js";
import type { EventConsumer } from "../eventConsumer.js";
import { EventStream } from "../eventStream.js";
import { type Fault, mayRetry } from "../fault.js";
import { type Lane, passing, type TargetLane } from "../lane.js";
import { cutShort, tooLong } from "../upstreamFailure.js";
import { ChunkJoining } from "./chunkJoining.js";
import { canBeJoined, EventJoining } from "./eventJoining.js";
import { Rescue, type RescueRequest } from "./rescue.js";
import { SentAnswer } from "./sentAnswer.js";

/** The call, as its rescue sees it. */
export interface RescuedCall {
	isOver(): boolean;
	/** Whose answer the client gets; undefined while nobody's. */
	choose(attempt: Attempt | undefined): void;
	/** Bytes for the client. */
	pass(bytes: Buffer): void;
	/** Nobody goes on. */
	fail(fault: Fault): void;
}

/** Keeps an answer's text for a rescue; undefined where none makes sense. */
export function consumerOf(
	{ route, body, facts, dialect }: CallRequest,
	plan: AttemptPlan,
	{ translator }: Lane,
): EventConsumer | undefined {
	if (!plan.hasOthers && plan.first?.capabilities.prefill === undefined) return undefined;
	return joinableOf({ route, body, facts, dialect }, translator);
}

/** Undefined where nothing can be joined to a stream. */
function joinableOf(
	{ route, body, facts, dialect }: Pick<CallRequest, "route" | "body" | "facts" | "dialect">,
	translator: Lane["translator"],
): EventConsumer | undefined {
	const stream = dialect?.stream;
	if (route.rescue === "off" || !facts.isStream || stream === undefined || !body) return undefined;
	if (stream.canBeRescued) return new Transcript();
	return stream.sent && new SentAnswer(translator === undefined ? stream.sent() : undefined, translator?.form());
}

type Broken = Pick<Attempt, "consumer" | "events"> & { readonly lane: Lane };

/** @returns undefined for an answer that can't be gone on with */
function joiningFor({ consumer, events, lane }: Broken, { dialect, body, requestId, receivedMs, route }: CallRequest) {
	if (body === undefined || route.rescue === "off") return undefined;
	if (consumer instanceof Transcript) return new ChunkJoining(consumer, body.json, route.rescue);
	const translation = dialect?.translation;
	if (!(consumer instanceof SentAnswer) || translation === undefined) return undefined;
	const { transcript, sent } = consumer;
	const isLastWhole = sent?.isLastWhole ?? false;
	if (!canBeJoined(transcript.choices.get(0), isLastWhole, lane.dialect?.signsReasoning ?? false)) return undefined;
	const request = requestOf(translation, body.json);
	// Of several choices only the first is followed.
	if (request === undefined || request.n > 1) return undefined;
	const { model } = request;
	const created = Math.floor(Date.now() / 1000);
	const own = events?.writer instanceof AnswerWriter ? events.writer.writer : undefined;
	const writer =
		own ?? sent?.writer({ requestId, receivedMs, created, model, wantsUsage: request.wantsUsage, request });
	return writer && new EventJoining({ transcript, writer, translation, request, isLastWhole });
}

/** What is compared, and written, is what the client gets of the new answer. */
function inClientForm(consumer: EventConsumer, { translator }: Lane): EventConsumer {
	const form = consumer.isNeutral ? translator?.form() : undefined;
	if (form === undefined) return consumer;
	return { isNeutral: true, add: ({ events, json }) => consumer.add({ events: form.of(events), json }) };
}

/** A message is gone on with by members that only OpenAI's dialects have, or by itself. */
function canContinue({ capabilities }: Target, { dialect }: Lane): boolean {
	return (
		capabilities.prefill !== "continue_final_message" || dialect === undefined || dialect.stream?.canBeRescued === true
	);
}

/** Undefined for a request that only upstreams of its own dialect understand. */
function requestOf(translation: Translation, json: Json): ChatRequest | undefined {
	try {
		return translation.readRequest(json);
	} catch {
		return undefined;
	}
}

export class Rescuing {
	readonly #call: RescuedCall;
	readonly #sender: AttemptSender;
	readonly #plan: AttemptPlan;
	readonly #rescue: Rescue;

	private constructor(call: RescuedCall, sender: AttemptSender, plan: AttemptPlan, rescue: Rescue) {
		this.#call = call;
		this.#sender = sender;
		this.#plan = plan;
		this.#rescue = rescue;
	}

	/** @returns undefined for an answer that nobody can go on with */
	static of(
		attempt: Attempt,
		fault: Fault,
		request: CallRequest,
		{ call, sender, plan }: { call: RescuedCall; sender: AttemptSender; plan: AttemptPlan },
	): Rescuing | undefined {
		const isLost = fault.kind === "final" || !attempt.head?.isStream || attempt.events?.hasUnread;
		const joining = isLost ? undefined : joiningFor(attempt, request);
		if (joining === undefined || request.body === undefined) return undefined;
		const targets = plan.rescuers(attempt.target);
		return new Rescuing(call, sender, plan, new Rescue(fault, { body: request.body, joining, targets }));
	}

	/** For a stream that another process has begun. @returns undefined for one that nobody can go on with */
	static ofGiven(
		{ body: bytes }: GivenStart,
		request: CallRequest,
		{ call, sender, plan }: { call: RescuedCall; sender: AttemptSender; plan: AttemptPlan },
	): Rescuing | undefined {
		const { body, dialect, choices } = request;
		const consumer = joinableOf(request, undefined);
		if (consumer === undefined || body === undefined) return undefined;
		const events = new EventStream({ format: dialect?.stream, choices, consumer });
		events.push(bytes);
		const isUnclear = events.hasUnread || events.error !== undefined || events.isTerminated;
		const joining = isUnclear ? undefined : joiningFor({ consumer, events, lane: passing(dialect) }, request);
		if (joining === undefined) return undefined;
		const fault: Fault = { kind: "unfinished", error: cutShort() };
		return new Rescuing(call, sender, plan, new Rescue(fault, { body, joining, targets: [...plan.targets] }));
	}

	start(): void {
		this.#next(this.#rescue.next());
	}

	/** The same target once more. */
	again(): void {
		this.#next(this.#rescue.current);
	}

	/** A target that can't continue may still begin anew; else the next one is asked. */
	goOn(fault: Fault): void {
		if (fault.kind === "final") {
			this.#call.fail(fault);
			return;
		}
		const { current } = this.#rescue;
		const isRefused = current?.isContinuation && fault.response !== undefined && !mayRetry(fault);
		this.#next(isRefused ? this.#rescue.restart(current.target) : this.#rescue.next());
	}

	/** More of the new answer has come. */
	take(attempt: Attempt): void {
		const bytes = this.#rescue.take();
		if (bytes.length > 0) this.#call.pass(bytes);
		const { departure } = this.#rescue;
		if (departure) attempt.fail(departure);
		else if (attempt.events?.hasUnread) attempt.fail({ kind: "departed", error: tooLong() });
	}

	/** The new answer has ended. @returns whether that was all of the answer */
	end(attempt: Attempt): boolean {
		this.#rescue.end();
		const { departure } = this.#rescue;
		const bytes = this.#rescue.take();
		if (bytes.length > 0) this.#call.pass(bytes);
		if (departure === undefined) return true;
		attempt.stop(departure.error);
		attempt.fault ??= departure;
		this.goOn(departure);
		return false;
	}

	#next(request: RescueRequest | undefined): void {
		if (this.#call.isOver()) return;
		if (request === undefined || this.#plan.isUsedUp) {
			this.#call.fail(this.#rescue.fault);
			return;
		}
		this.#call.choose(undefined);
		const lane = this.#sender.laneTo(request.target, request.json);
		if (lane instanceof GatewayError) {
			this.#next(this.#rescue.next());
			return;
		}
		if (request.isContinuation && !canContinue(request.target, lane)) {
			this.#next(this.#rescue.restart(request.target));
			return;
		}
		const permit = this.#sender.enter(request.target, 0, this.#rescue.isLastResort);
		if (permit instanceof Promise) void permit.then((late) => this.#send(request, lane, late));
		else this.#send(request, lane, permit);
	}

	#send({ target, consumer, json, isContinuation }: RescueRequest, lane: TargetLane, entry: Entry): void {
		const taker = inClientForm(consumer, lane);
		const permit = entry instanceof GatewayError ? undefined : entry;
		if (this.#call.isOver()) permit?.leave("ignored");
		else if (permit === undefined) {
			if (entry === undefined) this.#rescue.postpone(target);
			this.#next(this.#rescue.next());
		} else {
			const attempt = this.#sender.create(target, permit, { lane, consumer: taker, rescue: { isContinuation } });
			this.#call.choose(attempt);
			this.#sender.dispatch(attempt, json);
		}
	}
}
