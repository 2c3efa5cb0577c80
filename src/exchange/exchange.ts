/** One client's request as it lives: logs, limits and, later, metrics are views of it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import type { ClientFraming } from "../dialects/dialect.js";
import { asGatewayError, clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Form } from "../forms/form.js";
import type { Caller } from "../keys/caller.js";
import type { Route, Target } from "../settings/routes.js";
import type { CallRecord } from "../store/callTypes.js";
import type { Actor } from "../store/keyTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "../upstream/attempt.js";
import type { Call } from "../upstream/call.js";
import type { AttemptTracer, GivenStart } from "../upstream/callRequest.js";
import type { Gate } from "../upstream/gate.js";
import type { RequestFacts } from "../upstream/routing/facts.js";
import { afterwards } from "./afterwards.js";
import type { BinaryAnswer } from "./binaryAnswer.js";
import type { BodyHold } from "./bodyBudget.js";
import type { Nanodollars } from "./nanodollars.js";
import { type Ending, endingOf } from "./outcome.js";
import type { OwnTask, WholeRequest } from "./ownTask.js";
import type { ExchangeUsage } from "./usage.js";

/** Sets the model and the route of an exchange that gets this body. @throws GatewayError if the caller may not use them */
export type Resolver = (exchange: Exchange, body: JsonBody | undefined) => void;

/** Lets an answer go on when its client has left, since it may come back for it, or since others get it too. */
export interface Afterlife {
	readonly isShared: boolean;
	/** The client has left. @returns whether the answer goes on; then `finish` is called when it is over */
	leave(isHeadSent: boolean): boolean;
	/** The answer is not sent: the request has failed, or something else answers it. */
	fail(error?: GatewayError): void;
}

/** An answer that was made for an equal request. */
export interface CachedAnswer {
	/** `collapsed`: it is under way. `semantic`: the request is not equal, but means the same. */
	readonly kind: "exact" | "semantic" | "collapsed";
	readonly answer: ResponseStream;
	/** What it would have cost; undefined if that is not known. */
	readonly saved: Nanodollars | undefined;
	/** The model that has made it, as the upstream named it. */
	readonly model: string | undefined;
	/** Of the two questions. */
	readonly similarity?: number | undefined;
	/** It was let through to the client. */
	isGiven: boolean;
}

const noAttempts: readonly Attempt[] = [];

