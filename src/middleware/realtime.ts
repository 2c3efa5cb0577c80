/** What a session over a WebSocket begins with: its handshake, or its first frame, names the model, and stands for a body. */
import type { JsonBody } from "../contract/defaults.js";
import type { SessionExtension } from "../contract/operation.js";
import type { Json, SessionFormat } from "../dialects/dialect.js";
import { modelOfSetup } from "../dialects/geminiLive/session.js";
import { asGatewayError, clientGone, GatewayError, internalFailure } from "../errors/gatewayError.js";
import { foldCase } from "../json/memberNames.js";
import { parseObject } from "../json/parseObject.js";
import { type ClientSecret, takeClientSecret } from "../keys/clientSecrets.js";
import { endOfKey } from "../keys/endOfKey.js";
import { ownerOf } from "../keys/owner.js";
import type { HandshakeResponse } from "../sockets/handshake.js";
import { ownCall } from "../sockets/ownCall.js";
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
		const open = async (ctx: GatewayContext, session: SessionExtension, next: () => Promise<unknown>) => {
			const { response, client } = check(ctx, "connect to it with a realtime client");
			await sockets.takePlace(client, ctx.req.socket);
			return begin[session](ctx, gateway, response, next);
		};
		return (ctx, next) => {
			const session = ctx.state.exchange.operation?.session;
			return session === undefined ? next() : open(ctx, session, next);
		};
	},
});

/** Clients can make up names of any length. */
const maxParamCharacters = 200;

type Beginning = (
	ctx: GatewayContext,
	gateway: GatewayServices,
	response: HandshakeResponse,
	next: () => Promise<unknown>,
) => Promise<unknown>;

/** The query names the model, or the call that has one, or the client secret's session does. */
async function byQuery(
	ctx: GatewayContext,
	{ seals, store }: GatewayServices,
	response: HandshakeResponse,
	next: () => Promise<unknown>,
): Promise<void> {
	const { exchange } = ctx.state;
	refuseMisspelt(ctx.query);
	const { model: named, deployment, call_id: id } = exchange.query;
	const secret = takeClientSecret(ctx.req.headers, seals);
	if (typeof id === "string") {
		exchange.call = await ownCall(store.calls, ownerOf(ctx), id);
		const { model } = exchange.call;
		exchange.body = bodyOf(model === undefined ? {} : { model });
		return next() as Promise<void>;
	}
	const model = named ?? deployment ?? secret?.session.model;
	exchange.body = bodyOf(model === undefined ? {} : { model });
	if (secret !== undefined) response.first = Buffer.from(JSON.stringify(updateOf(secret)));
	await next();
}

/** What a session is, and whose call it is beside. */
const deciding = ["model", "deployment", "call_id"];

/** Some upstreams ignore the case of names, and would read another model, or another's call. @throws GatewayError 400 */
function refuseMisspelt(query: NodeJS.Dict<unknown>): void {
	for (const name of Object.keys(query)) {
		const known = deciding.find((one) => one === foldCase(name));
		if (known === undefined || known === name) continue;
		const param = name.slice(0, maxParamCharacters);
		throw new GatewayError(400, `Unknown parameter: '${param}'. Its name must be written exactly '${known}'.`, {
			code: "unknown_parameter",
			param,
		});
	}
}

function updateOf({ event, session: { model: _model, ...session } }: ClientSecret): Json {
	return { type: event, session };
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
	takeClientSecret(ctx.req.headers, gateway.seals);
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

function bodyOf(json: Json): JsonBody {
	return { json, bytes: Buffer.from(JSON.stringify(json)) };
}
