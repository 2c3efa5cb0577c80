/** What a session over a WebSocket begins with: its handshake, or its first frame, names the model, and stands for a body. */
import type { JsonBody } from "../contract/defaults.js";
import type { SessionExtension } from "../contract/operation.js";
import type { Json, SessionFormat } from "../dialects/dialect.js";
import { modelOfSetup } from "../dialects/geminiLive/session.js";
import { asGatewayError, clientGone, GatewayError, internalFailure } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { Caller } from "../keys/caller.js";
import { type ClientSecret, mayBeClientSecret, openClientSecret } from "../keys/clientSecrets.js";
import { credentialsIn } from "../keys/credentials.js";
import type { KeyTable } from "../keys/keyTable.js";
import type { HandshakeResponse } from "../sockets/handshake.js";
import { withStatus } from "../store/storeFailure.js";
import { handshakeCheck } from "./checkedHandshake.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const realtime = defineLink({
	name: "realtime",
	stage: "validated",
	middleware: (gateway) => {
		const { settings, sockets } = gateway;
		const check = handshakeCheck(settings);
		const begin: Record<SessionExtension, Beginning> = { query: byQuery, "first-frame": byFirstFrame };
		return async (ctx, next) => {
			const session = ctx.state.exchange.operation?.session;
			if (session === undefined) return next();
			const { response, client } = check(ctx, "connect to it with a realtime client");
			await sockets.takePlace(client, ctx.req.socket);
			return begin[session](ctx, gateway, response, next);
		};
	},
});

type Beginning = (
	ctx: GatewayContext,
	gateway: GatewayServices,
	response: HandshakeResponse,
	next: () => Promise<unknown>,
) => Promise<unknown>;

/** The query names the model, or the client secret's session does. */
async function byQuery(
	ctx: GatewayContext,
	{ seals }: GatewayServices,
	response: HandshakeResponse,
	next: () => Promise<unknown>,
): Promise<void> {
	const { exchange } = ctx.state;
	const { model: named, deployment } = exchange.query;
	const secret = takeClientSecret(ctx, seals);
	const model = named ?? deployment ?? secret?.session.model;
	exchange.body = bodyOf(model === undefined ? {} : { model });
	if (secret !== undefined) response.first = Buffer.from(JSON.stringify(updateOf(secret)));
	await next();
}

/** @returns the secret that the client has shown, which is good for nothing at an upstream. @throws GatewayError 401 for one that is not valid */
function takeClientSecret({ req }: GatewayContext, seals: GatewayServices["seals"]): ClientSecret | undefined {
	for (const [header, credential] of [...credentialsIn(req.headers)]) {
		if (!mayBeClientSecret(credential)) continue;
		const secret = openClientSecret(credential, seals);
		if (secret === undefined) continue;
		delete req.headers[header];
		if (secret.expiresAt > Date.now()) return secret;
		throw new GatewayError(401, "This client secret has expired.", { code: "invalid_api_key" });
	}
	return undefined;
}

function updateOf({ session: { model: _model, ...session } }: ClientSecret): Json {
	return { type: "session.update", session };
}

/** The connection is opened ahead of all checks but those of the key, since only what the client says then names the model. */
async function byFirstFrame(
	ctx: GatewayContext,
	gateway: GatewayServices,
	response: HandshakeResponse,
	next: () => Promise<unknown>,
): Promise<void> {
	const { settings, complain } = gateway;
	const { exchange } = ctx.state;
	ctx.respond = false;
	const session = openClientSession(gateway, ctx, response);
	try {
		const frame = await session.first(settings.requestTimeoutMs);
		const json = parseObject(frame.toString());
		const model = json && modelOfSetup(json);
		if (json === undefined || model === undefined)
			throw new GatewayError(400, "The first frame must be a 'setup' that names its model.", { code: "invalid_setup" });
		response.first = frame;
		exchange.body = bodyOf({ model });
		await next();
	} catch (thrown) {
		const error = asGatewayError(withStatus(thrown));
		if (error.status === 500 && !exchange.isClosed) complain(internalFailure(exchange.id, error));
		session.fail(error);
	}
}

/** Completes the handshake: the connection is the client's side of a session, and its request lasts as long. @throws GatewayError 499 */
export function openClientSession(
	{ sockets, keys }: GatewayServices,
	ctx: GatewayContext,
	response: HandshakeResponse,
) {
	const { exchange } = ctx.state;
	const { head } = response;
	const headers = response.getHeaders();
	const session = sockets.openSession(
		{ request: ctx.req, socket: response.keep(), head, headers },
		{
			format: exchange.operation?.dialect?.session as SessionFormat,
			refusal: () => exchange.caller && endOfKey(exchange.caller, keys.table),
			over(failure) {
				exchange.failure ??= failure;
				response.over();
			},
		},
	);
	response.session = session;
	if (session !== undefined) return session;
	response.over();
	throw clientGone();
}

/** A session is no longer good than its key: others are asked for theirs with each request. */
function endOfKey({ keyId }: Caller, table: KeyTable): GatewayError | undefined {
	if (!keyId.startsWith("key_") || !table.isKnown) return undefined;
	const found = table.findById(keyId);
	if (found === undefined)
		return new GatewayError(401, "The key of this session was revoked.", { code: "invalid_api_key" });
	if (found.endsAt > Date.now()) return undefined;
	return new GatewayError(401, "The key of this session has expired.", { code: "expired_api_key" });
}

function bodyOf(json: Json): JsonBody {
	return { json, bytes: Buffer.from(JSON.stringify(json)) };
}
