/** Sends a call's requests to upstreams: in which dialect, with which body, and with leave of the upstream's limits. */
import type { Json } from "../dialects/dialect.js";
import {
	hiddenUsageOf,
	refusesUsage,
	type UsageRequest,
	usageRequest,
	withUsageRequest,
} from "../dialects/openai/usageOptions.js";
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import type { BodyBytes } from "../json/bodyBytes.js";
import type { Target } from "../settings/routes.js";
import { noModel, sentModel } from "../settings/sentModel.js";
import { Attempt, type AttemptListener } from "./attempt.js";
import type { AttemptLimits } from "./attemptOptions.js";
import type { CallRequest } from "./callRequest.js";
import type { EventConsumer } from "./eventConsumer.js";
import type { Fault } from "./fault.js";
import type { Permit } from "./health/states.js";
import { type Lane, laneTo, passing, type TargetLane } from "./lane.js";
import { jsonFor, jsonToTranslate, sentBody } from "./sentBody.js";
import { notAllowed, notSpoken } from "./upstreamFailure.js";
import type { Upstreams } from "./upstreams.js";

/** Leave to ask an upstream; undefined, or what its limits refuse with, if there is none. */
export type Entry = Permit | GatewayError | undefined;

/** Asks vLLM and SGLang to go on with the last message. */
const continuing: Json = { continue_final_message: true, add_generation_prompt: false };

export interface NewAttempt {
	readonly lane: TargetLane;
	readonly consumer: EventConsumer | undefined;
	/** Another one, which is late, is under way. */
	readonly isHedge?: boolean;
	/** It goes on where another one broke off, asked with this body. */
	readonly rescue?: { readonly body: BodyBytes; readonly isContinuation: boolean };
}

export class AttemptSender {
	readonly #upstreams: Upstreams;
	readonly #request: CallRequest;
	readonly #listener: AttemptListener;
	readonly #attempts: Attempt[];
	#waiting: AbortController | undefined;

	/** @param attempts gets each that is made */
	constructor(upstreams: Upstreams, request: CallRequest, listener: AttemptListener, attempts: Attempt[]) {
		this.#upstreams = upstreams;
		this.#request = request;
		this.#listener = listener;
		this.#attempts = attempts;
	}

	/**
	 * The way to a target, or why there is none.
	 *
	 * @param json what it is asked, where that is not the client's own request
	 */
	laneTo(target: Target, json?: Json): TargetLane | GatewayError {
		const { dialect, requestId, body } = this.#request;
		const { provider } = this.#upstreams.of(target);
		try {
			if (dialect === undefined || provider.dialects.includes(dialect)) return this.#withPath(target, passing(dialect));
			const model = this.#modelOf(target);
			const asked = body && jsonToTranslate(json ?? jsonFor(body, model), body, model);
			const { reasoning: reasons } = target.capabilities;
			const promptTokens = () => this.#request.promptTokens ?? this.#request.facts.estimatedTokens;
			const lane = laneTo(provider, { dialect, json: asked, requestId, reasons, promptTokens });
			return lane === undefined ? notSpoken(target.upstream, dialect.name) : this.#withPath(target, lane);
		} catch (thrown) {
			return asGatewayError(thrown);
		}
	}

	/**
	 * Asks for leave: of the upstream's limits first, since a place at an upstream is dear.
	 *
	 * @param placeMs the longest wait for a place
	 */
	enter(target: Target, placeMs: number, isLastResort: boolean): Entry | Promise<Entry> {
		if (placeMs > 0) this.#waiting = new AbortController();
		const { upstream } = target;
		// A request without a body, such as for a list of models, concerns no model.
		const model = this.#request.body === undefined ? undefined : this.#modelOf(target);
		const entrance = { model, isLastResort };
		const place = () => this.#upstreams.states.enter(upstream, placeMs, this.#waiting?.signal, entrance);
		const taken = this.#request.gate?.enter(upstream, isLastResort);
		return taken === undefined ? place() : taken.then((refusal) => refusal ?? place());
	}

