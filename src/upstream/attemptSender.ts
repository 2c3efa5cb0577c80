/** Sends a call's requests to upstreams: in which dialect, with which body, and with leave of the upstream's limits. */

import type { Json } from "../dialects/dialect.js";
import {
	hiddenUsageOf,
	refusesUsage,
	type UsageRequest,
	usageRequest,
	withUsageRequest,
} from "../dialects/openai/usageOptions.js";
import { openaiChat } from "../dialects/openaiChat/index.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import type { BodyStream } from "../forms/form.js";
import { fieldsOfJson } from "../forms/formJson.js";
import { type BodyBytes, piecesOf, wholeBytes } from "../json/bodyBytes.js";
import { parseObject } from "../json/parseObject.js";
import { dialectsFor } from "../providers/provider.js";
import type { Target } from "../settings/routes.js";
import { noModel, sentModel } from "../settings/sentModel.js";
import { Attempt, type AttemptListener } from "./attempt.js";
import type { AttemptLimits, AttemptOptions } from "./attemptOptions.js";
import type { CallRequest } from "./callRequest.js";
import type { EventConsumer } from "./eventConsumer.js";
import type { Fault } from "./fault.js";
import type { Permit } from "./health/states.js";
import { formOf, type Lane, laneTo, passing, type TargetLane } from "./lane.js";
import { Learning, type ModelAt } from "./lessons/learning.js";
import { cacheTtlOf, withHints } from "./promptCache/hints.js";
import { bodyOf, jsonFor, jsonToTranslate, lostOf, sentBody } from "./sentBody.js";
import { notAllowed, notServed, notSpoken, notTaken } from "./upstreamFailure.js";
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
	/** It goes on where another one broke off. */
	readonly rescue?: { readonly isContinuation: boolean };
}

export class AttemptSender {
	readonly #upstreams: Upstreams;
	readonly #request: CallRequest;
	readonly #listener: AttemptListener;
	readonly #attempts: Attempt[];
	/** Undefined unless the route learns. */
	readonly #learning: Learning | undefined;
	#waiting: AbortController | undefined;

	/** @param attempts gets each that is made */
	constructor(upstreams: Upstreams, request: CallRequest, listener: AttemptListener, attempts: Attempt[]) {
		this.#upstreams = upstreams;
		this.#request = request;
		this.#listener = listener;
		this.#attempts = attempts;
		const { learn } = request.route;
		this.#learning = learn && new Learning(upstreams.lessons, learn.forMs);
	}

	/**
	 * The way to a target, or why there is none.
	 *
	 * @param json what it is asked, where that is not the client's own request
	 */
	laneTo(target: Target, json?: Json): TargetLane | GatewayError {
		const { dialect: asked, requestId, receivedMs, body, isServedBy } = this.#request;
		const { provider } = this.#upstreams.of(target);
		if (isServedBy !== undefined && !provider.dialects.some(isServedBy)) return notServed(target.upstream);
		try {
			const model = this.#modelOf(target);
			const spoken = dialectsFor(provider, model);
			const dialect = asked && formOf(asked, body?.json, spoken);
			if (dialect === undefined || spoken.includes(dialect))
				return this.#strictly(target, this.#withPath(target, { front: provider.front, ...passing(dialect) }));
			const { facts, files } = this.#request;
			const given = body && jsonToTranslate(json ?? jsonFor(body, model), body, model);
			const translated = files === undefined ? given : { ...given, ...files };
			const known = this.#upstreams.catalogue.of(target, facts.model).facts;
			const { reasoning: reasons } = target.capabilities;
			const lane = laneTo(provider, {
				dialect,
				json: translated,
				requestId,
				receivedMs,
				model,
				known,
				reasons,
				promptTokens: () => this.#request.promptTokens ?? facts.estimatedTokens,
				mostTokens: facts.mostTokens,
				seals: this.#upstreams.seals,
				cacheTtl: cacheTtlOf(this.#request.route),
			});
			if (lane === undefined) return notSpoken(target.upstream, dialect.name);
			return this.#strictly(target, this.#withPath(target, lane));
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
			requestId: this.#request.requestId,
			isStreamAsked: facts.isStream,
			areCountsAsked: facts.isStream && asksCounts(body?.json),
			consumer,
			isRescue: rescue !== undefined,
			// A text that is gone on with has had its reasoning.
			thoughtTags: rescue?.isContinuation ? undefined : this.#thoughtTagsOf(target, lane),
		});
		attempt.isHedge = isHedge;
		attempt.isContinuation = rescue?.isContinuation ?? false;
		this.#attempts.push(attempt);
		this.#request.gate?.used(attempt);
		if (trace !== undefined) attempt.headers = trace.begin(attempt, this.#upstreams.of(target).settings.url);
		return attempt;
	}

	/** Chat completions alone have them. */
	#thoughtTagsOf(target: Target, { dialect }: TargetLane): AttemptOptions["thoughtTags"] {
		return dialect === openaiChat ? this.#upstreams.of(target).settings.reasoning : undefined;
	}