export class Exchange {
	readonly id: string;
	/** Milliseconds since the epoch, and on the monotonic clock. */
	readonly receivedAt = Date.now();
	readonly receivedMs = performance.now();
	/** The client's address, as `--trust-proxy` says. */
	clientAddress = "";
	operation: Operation | undefined;
	/** Whose key or token it brought, once that is known; nobody where no keys are in force. */
	caller: Caller | undefined;
	/** The credential in `authorization` if the key came in another header: it says whose records are meant (`owner.ts`). */
	formerCredential: string | undefined;
	/** Its other credentials if the key came in `x-llmgw-key`: they are meant for an upstream. */
	clientCredentials: IncomingHttpHeaders | undefined;
	/** The administrator, in an administrator's request. */
	actor: Actor | undefined;
	/** The query's parameters that the contract knows, in their types and with their defaults. */
	query: Readonly<Record<string, unknown>> = {};
	/** The multipart body whose fields are its JSON body; undefined for a body that is JSON itself. */
	form: Form | undefined;
	/** Its body's share of the memory for bodies, until it is over. */
	bodyHold: BodyHold | undefined;
	/** A body that streams to the upstream unread; undefined for any other. */
	upload: IncomingMessage | undefined;
	/** The upstream's answer; plugins of the `upstream` stage may add transforms and observers to it. */
	answer: ResponseStream | undefined;
	/** Undefined for most: their answers end when their client leaves. */
	afterlife: Afterlife | undefined;
	/** An answer of the cache that stands for an upstream's. */
	cached: CachedAnswer | undefined;
	/** Its answer is another request's. */
	isReplay = false;
	/** The response in the background that it generates; undefined for clients' own requests. */
	task: OwnTask | undefined;
	/** Of the gateway's own requests: the client's request that it is a part of. */
	partOf: WholeRequest | undefined;
	/** The part of its answer that somebody else has given, who is no more: the rest is asked for. */
	given: GivenStart | undefined;
	/** Its answer came to a good end after its client had left. */
	hasOutlivedClient = false;
	/** Called with the answer when nothing but its framing changes it any more. */
	beforeDelivery: ((answer: ResponseStream) => void) | undefined;
	/** The model it asks for, once it is resolved; undefined if it names none. */
	model: string | undefined;
	/** The configuration's route for that model, once it is resolved and the caller may use it. */
	route: Route | undefined;
	/** The only targets that may be asked, as where one of them keeps what the request goes on from. */
	pinned: readonly Target[] | undefined;
	/** The facts that the choice of an upstream depends on, once it is resolved. */
	facts: RequestFacts | undefined;
	/** Limits have let it pass, for its model: that can't be changed any more. */
	isAdmitted = false;
	/** Plugins' notes about the request, for logs: `{ tenant: "acme" }`. */
	readonly tags: Record<string, string> = {};
	/** Traces its attempts; undefined if they aren't traced. */
	trace: AttemptTracer | undefined;
	/** The limits of upstreams; undefined if they have none. */
	gate: Gate | undefined;
	/** The call that it is beside: what that uses, the request counts that has begun it. */
	call: CallRecord | undefined;
	/** Of a session: charges its limits with what was used since the last time; undefined if it has none. */
	charge: (() => Promise<GatewayError | undefined>) | undefined;
	/** Of a session: keeps what it has used so far, should this process be killed; undefined if nothing is recorded. */
	keepUsage: (() => void) | undefined;
	/** Tokens of its prompt, where limits have counted or estimated them. */
	promptTokens: number | undefined;
	/** Its answer, if that is no text. */
	binaryAnswer: BinaryAnswer | undefined;
	/** The size of the file, or the part of one, that it has sent or fetched; undefined where there is none. */
	fileBytes: number | undefined;
	/** Its usage record's id, once that is needed. */
	usageId: string | undefined;
	/** Its usage; `usageOf` computes it. */
	usage: ExchangeUsage | undefined;
	/** The error that refused the request or broke its stream. */
	failure: GatewayError | undefined;
	/** The attempts of each of its calls; nearly all requests have one call. */
	#calls: (readonly Attempt[])[] = [];
	#body: JsonBody | undefined;
	#resolver: Resolver | undefined;
	#response: ServerResponse | undefined;
	#closedMs: number | undefined;
	#leaving: AbortController | undefined;
	#stopReason: GatewayError | undefined;
	#outlasting: (() => void) | undefined;
	readonly #whenClosed: (() => void)[] = [];
	#whenOver: ((ending: Ending) => void)[] = [];

	constructor(id: string) {
		this.id = id;
	}

	/** The request's JSON body, with the contract's defaults filled in once it is validated. */
	get body(): JsonBody | undefined {
		return this.#body;
	}

	/** Another body may ask for another model, so it is resolved first. @throws GatewayError if the caller may not use that */
	set body(body: JsonBody | undefined) {
		this.#resolver?.(this, body);
		this.#body = body;
	}

	/** Its attempts, in their order; those of each call together. */
	get attempts(): readonly Attempt[] {
		return this.#calls.length > 1 ? this.#calls.flat() : (this.#calls[0] ?? noAttempts);
	}

	/** How many calls have made its answer; 0 where no upstream was asked. */
	get callCount(): number {
		return this.#calls.length;
	}

	/** What the gateway has made it for; undefined for a client's own request. */
	get madeFor(): "background" | "batch" | "mcp" | undefined {
		if (this.task !== undefined) return "background";
		if (this.partOf === undefined) return undefined;
		return this.partOf.batch === undefined ? "mcp" : "batch";
	}

	/** How its client is sent a stream; undefined for events. */
	get framing(): ClientFraming | undefined {
		return this.operation?.dialect?.framing?.(this.query);
	}

