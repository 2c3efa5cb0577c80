/** What the gateway itself asks of an upstream that has a call: a session beside it, and its end. */
import type { Dispatcher } from "undici";
import type { SessionFormat } from "../../dialects/dialect.js";
import { openaiRealtime } from "../../dialects/openaiRealtime/index.js";
import { pathSegment } from "../../dialects/pathSegment.js";
import { asGatewayError, GatewayError } from "../../errors/gatewayError.js";
import type { IncomingHeaders } from "../headers.js";
import type { LimitedHandler } from "../limitedHandler.js";
import type { Upstream, UpstreamRequest } from "../upstream.js";
import { upstreamFailure } from "../upstreamFailure.js";
import type { OpenSession } from "./session.js";

/** Where a call is, and as whom its upstream is asked. */
export interface CallPlace {
	readonly upstream: Upstream;
	/** As the upstream names it. */
	readonly id: string;
	readonly requestId: string;
	/** Of the request that has begun the call. */
	readonly headers: IncomingHeaders;
	readonly clientCredentials: IncomingHeaders | undefined;
	readonly timeoutMs: number;
}

/** Rejects with a GatewayError; its status is the upstream's, where that has refused. */
export async function openSideband(place: CallPlace, format: SessionFormat): Promise<OpenSession> {
	const search = new URLSearchParams({ call_id: place.id });
	const session = { format, first: undefined };
	const answer = await ask(place, { method: "GET", path: `/realtime?${search}`, session });
	if (typeof answer !== "number") return answer;
	throw new GatewayError(answer, "The upstream gives no session beside its call.", { code: "call_not_watched" });
}

/** Rejects with a GatewayError if the upstream can't be asked; one that has refused doesn't have the call any more. */
export async function hangUp(place: CallPlace): Promise<void> {
	const status = await ask(place, { method: "POST", path: `/realtime/calls/${pathSegment(place.id)}/hangup` });
	if (typeof status === "number" && status >= 500)
		throw new GatewayError(502, `The upstream has answered ${status}.`, { code: "upstream_failed" });
}

/** @returns the session that was asked for, or the status of an answer */
function ask(
	{ upstream, requestId, headers, clientCredentials, timeoutMs }: CallPlace,
	asked: Pick<UpstreamRequest, "method" | "path" | "session">,
): Promise<OpenSession | number> {
	const { "content-type": _type, accept: _accept, ...own } = headers;
	const request = { ...asked, search: "", requestId, headers: own, clientCredentials };
	const facts = { dialect: openaiRealtime, model: undefined, isStream: false, isTranslated: false };
	return new Promise((resolve, reject) => {
		const path = upstream.pathOf(request, facts);
		const handler = new Asking(timeoutMs, resolve, reject);
		upstream.dispatch(request, undefined, handler, { path, isOwnForm: false, model: "", mayUseLine: false });
	});
}

class Asking implements LimitedHandler {
	readonly limits: LimitedHandler["limits"];
	readonly headers: LimitedHandler["headers"] = [];
	shown: LimitedHandler["shown"] = [];
	readonly #resolve: (answer: OpenSession | number) => void;
	readonly #reject: (error: GatewayError) => void;
	#status = 0;

	constructor(
		timeoutMs: number,
		resolve: (answer: OpenSession | number) => void,
		reject: (error: GatewayError) => void,
	) {
		this.limits = { firstByteMs: timeoutMs, idleMs: timeoutMs };
		this.#resolve = resolve;
		this.#reject = reject;
	}

	onSessionOpen(session: OpenSession): void {
		this.#resolve(session);
	}

	onRequestStart(): void {}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
		this.#status = status;
	}

	onResponseData(): void {}

	onResponseEnd(): void {
		this.#resolve(this.#status);
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#reject(asGatewayError(upstreamFailure(error, { ...this.limits, connectMs: this.limits.firstByteMs })));
	}
}
