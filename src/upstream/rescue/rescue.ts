/** One stream that broke in mid-answer, and the attempts to have another upstream go on with it. */

import type { JsonBody } from "../../contract/defaults.js";
import { GatewayError } from "../../errors/gatewayError.js";
import type { Target } from "../../settings/routes.js";
import { sentModel } from "../../settings/sentModel.js";
import type { EventConsumer } from "../eventConsumer.js";
import type { Fault } from "../fault.js";
import { jsonFor } from "../sentBody.js";
import type { Joining } from "./joining.js";

/** The request for a target. */
export interface RescueRequest {
	readonly target: Target;
	/** What it is asked. */
	readonly json: JsonBody["json"];
	/** Takes what the new answer says. */
	readonly consumer: EventConsumer;
	readonly isContinuation: boolean;
}

export class Rescue {
	/** The fault that broke the stream. The client reads this one, whatever fails later. */
	readonly fault: Fault;
	/** The last request. */
	current: RescueRequest | undefined;
	readonly #body: JsonBody;
	readonly #joining: Joining;
	readonly #targets: Target[];
	readonly #postponed: Target[] = [];
	#isLastResort = false;

	/** @param targets to be asked, in this order */
	constructor(fault: Fault, options: { body: JsonBody; joining: Joining; targets: Target[] }) {
		this.fault = fault;
		this.#body = options.body;
		this.#joining = options.joining;
		this.#targets = options.targets;
	}

	/** The next target, and what to ask it for; undefined when all have been asked. */
	next(): RescueRequest | undefined {
		const target = this.#targets.shift() ?? this.#nextPostponed();
		if (target === undefined) return undefined;
		const continuation = this.#continuation(target);
		if (continuation === undefined) return this.restart(target);
		this.current = continuation;
		return continuation;
	}

	/** A breaker would not let it be asked: it is asked once more when nobody else is left. */
	postpone(target: Target): void {
		if (!this.#isLastResort) this.#postponed.push(target);
	}

	/** Breakers are not to stand in the way of the current request. */
	get isLastResort(): boolean {
		return this.#isLastResort;
	}

	/** The whole answer anew: also for a target that refused to continue one. */
	restart(target: Target): RescueRequest {
		const model = target.model === undefined ? undefined : this.#modelOf(target);
		const request = {
			target,
			json: jsonFor(this.#body, model ?? this.#body.json.model),
			consumer: this.#joining.begin({ kind: "restart" }),
			isContinuation: false,
		};
		this.current = request;
		return request;
	}

	/** The bytes to send to the client now. */
	take(): Buffer {
		return this.#joining.take();
	}

	/** The new answer is not the one that broke off. */
	get departure(): Fault | undefined {
		const { departed } = this.#joining;
		if (departed === undefined) return undefined;
		const message = `The upstream that should have gone on gave another answer: ${departed}`;
		return { kind: "departed", error: new GatewayError(502, message, { code: "upstream_departed" }) };
	}

	/** The new answer has come to its end. */
	end(): void {
		this.#joining.end();
	}

	#nextPostponed(): Target | undefined {
		this.#isLastResort = true;
		return this.#postponed.shift();
	}

	#continuation(target: Target): RescueRequest | undefined {
		const json = jsonFor(this.#body, this.#modelOf(target));
		const continued = this.#joining.continued(json, target.capabilities.prefill);
		if (continued === undefined) return undefined;
		return {
			target,
			json: { ...continued.json, model: target.model === undefined ? json.model : this.#modelOf(target) },
			consumer: this.#joining.begin({ kind: "continuation", trimmed: continued.trimmed }),
			isContinuation: true,
		};
	}

	#modelOf(target: Target): string | undefined {
		const { model } = this.#body.json;
		return sentModel(target, typeof model === "string" ? model : undefined);
	}
}