	/** Has its model and route found, now and whenever its body is replaced. @throws GatewayError as the resolver does */
	resolveWith(resolver: Resolver): void {
		resolver(this, this.#body);
		this.#resolver = resolver;
	}

	/** The client's, with names in lower case. */
	get requestHeaders(): IncomingHttpHeaders {
		return this.#response?.req.headers ?? {};
	}

	/** Follows the response: when it is done, or the client has gone, nobody waits for the upstream any more. */
	follow(response: ServerResponse): void {
		this.#response = response;
		response.once("close", () => {
			if (this.#outlasting !== undefined) {
				if (!response.writableFinished) this.#outlasting();
			} else if (
				this.afterlife === undefined ||
				response.writableFinished ||
				!this.afterlife.leave(response.headersSent)
			)
				this.#close();
		});
	}

	/** The answer that has gone on without its client is over. */
	finish(isWhole: boolean): void {
		if (this.isClosed) return;
		this.hasOutlivedClient = isWhole;
		this.#close();
	}

	/**
	 * Lets it go on when its answer is given, as a call does.
	 *
	 * @param leave is called if the client has gone without its answer
	 * @returns ends it
	 */
	outlast(leave: () => void): () => void {
		this.#outlasting = leave;
		this.bodyHold?.release();
		return () => {
			if (!this.isClosed) this.#close();
		};
	}

	#close(): void {
		this.#closedMs = performance.now();
		if (this.answer?.isUnderWay) this.answer.cancel(clientGone());
		for (const listener of this.#whenClosed) listener();
		if (this.#whenOver.length > 0) afterwards(() => this.#tellOver());
	}

	/** The client has its answer or has gone: nothing more can be sent. */
	get isClosed(): boolean {
		return this.#closedMs !== undefined;
	}

	/** Aborted when nothing more can be sent. */
	get signal(): AbortSignal {
		if (this.#leaving === undefined) {
			const leaving = new AbortController();
			this.#leaving = leaving;
			this.onClose(() => leaving.abort(clientGone()));
		}
		return this.#leaving.signal;
	}

	/** Calls the listener when nothing more can be sent, which may be now. */
	onClose(listener: () => void): void {
		if (this.isClosed) listener();
		else this.#whenClosed.push(listener);
	}

	/** Calls the listener soon after that, for what nobody waits for; it costs less than `onClose`. */
	onOver(listener: (ending: Ending) => void): void {
		if (this.isClosed && this.#whenOver.length === 0) afterwards(() => this.#tellOver());
		this.#whenOver.push(listener);
	}

	/** The same, ahead of all that listen by `onOver`: what it finds out they can tell. */
	beforeOver(listener: (ending: Ending) => void): void {
		this.#whenOver.unshift(listener);
	}

	#tellOver(): void {
		const listeners = this.#whenOver;
		this.#whenOver = [];
		const ending = endingOf(this, this.#response as ServerResponse, this.#closedMs as number);
		for (const listener of listeners) listener(ending);
	}

	/** Of a session: an upstream has reported token counts. @returns why the session may not go on; undefined if it may */
	async used(): Promise<GatewayError | undefined> {
		this.keepUsage?.();
		return this.charge?.();
	}

	/** Ends it, whatever its client wants: an answer under way breaks off with the error, and none begins. */
	stop(reason: GatewayError): void {
		this.#stopReason = reason;
		this.answer?.cancel(reason);
	}

	/** Makes the call and takes over its answer. @throws GatewayError if no upstream answers, or the client has gone meanwhile. */
	pursue(pursuit: Call): Promise<ResponseStream> {
		this.task?.admitted();
		this.#calls = [];
		this.answer = this.#start(pursuit);
		return this.answer.started;
	}

	/**
	 * Makes one of the calls whose answers, put together, are its own.
	 *
	 * @param signal of its own answer, which ends the call with it
	 * @throws GatewayError if no upstream answers, or the signal's reason
	 */
	pursuePart(pursuit: Call, signal: AbortSignal): Promise<ResponseStream> {
		const answer = this.#start(pursuit);
		const cancel = () => answer.cancel(asGatewayError(signal.reason));
		if (signal.aborted) cancel();
		else signal.addEventListener("abort", cancel, { once: true });
		return answer.started;
	}

	#start(pursuit: Call): ResponseStream {
		const answer = pursuit.start();
		this.#calls.push(pursuit.attempts);
		if (this.isClosed) answer.cancel(clientGone());
		else if (this.#stopReason !== undefined) answer.cancel(this.#stopReason);
		return answer;
	}
}
