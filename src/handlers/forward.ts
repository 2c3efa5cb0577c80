/** Forwards an operation to the AI host, at the path that the contract's `x-upstream` names. */
import { resolveExchange } from "../admission/resolution.js";
import type { JsonBody } from "../contract/defaults.js";
import type { Dialect, Json } from "../dialects/dialect.js";
import { pathSegment } from "../dialects/pathSegment.js";
import { clientGone } from "../errors/gatewayError.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Route } from "../settings/routes.js";
import { TurnRequest } from "../sockets/turnMessages.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { Call } from "../upstream/call.js";
import type { SessionRequest } from "../upstream/lines/session.js";
import type { Passing } from "../upstream/passing.js";
import { requestedChoices } from "../upstream/routing/choices.js";
import type { RequestFacts } from "../upstream/routing/facts.js";

export interface Forwarding {
	/** Below the upstream's base path; without it the operation's own `x-upstream`. */
	readonly path?: string;
	/** The query that goes with it; without it the client's own. */
	readonly search?: string;
	/** In place of the operation's. */
	readonly method?: string;
	/** Nobody reads what passes. */
	readonly passing?: Passing;
	/** Only upstreams that speak such a dialect serve the operation. */
	readonly isServedBy?: (dialect: Dialect) => boolean;
	/** Files of a form, as members of a translated request. */
	readonly files?: Json;
	/** Asks for a session over a WebSocket in place of an answer. */
	readonly session?: SessionRequest;
	/** One of several calls whose answers make the client's. */
	readonly part?: RequestPart;
}

export interface RequestPart {
	/** In place of the request's. */
	readonly body: JsonBody;
	/** Ends the call when it is aborted, with its reason. */
	readonly signal: AbortSignal;
}

/**
 * Sends the client's request where its route says, and waits until it is certain who answers.
 *
 * @throws GatewayError 404 if no route takes the request, 502 to 504 if no upstream can be reached or answers in time
 */
export async function forward(
	{ upstreams, settings }: GatewayServices,
	ctx: GatewayContext,
	{ path, search, method, passing, isServedBy, files, session, part }: Forwarding = {},
): Promise<ResponseStream> {
	const { exchange } = ctx.state;
	const { operation } = exchange;
	const body = part?.body ?? exchange.body;
	if (operation === undefined) throw new Error("forwarding needs an operation");
	if (exchange.isClosed) throw clientGone();
	// Lists of models are resolved only if they are forwarded.
	if (exchange.facts === undefined) resolveExchange(exchange, body, upstreams.routes);
	const facts = exchange.facts as unknown as RequestFacts;
	const pursuit = new Call(upstreams, {
		route: exchange.route as Route,
		facts,
		pinned: exchange.pinned,
		method: method ?? operation.method,
		passing,
		path: path ?? upstreamPath(ctx),
		search: search ?? ctx.search,
		requestId: exchange.id,
		receivedMs: exchange.receivedMs,
		headers: facts.headers,
		clientCredentials: exchange.clientCredentials,
		session,
		turn: ctx.req instanceof TurnRequest ? ctx.req.turn : undefined,
		body,
		form: exchange.form,
		files,
		firstByteMs: operation.timeoutMs,
		dialect: operation.dialect,
		isServedBy,
		choices: requestedChoices(body?.json),
		promptTokens: exchange.promptTokens,
		asksUsage: settings.usage && body !== undefined,
		trace: exchange.trace,
		gate: exchange.gate,
		given: exchange.given,
	});
	return await (part === undefined ? exchange.pursue(pursuit) : exchange.pursuePart(pursuit, part.signal));
}

/** `x-upstream` with the request's path parameters in it, each escaped as one segment. */
function upstreamPath(ctx: GatewayContext): string {
	const path = ctx.state.exchange.operation?.upstreamPath ?? "";
	return path.replace(/\{([^}]+)\}/g, (_all, name: string) => pathSegment(ctx.params[name] ?? ""));
}