	/** Why its breaker, or its number of requests, gave no leave. */
	whyNotAllowed(target: Target): GatewayError {
		return notAllowed(this.#upstreams.states.of(target.upstream, this.#modelOf(target)));
	}

	/** The target's breaker is not closed. */
	isBroken(target: Target): boolean {
		return this.#upstreams.breakerOf(target, this.#request.facts) !== "closed";
	}

	/** Waits for no place any more. */
	stopWaiting(): void {
		this.#waiting?.abort();
	}

	/** Makes an attempt. It is sent by `dispatch`, so that its maker has it before it can fail. */
	create(target: Target, permit: Permit, { lane, consumer, isHedge = false, rescue }: NewAttempt): Attempt {
		const { choices, facts, trace, body } = this.#request;
		const attempt = new Attempt(target, permit, this.#listener, {
			limits: this.#limitsOf(target),
			lane,
			choices,
			isStreamAsked: facts.isStream,
			areCountsAsked: facts.isStream && asksCounts(body?.json),
			consumer,
			isRescue: rescue !== undefined,
		});
		attempt.isHedge = isHedge;
		attempt.isContinuation = rescue?.isContinuation ?? false;
		this.#attempts.push(attempt);
		this.#request.gate?.used(attempt);
		if (trace !== undefined) attempt.headers = trace.begin(attempt, this.#upstreams.of(target).settings.url);
		return attempt;
	}

	/** @param rescueBody what a rescue asks; else the client's own request is sent */
	dispatch(attempt: Attempt, rescueBody?: BodyBytes): void {
		const { target, lane } = attempt;
		const { body: given } = this.#request;
		const isOwn = rescueBody === undefined || lane.translator !== undefined;
		const asksToContinue = attempt.isContinuation && target.capabilities.prefill === "continue_final_message";
		const more = asksToContinue ? continuing : {};
		const { provider } = this.#upstreams.of(target);
		const sent = { target, model: this.#modelOf(target), lane, provider, more };
		const body = isOwn ? sentBody(given, sent) : rescueBody;
		const asked = this.#usageToAsk(target, lane);
		attempt.hiddenUsage = asked && hiddenUsageOf(asked);
		const counted = body && given && asked ? withUsageRequest(given.json, body, asked) : body;
		this.#upstreams.of(target).dispatch(this.#request, counted, attempt, {
			path: lane.path,
			isTranslated: lane.translator !== undefined,
		});
	}

	/** @throws GatewayError 400 for a model that can't stand in the upstream's path, ahead of a permit to ask it */
	#withPath(target: Target, lane: Lane): TargetLane {
		const { model, isStream } = this.#request.facts;
		const { dialect, translator } = lane;
		const facts = { dialect, model: sentModel(target, model), isStream, isTranslated: translator !== undefined };
		return { ...lane, path: this.#upstreams.of(target).pathOf(this.#request, facts) };
	}

	#modelOf(target: Target): string {
		return sentModel(target, this.#request.facts.model) ?? noModel;
	}

	#usageToAsk(target: Target, { dialect, translator }: Lane): UsageRequest | undefined {
		const { asksUsage, body } = this.#request;
		if (!asksUsage || body === undefined || translator || !dialect?.stream?.asksForUsage) return undefined;
		return usageRequest(body.json, this.#upstreams.usageModeOf(target));
	}

	#limitsOf(target: Target): AttemptLimits {
		const { timeouts } = target;
		const { facts, firstByteMs: ownMs } = this.#request;
		const firstMs = ownMs ?? timeouts.firstByteMs;
		const { connectTimeoutMs, maxConnections } = this.#upstreams.of(target).settings;
		const firstByteMs = facts.isStream ? Math.min(firstMs, timeouts.firstTokenMs) : firstMs;
		return {
			connectMs: connectTimeoutMs,
			firstByteMs,
			queueMs: maxConnections === undefined ? undefined : firstByteMs,
			firstTokenMs: timeouts.firstTokenMs,
			idleMs: timeouts.idleMs,
			endMs: timeouts.endMs,
		};
	}
}

/** The upstream refuses a request because the gateway has asked for token counts. */
export function isRefusalOfUsage({ hiddenUsage }: Attempt, { response }: Fault): boolean {
	return hiddenUsage !== undefined && response !== undefined && refusesUsage(response.head.status, response.body);
}

function asksCounts(json: Json | undefined): boolean {
	const options = json?.stream_options as { include_usage?: unknown } | null | undefined;
	return options?.include_usage === true;
}