	/** @param rescue what is asked of a target that is to continue an answer; else the client's own request is sent */
	dispatch(attempt: Attempt, rescue?: Json): void {
		const { target, lane } = attempt;
		const { body: given } = this.#request;
		const asksToContinue = attempt.isContinuation && target.capabilities.prefill === "continue_final_message";
		const body =
			rescue !== undefined && attempt.isContinuation
				? this.#bodyFor(target, lane, asksToContinue ? continuing : {}, bodyOf(rescue, lane.dialect))
				: (lane.body ?? this.#bodyFor(target, lane));
		const asked = this.#usageToAsk(target, lane);
		attempt.hiddenUsage = asked && hiddenUsageOf(asked);
		const counted = body && given && asked ? withUsageRequest(given.json, body, asked) : body;
		this.#upstreams.of(target).dispatch(this.#requestFor(target, lane), this.#asForm(lane, counted), attempt, {
			path: lane.path,
			isOwnForm: lane.translator !== undefined || lane.carriage?.isOwnForm === true,
			model: this.#modelOf(target),
			mayUseLine: lane.dialect === openaiResponses && lane.translator === undefined && rescue === undefined,
		});
	}

	/** A form's fields, with its files. A translated request is JSON. */
	#asForm({ translator }: TargetLane, body: BodyBytes | undefined): BodyBytes | BodyStream | undefined {
		const { form, body: given } = this.#request;
		if (form === undefined || translator !== undefined || body === undefined || given === undefined) return body;
		const json = parseObject(wholeBytes(body).toString()) ?? {};
		return form.written(fieldsOfJson(json, form.json, form.fields));
	}

	/** The upstream has refused a token, and there may be another: once for each of a request's targets. */
	renewsCredential({ target, shown }: Attempt, fault: Fault): boolean {
		if (shown.length === 0 || !isUnauthorized(fault)) return false;
		const refused = this.#attempts.filter(
			(other) => other.target === target && other.fault && isUnauthorized(other.fault),
		);
		return refused.length === 1 && this.#upstreams.of(target).renewCredential(shown);
	}

	/**
	 * Learns from a refusal, if the route does.
	 *
	 * @returns whether it names a part of the request without which the target can be asked
	 */
	learnFrom({ target, lane, isRescue }: Attempt, { kind, response, original }: Fault): boolean {
		const status = response?.head.status;
		if (this.#learning === undefined || isRescue || kind !== "invalid_request" || response === undefined) return false;
		if (status !== 400 && status !== 422) return false;
		return this.#learning.learn(original ?? response.body, this.#modelAt(target), () => {
			const body = this.#bodyFor(target, lane);
			const headers = lane.translator ? {} : this.#requestFor(target, lane).headers;
			return { json: body && parseObject(Buffer.concat(piecesOf(body)).toString()), headers };
		});
	}

	/** The target has taken the request: what was left out of it is remembered. */
	taken({ target }: Attempt): void {
		this.#learning?.prove(this.#modelAt(target));
	}

	/** @throws GatewayError 400 for a model that can't stand in the upstream's path, ahead of a permit to ask it */
	#withPath(target: Target, lane: Lane): TargetLane {
		const { model, isStream } = this.#request.facts;
		const { dialect, translator } = lane;
		const upstream = this.#upstreams.of(target);
		const carriage = upstream.provider.carriage?.(dialect);
		const isTranslated = translator !== undefined;
		const facts = { dialect, model: sentModel(target, model), isStream, isTranslated, isOwnForm: carriage?.isOwnForm };
		return { path: upstream.pathOf(this.#request, facts), carriage, ...lane };
	}

	/** @param more members of a translated request */
	#bodyFor(target: Target, lane: TargetLane, more: Json = {}, given = this.#request.body): BodyBytes | undefined {
		const { provider } = this.#upstreams.of(target);
		const body = sentBody(given, { target, model: this.#modelOf(target), lane, provider, more });
		const hinted = withHints(body, { request: this.#request, json: given?.json, lane, provider });
		return this.#carried(target, this.#withoutRefused(target, lane, hinted), lane);
	}

	/** The body in the form in which the vendor takes the dialect. */
	#carried(target: Target, body: BodyBytes | undefined, lane: TargetLane): BodyBytes | undefined {
		const { carriage, translator, dropped } = lane;
		if (body === undefined || carriage?.body === undefined) return body;
		return carriage.body({
			body,
			headers: translator === undefined ? this.#requestFor(target, lane).headers : {},
			dropped,
		});
	}

	#withoutRefused(target: Target, { dropped }: Lane, body: BodyBytes | undefined): BodyBytes | undefined {
		if (this.#learning === undefined || body === undefined) return body;
		return this.#learning.body(body, this.#modelAt(target), dropped);
	}

	/** The client's headers without betas that the target refuses; a translated request has none. */
	#requestFor(target: Target, { translator, dropped }: Lane): CallRequest {
		const { headers, form } = this.#request;
		if (form !== undefined && translator !== undefined)
			return { ...this.#request, headers: { ...headers, "content-type": "application/json" } };
		const taken = translator ? headers : this.#learning?.headers(headers, this.#modelAt(target), dropped);
		return taken === undefined || taken === headers ? this.#request : { ...this.#request, headers: taken };
	}

	/** Refuses a lane on which parts of the request get lost, if the route is strict. Defaults that the gateway has filled in are none. */
	#strictly(target: Target, lane: TargetLane): TargetLane | GatewayError {
		const { route, body: given } = this.#request;
		if (!route.strict || given === undefined) return lane;
		const body = this.#bodyFor(target, lane);
		this.#requestFor(target, lane);
		const lost = lostOf(lane.dropped, given, this.#modelOf(target));
		if (lost.size === 0) return { ...lane, body };
		return notTaken(target.upstream, this.#upstreams.of(target).provider.name, route.name, lost);
	}

	#modelAt(target: Target): ModelAt {
		return { upstream: target.upstream, model: this.#modelOf(target) };
	}

	#modelOf(target: Target): string {
		return sentModel(target, this.#request.facts.model) ?? noModel;
	}

	#usageToAsk(target: Target, { dialect, translator }: Lane): UsageRequest | undefined {
		const { asksUsage, body } = this.#request;
		if (!asksUsage || body === undefined || translator || !dialect?.stream?.asksForUsage) return undefined;
		return usageRequest(body.json, this.#upstreams.usageModeOf(target, this.#modelOf(target)));
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

function isUnauthorized({ response }: Fault): boolean {
	return response?.head.status === 401;
}
