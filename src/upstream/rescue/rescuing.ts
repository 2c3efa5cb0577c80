/** The attempts of one call that go on with an answer which broke in the middle. */
import { Transcript } from "../../chat/transcript.js";
import { GatewayError } from "../../errors/gatewayError.js";
import type { Attempt } from "../attempt.js";
import type { AttemptPlan } from "../attemptPlan.js";
import type { AttemptSender, Entry } from "../attemptSender.js";
import type { CallRequest } from "../callRequest.js";
import { type Fault, mayRetry } from "../fault.js";
import type { Lane } from "../lane.js";
import { tooLong } from "../upstreamFailure.js";
import { Rescue, type RescueRequest } from "./rescue.js";

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

/** Only where it makes sense is an answer's text kept for a rescue. */
export function mayRescue({ route, body, facts, dialect }: CallRequest, plan: AttemptPlan): boolean {
	if (route.rescue === "off" || !facts.isStream || dialect?.stream?.canBeRescued !== true || !body) return false;
	return plan.hasOthers || plan.first?.capabilities.prefill !== undefined;
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
		{ route, body }: CallRequest,
		{ call, sender, plan }: { call: RescuedCall; sender: AttemptSender; plan: AttemptPlan },
	): Rescuing | undefined {
		const { consumer: transcript } = attempt;
		const isLost = fault.kind === "final" || !attempt.head?.isStream || attempt.events?.hasUnread;
		if (isLost || !(transcript instanceof Transcript) || body === undefined || route.rescue === "off") return undefined;
		const targets = plan.rescuers(attempt.target);
		return new Rescuing(call, sender, plan, new Rescue(fault, { transcript, body, mode: route.rescue, targets }));
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
		const permit = this.#sender.enter(request.target, 0, this.#rescue.isLastResort);
		if (permit instanceof Promise) void permit.then((late) => this.#send(request, lane, late));
		else this.#send(request, lane, permit);
	}

	#send({ target, consumer, body, isContinuation }: RescueRequest, lane: Lane, entry: Entry): void {
		const permit = entry instanceof GatewayError ? undefined : entry;
		if (this.#call.isOver()) permit?.leave("ignored");
		else if (permit === undefined) {
			if (entry === undefined) this.#rescue.postpone(target);
			this.#next(this.#rescue.next());
		} else {
			const attempt = this.#sender.create(target, permit, { lane, consumer, rescue: { body, isContinuation } });
			this.#call.choose(attempt);
			this.#sender.dispatch(attempt, body);
		}
	}
}
