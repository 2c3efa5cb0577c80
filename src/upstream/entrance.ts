/** Gets a call permission to ask its targets, and waits for it. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Target } from "../settings/routes.js";
import type { AttemptPlan } from "./attemptPlan.js";
import type { AttemptSender, Entry } from "./attemptSender.js";
import type { Fault } from "./fault.js";
import type { Permit } from "./health/states.js";
import type { TargetLane } from "./lane.js";

/** The call, as its entrance sees it. */
export interface EnteringCall {
	/** It is over, or an answer has become the client's: nobody is to be asked any more. */
	isDecided(): boolean;
	/** An attempt is under way. */
	hasLive(): boolean;
	send(target: Target, permit: Permit, lane: TargetLane): void;
	/** The target is not asked. */
	goOn(target: Target, fault: Fault): void;
}

export class Entrance {
	readonly #call: EnteringCall;
	readonly #sender: AttemptSender;
	readonly #plan: AttemptPlan;
	/** Targets that wait for leave. */
	#waiting = 0;
	/** The last attempt has failed while another target was waiting. */
	#failure: { readonly target: Target; readonly fault: Fault } | undefined;

	constructor(call: EnteringCall, sender: AttemptSender, plan: AttemptPlan) {
		this.#call = call;
		this.#sender = sender;
		this.#plan = plan;
	}

	get isWaiting(): boolean {
		return this.#waiting > 0;
	}

	/** Asks a target, if its breaker and its limits allow that. */
	ask(target: Target, placeMs = 0): void {
		const lane = this.#sender.laneTo(target);
		if (lane instanceof GatewayError) {
			if (!this.#call.hasLive()) this.#call.goOn(target, { kind: "unsupported", error: lane });
			return;
		}
		this.#waiting += 1;
		const permit = this.#sender.enter(target, placeMs, this.#plan.isLastResort(target));
		if (permit instanceof Promise) void permit.then((late) => this.#entered(target, late, lane));
		else this.#entered(target, permit, lane);
	}

	/** An attempt has failed, and it depends on whoever waits what follows. */
	failed(target: Target, fault: Fault): void {
		this.#failure = { target, fault };
	}

	#entered(target: Target, entry: Entry, lane: TargetLane): void {
		this.#waiting -= 1;
		const failure = this.#failure;
		this.#failure = undefined;
		if (entry === undefined && this.#sender.isBroken(target)) this.#plan.refuse(target);
		if (entry !== undefined && !(entry instanceof GatewayError)) {
			if (this.#call.isDecided()) entry.leave("ignored");
			else this.#call.send(target, entry, lane);
		} else if (this.#call.isDecided()) return;
		else if (failure) this.#call.goOn(failure.target, failure.fault);
		else if (!this.#call.hasLive())
			this.#call.goOn(target, { kind: "busy", error: entry ?? this.#sender.whyNotAllowed(target) });
	}
}
