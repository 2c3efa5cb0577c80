/** A call between an upstream and a client, past the gateway: a session beside it says what it uses, and limits end it. */
import { addCounts } from "../dialects/addCounts.js";
import type { Json } from "../dialects/dialect.js";
import { asGatewayError, GatewayError, gatewayStopping } from "../errors/gatewayError.js";
import type { OpenSession, SessionEnd, SessionSink, UsedSession } from "../upstream/lines/session.js";
import { closeCodes, type OpenSocket } from "./clientSocket.js";

/** A session beside a call is tried again so often, each time after twice as long. */
const mostTries = 4;
const firstPauseMs = 200;

export interface CallOwner {
	/** Rejects with a GatewayError; its status is the upstream's, where that has refused. */
	connect(): Promise<OpenSession>;
	/** Ends it at the upstream. Rejects with a GatewayError */
	hangUp(): Promise<void>;
	/** Tells the operator. */
	complain(line: string): void;
	/** It may not go on without being counted. */
	readonly isCounted: boolean;
	/** Notes what was used. @returns why the call may not go on; undefined if it may */
	used(): Promise<GatewayError | undefined>;
	/** @returns why it may not go on, as when its key is no more; undefined if it may */
	refusal(): GatewayError | undefined;
	/** Nothing more happens. @param failure undefined if either side has ended it in good order */
	over(failure: GatewayError | undefined): void;
}

export class CallWatch implements OpenSocket, SessionSink, UsedSession {
	readonly openedMs = performance.now();
	readonly isSession = true;
	readonly #owner: CallOwner;
	readonly #closed: (watch: CallWatch) => void;
	#session: OpenSession | undefined;
	/** Of sessions beside it that were lost. */
	#earlierUsage: Json | undefined;
	#model: string | undefined;
	/** There was a session beside it. */
	#isKnown = false;
	#tries = 0;
	#timer: NodeJS.Timeout | undefined;
	#ending: Promise<void> | undefined;

	/** @param closed is called when it is over */
	constructor(owner: CallOwner, closed: (watch: CallWatch) => void) {
		this.#owner = owner;
		this.#closed = closed;
	}

	/** Opens the session beside it. */
	start(): void {
		this.#owner.connect().then(
			(session) => this.#opened(session),
			(error: unknown) => this.#refused(asGatewayError(error)),
		);
	}

	/** Ends the call. Resolves when the upstream has been told. */
	stop(failure: GatewayError | undefined): Promise<void> {
		this.#ending ??= this.#hangUp(failure);
		return this.#ending;
	}

	get usage(): Json | undefined {
		const usage = this.#session?.usage;
		return usage === undefined ? this.#earlierUsage : addCounts(this.#earlierUsage, usage);
	}

	get model(): string | undefined {
		return this.#session?.model ?? this.#model;
	}

	// For the session beside it.

	frame(): boolean {
		this.#tries = 0;
		return true;
	}

	used(): void {
		this.#owner.used().then(
			(refusal) => refusal && this.stop(refusal),
			(error: unknown) => this.stop(asGatewayError(error)),
		);
	}

	drained(): void {}

	closed({ code, error }: SessionEnd): void {
		this.#leaveSession();
		if (this.#ending !== undefined) return;
		if (error === undefined && code === closeCodes.normal) this.#over(undefined);
		else if (error?.code === "gateway_stopping") void this.stop(error);
		else this.#tryLater();
	}

	// For the worker.

	/** It is left until the worker's deadline. */
	drain(): void {}

	expire(): void {
		void this.stop(undefined);
	}

	cut(): void {
		void this.stop(gatewayStopping());
	}

	ping(): boolean {
		this.#session?.ping();
		return true;
	}

	checkArrival(): void {}

	checkKey(): void {
		const refusal = this.#ending === undefined ? this.#owner.refusal() : undefined;
		if (refusal !== undefined) void this.stop(refusal);
	}

	#opened(session: OpenSession): void {
		if (this.#ending !== undefined) {
			session.close(closeCodes.normal, "");
			return;
		}
		this.#isKnown = true;
		this.#session = session;
		session.pipe(this);
	}

	#refused(error: GatewayError): void {
		if (this.#ending !== undefined) return;
		if (this.#isKnown && (error.status === 404 || error.status === 410)) this.#over(undefined);
		else if (this.#tries < mostTries) this.#tryLater();
		else if (this.#owner.isCounted) void this.stop(notCounted());
		else {
			this.#owner.complain("goes on without being counted, since its upstream gives no session beside it");
			this.#over(undefined);
		}
	}

	#tryLater(): void {
		this.#timer = setTimeout(() => this.start(), firstPauseMs * 2 ** this.#tries);
		this.#tries += 1;
	}

	async #hangUp(failure: GatewayError | undefined): Promise<void> {
		await this.#owner
			.hangUp()
			.catch(() => this.#owner.hangUp())
			.catch((error: unknown) => this.#owner.complain(`could not be ended: ${asGatewayError(error).message}`));
		this.#over(failure);
	}

	#over(failure: GatewayError | undefined): void {
		this.#ending ??= Promise.resolve();
		clearTimeout(this.#timer);
		this.#session?.close(closeCodes.normal, "");
		this.#leaveSession();
		this.#closed(this);
		this.#owner.over(failure);
	}

	#leaveSession(): void {
		this.#earlierUsage = this.usage;
		this.#model = this.model;
		this.#session = undefined;
	}
}

function notCounted(): GatewayError {
	return new GatewayError(502, "The upstream does not say what the call uses, and limits hold for it.", {
		code: "call_not_watched",
	});
}
