/** One stream that broke in mid-answer, and the attempts to have another upstream go on with it. */

import type { Transcript } from "../../chat/transcript.js";
import { type JsonBody, withLateDefaults } from "../../contract/defaults.js";
import { type CallIds, eventsOfChunk } from "../../dialects/openai/chunkEvents.js";
import { continueFrom, isStructured } from "../../dialects/openai/splice/continuation.js";
import { Splice } from "../../dialects/openai/splice/splice.js";
import { GatewayError } from "../../errors/gatewayError.js";
import type { RescueMode, Target } from "../../settings/routes.js";
import { sentModel } from "../../settings/sentModel.js";
import type { EventConsumer } from "../eventStream.js";
import type { Fault } from "../fault.js";
import { withModel } from "../modelMember.js";
import { jsonFor } from "../sentBody.js";

type Json = Record<string, unknown>;

/** What to ask a target for. */
export interface RescueRequest {
	readonly target: Target;
	readonly body: Pick<JsonBody, "bytes" | "rest">;
	/** The same, as an object. */
	readonly json: JsonBody["json"];
	/** Takes what the new answer says. */
	readonly consumer: EventConsumer;
	readonly isContinuation: boolean;
}

export class Rescue {
	/** What broke the stream. Whatever goes wrong from then on, this is what the client is told. */
	readonly fault: Fault;
	/** What was asked for last. */
	current: RescueRequest | undefined;
	readonly #transcript: Transcript;
	readonly #body: JsonBody;
	readonly #mode: Exclude<RescueMode, "off">;
	readonly #targets: Target[];
	readonly #postponed: Target[] = [];
	#isLastResort = false;
	#splice: Splice | undefined;
	#out: Json[] = [];
	#departed: string | undefined;
	/** Ids of the calls that the spliced answer has named. */
	readonly #ids: CallIds = new Map();

	/** @param targets to be asked, in this order */
	constructor(
		fault: Fault,
		options: { transcript: Transcript; body: JsonBody; mode: Exclude<RescueMode, "off">; targets: Target[] },
	) {
		this.fault = fault;
		this.#transcript = options.transcript;
		this.#body = options.body;
		this.#mode = options.mode;
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
			body: this.#wholeFor(model),
			json: jsonFor(this.#body, model ?? this.#body.json.model),
			consumer: this.#splicing(new Splice(this.#transcript, { ...this.#spliceOptions(), kind: "restart" })),
			isContinuation: false,
		};
		this.current = request;
		return request;
	}

	/** What the client is to be sent now. */
	take(): Buffer {
		const chunks = this.#out;
		if (chunks.length === 0) return nothing;
		this.#out = [];
		return Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""));
	}

	/** The new answer is not the one that broke off. */
	get departure(): Fault | undefined {
		if (this.#departed === undefined) return undefined;
		const message = `The upstream that should have gone on gave another answer: ${this.#departed}`;
		return { kind: "departed", error: new GatewayError(502, message, { code: "upstream_departed" }) };
	}

	/** The new answer has come to its end. */
	end(): void {
		if (this.#splice) this.#apply(this.#splice.end());
	}

	#wholeFor(model: string | undefined): RescueRequest["body"] {
		const named = model === undefined ? this.#body : withModel(this.#body, model);
		return withLateDefaults(this.#body, named, model ?? this.#body.json.model);
	}

	#nextPostponed(): Target | undefined {
		this.#isLastResort = true;
		return this.#postponed.shift();
	}

	#continuation(target: Target): RescueRequest | undefined {
		const json = jsonFor(this.#body, this.#modelOf(target));
		const { prefill } = target.capabilities;
		// A text completion's prompt can be made longer whatever the upstream.
		const isText = typeof json.prompt === "string" && json.messages === undefined;
		if (prefill === undefined && !isText) return undefined;
		const continued = continueFrom(json, this.#transcript, prefill ?? "assistant");
		if (continued === undefined) return undefined;
		const body = { ...continued.json, model: target.model === undefined ? json.model : this.#modelOf(target) };
		const options = { ...this.#spliceOptions(), kind: "continuation" as const, trimmed: continued.trimmed };
		return {
			target,
			body: { bytes: Buffer.from(JSON.stringify(body)) },
			json: body,
			consumer: this.#splicing(new Splice(this.#transcript, options)),
			isContinuation: true,
		};
	}

	#modelOf(target: Target): string | undefined {
		const { model } = this.#body.json;
		return sentModel(target, typeof model === "string" ? model : undefined);
	}

	#spliceOptions() {
		return { mode: this.#mode, isStructured: isStructured(this.#body.json) };
	}

	#splicing(splice: Splice): EventConsumer {
		this.#splice = splice;
		this.#out = [];
		this.#departed = undefined;
		return {
			add: ({ json }) => {
				if (this.#departed === undefined && json !== undefined) this.#apply(splice.take(json));
			},
		};
	}

	#apply(step: ReturnType<Splice["take"]>): void {
		if ("departed" in step) {
			this.#departed = step.departed;
			return;
		}
		for (const chunk of step.send) {
			this.#transcript.add({ events: eventsOfChunk(chunk, this.#ids) });
			this.#out.push(chunk);
		}
	}
}

const nothing: Buffer = Buffer.alloc(0);
