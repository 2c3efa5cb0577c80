/** Realtime sessions: the connection to an upstream, and secrets with which browsers may open one. */
import { randomBytes } from "node:crypto";
import type { Json } from "../dialects/dialect.js";
import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import { type SessionEvent, sealClientSecret } from "../keys/clientSecrets.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { openClientSession } from "../middleware/realtime.js";
import type { Route } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import { HandshakeResponse } from "../sockets/handshake.js";
import { pinnedTo } from "./askUpstream.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";

type Schemas = components["schemas"];
type Ids =
	| "connectRealtime"
	| "connectGeminiLive"
	| "createRealtimeClientSecret"
	| "createRealtimeSession"
	| "createRealtimeTranscriptionSession";

const usualSeconds = 600;
/** Browsers send it in a header, of which servers take no more than some KB. */
const longestSecret = 8 * 1024;

export function realtimeHandlers(gateway: GatewayServices): Pick<Handlers, Ids> {
	const connect = (ctx: GatewayContext) => connectSession(gateway, ctx);
	return {
		connectRealtime: connect,
		connectGeminiLive: connect,
		createRealtimeClientSecret(ctx) {
			const body = (ctx.state.exchange.body?.json ?? {}) as Schemas["CreateRealtimeClientSecretRequest"];
			const session = { type: "realtime", ...body.session };
			const secret = newSecret(gateway, ctx, { session, seconds: body.expires_after?.seconds });
			return { ...secret, session: { ...session, ...ownMembers() } };
		},
		createRealtimeSession(ctx) {
			const { session, seconds } = betaSession(ctx);
			return { ...session, ...ownMembers(), client_secret: newSecret(gateway, ctx, { session, seconds }) };
		},
		createRealtimeTranscriptionSession(ctx) {
			const { session, seconds } = betaSession(ctx);
			const event = "transcription_session.update";
			const secret = newSecret(gateway, ctx, { session, seconds, event });
			return { ...session, ...ownMembers("transcription_session"), client_secret: secret };
		},
	};
}

/** The session that a request of the beta is, and how long its secret is good for. */
function betaSession({ state: { exchange } }: GatewayContext): { session: Json; seconds: number | undefined } {
	const { client_secret: secret, ...session } = (exchange.body?.json ?? {}) as Schemas["CreateRealtimeSessionRequest"];
	return { session, seconds: secret?.expires_after?.seconds ?? secret?.expires_at?.seconds };
}

interface SecretRequest {
	readonly session: Json;
	/** How long it is good for. */
	readonly seconds: number | undefined;
	readonly event?: SessionEvent;
}

/** Opens the session upstream, then the client's if that is not open yet, and joins the two. */
async function connectSession(gateway: GatewayServices, ctx: GatewayContext): Promise<undefined> {
	const { exchange } = ctx.state;
	const { operation, facts, call } = exchange;
	const format = operation?.dialect?.session;
	const response = ctx.res;
	if (format === undefined || !(response instanceof HandshakeResponse)) throw new Error("sessions need a handshake");
	const first = response.first && { frame: response.first, isBinary: false };
	const path = `${operation?.upstreamPath}${operation?.session === "query" ? ctx.search : ""}`;
	if (call !== undefined) exchange.pinned = pinnedTo(call, exchange.route as Route);
	const read = call === undefined ? format : { ...format, usageIn: nothingUsed };
	await forward(gateway, ctx, { path, search: "", session: { format: read, first } });
	const attempt = exchange.attempts.findLast(({ isChosen }) => isChosen);
	if (attempt?.session === undefined) {
		if (response.session === undefined) return undefined;
		throw exchange.attempts.at(-1)?.fault?.error ?? new GatewayError(502, "The upstream takes no sessions.");
	}
	ctx.respond = false;
	const session = response.session ?? openClientSession(gateway, ctx, response);
	session.join({
		upstream: attempt.session,
		model: sentModel(attempt.target, facts?.model),
		charge: () => exchange.used(),
	});
	return undefined;
}

/** The request that has begun the call counts what it uses. */
const nothingUsed = () => undefined;

/** @throws GatewayError 400 for a configuration that is too long; 403 and 404 for a model that its caller may not use, or nobody has */
function newSecret(
	{ seals, upstreams: { routes } }: GatewayServices,
	{ state: { exchange } }: GatewayContext,
	{ session, seconds = usualSeconds, event = "session.update" }: SecretRequest,
): { value: string; expires_at: number } {
	const { caller } = exchange;
	const model = typeof session.model === "string" ? session.model : undefined;
	if (model !== undefined) caller?.checkModel(routes.nameOf(model));
	if (model !== undefined && routes.find(model) === undefined)
		throw notFound(`The model '${model}' does not exist.`, "model_not_found", "session.model");
	const expiresAt = Math.floor(Date.now() / 1000) + seconds;
	const identity = caller?.identity;
	const keyId = identity === undefined ? caller?.keyId : undefined;
	const value = sealClientSecret({ keyId, identity, expiresAt: expiresAt * 1000, session, event }, seals);
	if (value.length > longestSecret)
		throw new GatewayError(
			400,
			"The session's configuration is too long for a client secret: send it as 'session.update'.",
			{
				code: "session_too_long",
				param: "session",
			},
		);
	return { value, expires_at: expiresAt };
}

function ownMembers(kind = "session"): { object: string; id: string } {
	return { object: `realtime.${kind}`, id: `sess_${randomBytes(12).toString("hex")}` };
}
