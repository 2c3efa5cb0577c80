/** One client's request as it lives: logs, limits and, later, metrics are views of it. */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { JsonBody } from "../contract/defaults.js";
import type { Operation } from "../contract/operation.js";
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Caller } from "../keys/caller.js";
import type { Route } from "../settings/routes.js";
import type { Actor } from "../store/keyTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "../upstream/attempt.js";
import type { Call } from "../upstream/call.js";
import type { AttemptTracer } from "../upstream/callRequest.js";
import type { Gate } from "../upstream/gate.js";
import type { RequestFacts } from "../upstream/routing/facts.js";
import { afterwards } from "./afterwards.js";
import type { BodyHold } from "./bodyBudget.js";
import { type Ending, endingOf } from "./outcome.js";
import type { ExchangeUsage } from "./usage.js";

/** Sets the model and the route of an exchange that gets this body. @throws GatewayError if the caller may not use them */
export type Resolver = (exchange: Exchange, body: JsonBody | undefined) => void;

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
	/** Its body's share of the memory for bodies, until it is over. */
	bodyHold: BodyHold | undefined;
	/** The upstream's answer; plugins of the `upstream` stage may add transforms and observers to it. */
	answer: ResponseStream | undefined;
	/** Changes the answer's framing, after all else that changes it. */
	beforeDelivery: ((answer: ResponseStream) => void) | undefined;
	/** The model it asks for, once it is resolved; undefined if it names none. */
	model: string | undefined;
	/** The configuration's route for that model, once it is resolved and the caller may use it. */
	route: Route | undefined;
	/** The facts that the choice of an upstream depends on, once it is resolved. */
	facts: RequestFacts | undefined;
	/** Limits have let it pass, for its model: that can't be changed any more. */
	isAdmitted = false;
	/** Its attempts, in their order. */
	attempts: readonly Attempt[] = [];
	/** Plugins' notes about the request, for logs: `{ tenant: "acme" }`. */
	readonly tags: Record<string, string> = {};
	/** Traces its attempts; undefined if they aren't traced. */
	trace: AttemptTracer | undefined;
	/** The limits of upstreams; undefined if they have none. */
	gate: Gate | undefined;
	/** Tokens of its prompt, where limits have counted or estimated them. */
	promptTokens: number | undefined;
	/** Its usage; `usageOf` computes it. */
	usage: ExchangeUsage | undefined;
	/** The error that refused the request or broke its stream. */
	failure: GatewayError | undefined;
	#body: JsonBody | undefined;
	#resolver: Resolver | undefined;
	#response: ServerResponse | undefined;
	#closedMs: number | undefined;
	#leaving: AbortController | undefined;
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
			this.#closedMs = performance.now();
			if (this.answer?.isUnderWay) this.answer.cancel(clientGone());
			for (const listener of this.#whenClosed) listener();
			if (this.#whenOver.length > 0) afterwards(() => this.#tellOver());
		});
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

	#tellOver(): void {
		const listeners = this.#whenOver;
		this.#whenOver = [];
		const ending = endingOf(this, this.#response as ServerResponse, this.#closedMs as number);
		for (const listener of listeners) listener(ending);
	}

	/** Makes the call and takes over its answer. @throws GatewayError if no upstream answers, or the client has gone meanwhile. */
	pursue(pursuit: Call): Promise<ResponseStream> {
		const answer = pursuit.start();
		this.answer = answer;
		this.attempts = pursuit.attempts;
		if (this.isClosed) answer.cancel(clientGone());
		return answer.started;
	}
}
