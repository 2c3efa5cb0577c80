/** Who calls? By a key or a token, as the contract's `security` says; who has no key passes only where there are none. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { type Caller, callerOf } from "../keys/caller.js";
import { openClientSecret } from "../keys/clientSecrets.js";
import { bearerIn, credentialsIn, ownHeader } from "../keys/credentials.js";
import type { TokenCheck } from "../keys/identityTokens.js";
import { isTokenOf } from "../keys/issuerOf.js";
import type { Found, KeyTable } from "../keys/keyTable.js";
import { passPrefix } from "../keys/passes/pass.js";
import { hashOf } from "../keys/secret.js";
import { isLoopback, isLoopbackName, nameOf } from "../settings/loopback.js";
import type { Settings } from "../settings/settings.js";
import type { Actor } from "../store/keyTypes.js";
import { credentialHeaders } from "../upstream/headers.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const authenticate = defineLink({
	name: "authenticate",
	stage: "authenticated",
	middleware: (gateway) => {
		const { settings, keys } = gateway;
		const ownAdminHash = settings.adminKey === undefined ? undefined : hashOf(settings.adminKey);
		const tokens = tokenCheckOf(settings);
		const isClosed = settings.requireKeys || settings.auth !== undefined;
		const isOpenUnread = isLoopback(settings.bindip);
		const maybeOpen = settings.localAdmin && isOpenUnread && !isClosed && settings.trustedProxies === 0;
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const access = exchange.operation?.access ?? "key";
			if (access === "public") return next();
			if (exchange.partOf !== undefined) {
				exchange.caller = exchange.partOf.caller;
				exchange.formerCredential = exchange.partOf.formerCredential;
				exchange.clientCredentials = exchange.partOf.clientCredentials;
				return next();
			}
			if (exchange.task !== undefined) {
				exchange.caller = exchange.task.caller;
				exchange.clientCredentials = exchange.task.clientCredentials;
				return next();
			}
			const { table } = keys;
			if (access === "admin") {
				exchange.actor = ownAdminHash === undefined ? passHolder(ctx, gateway) : undefined;
				if (exchange.actor) return next();
				if (ownAdminHash === undefined && !table.isKnown) throw unread();
				const adminHash = ownAdminHash ?? table.adminHash;
				if (maybeOpen && !table.hasKeys && adminHash === undefined && readsFromHere(ctx)) return next();
				exchange.actor = administrator(ctx, adminHash);
				return next();
			}
			if (exchange.operation?.admitsAdministrators) {
				if (ownAdminHash === undefined) exchange.actor = passHolder(ctx, gateway);
				exchange.actor ??= administratorIn(ctx, ownAdminHash ?? table.adminHash);
				if (exchange.actor) return next();
			}
			if (!isClosed && !table.hasKeys) {
				if (!table.isKnown && !isOpenUnread) throw unread();
				return next();
			}
			const isOwn = (credential: string) => isOfGateway(credential, gateway, ownAdminHash);
			const admitted = callerByKey(ctx, gateway, isOwn);
			if (admitted) return admit(ctx, gateway, admitted, next);
			return callerByToken(ctx, table, tokens, isOwn).then((caller) => admit(ctx, gateway, caller, next));
		};
	},
});

function admit(ctx: GatewayContext, { keyUsage }: GatewayServices, caller: Caller, next: () => Promise<unknown>) {
	const { exchange } = ctx.state;
	caller.checkAddress(exchange.clientAddress);
	caller.checkPermission(exchange.operation?.permission ?? "api");
	exchange.caller = caller;
	if (caller.keyId.startsWith("key_")) keyUsage.note(caller.keyId);
	return next();
}

/** @throws GatewayError 401 for a key that has ended */
function callerByKey(ctx: GatewayContext, gateway: GatewayServices, isOwn: IsOwn): Caller | undefined {
	const { table } = gateway.keys;
	const { headers } = ctx.req;
	const { exchange } = ctx.state;
	let ended: GatewayError | undefined;
	for (const [header, credential] of credentialsIn(headers)) {
		const found = table.find(hashOf(credential)) ?? callerOfClientSecret(exchange, credential, gateway);
		if (found === undefined) continue;
		if (found.endsAt <= Date.now()) {
			ended = found.isOldSecret ? unauthorized() : expired();
			continue;
		}
		if (header === ownHeader) exchange.clientCredentials = othersIn(headers, isOwn);
		else if (header !== "authorization") exchange.formerCredential = bearerIn(headers);
		return found.caller;
	}
	if (ended) throw ended;
	return undefined;
}

/** Whom a client secret was made for: it opens realtime sessions and calls, and nothing else. */
function callerOfClientSecret(
	{ operation }: Exchange,
	credential: string,
	{ keys: { table }, seals, settings }: GatewayServices,
): Found | undefined {
	if (operation?.dialect?.session === undefined) return undefined;
	const secret = openClientSecret(credential, seals);
	if (secret === undefined) return undefined;
	const { keyId, identity, expiresAt } = secret;
	if (identity !== undefined && settings.auth !== undefined)
		return { caller: callerOf(identity), endsAt: expiresAt, isOldSecret: false };
	const found = keyId === undefined ? undefined : table.findById(keyId);
	return found && { ...found, endsAt: Math.min(found.endsAt, expiresAt) };
}

async function callerByToken(
	ctx: GatewayContext,
	table: KeyTable,
	tokens: Promise<TokenCheck> | undefined,
	isOwn: IsOwn,
): Promise<Caller> {
	const { headers } = ctx.req;
	const given = [...credentialsIn(headers)];
	const check = await tokens;
	const [header, token] = (check && given.find(([, credential]) => check.isToken(credential))) ?? [];
	if (check && token !== undefined) {
		const caller = await check.check(token);
		if (header === ownHeader) ctx.state.exchange.clientCredentials = othersIn(headers, isOwn);
		return caller;
	}
	if (!table.isKnown) throw unread();
	throw given.length > 0 ? unauthorized() : missing();
}

type IsOwn = (credential: string) => boolean;

/** Whether a credential is one of this gateway's, which is never to reach an upstream. */
function isOfGateway(
	credential: string,
	{ keys, settings, seals }: GatewayServices,
	adminHash: string | undefined,
): boolean {
	const hash = hashOf(credential);
	if (keys.table.find(hash) !== undefined || hash === (adminHash ?? keys.table.adminHash)) return true;
	if (credential.startsWith(passPrefix) || openClientSecret(credential, seals) !== undefined) return true;
	return settings.auth !== undefined && isTokenOf(credential, settings.auth.issuer);
}

/** The credential headers that hold none of the gateway's own. */
function othersIn(headers: IncomingHttpHeaders, isOwn: IsOwn): IncomingHttpHeaders {
	const others: IncomingHttpHeaders = {};
	for (const name of credentialHeaders) {
		const value = headers[name];
		if (typeof value === "string" && !isOwn(value.replace(/^bearer( +|$)/i, "").trim())) others[name] = value;
	}
	return others;
}

/** @throws GatewayError 401. What is compared are hashes, in a time that is the same for all. */
function administrator(ctx: GatewayContext, adminHash: string | undefined): Actor {
	const actor = administratorIn(ctx, adminHash);
	if (actor) return actor;
	throw refused(
		adminHash === undefined
			? "This gateway has no credential for administrators. Start it with LLMW_ADMIN_KEY, or with --require-keys, which makes one. On its own machine none is needed: llmw ui prints a link to the dashboard, and llmw keys works as it is."
			: "This needs the administrator's credential as a bearer token.",
		"invalid_admin_key",
	);
}

/**
 * With `--local-admin` whoever sits at this machine may look without a credential. A page from elsewhere does not
 * (`localNames.ts`), nor whoever a proxy speaks for. Proxies give themselves away by headers that a local client has no
 * reason to send, or by an old version of HTTP; but not all do, which is why this has to be asked for.
 */
function readsFromHere({ req, state: { exchange } }: GatewayContext): boolean {
	const { headers, httpVersion, socket } = req;
	if (exchange.operation?.method !== "GET" || !credentialsIn(headers).next().done) return false;
	if (httpVersion !== "1.1" || !isLoopback(socket.remoteAddress ?? "")) return false;
	const { host = "", origin, "sec-fetch-site": site = "none" } = headers;
	if (!isLoopbackName(nameOf(host)) || (site !== "none" && site !== "same-origin")) return false;
	if (origin !== undefined && origin !== `http://${host}`) return false;
	return !Object.keys(headers).some((name) => proxySign.test(name));
}

/** Header fields by which proxies, load balancers and content networks say that a request is another's. */
const proxySign = new RegExp(
	[
		"^(forwarded|via|cdn-loop|client-ip|true-client-ip|max-forwards)$",
		"^x-(forwarded|real|client|cluster|original|remote|proxy|scheme|host|request-start|b3)(-|$)",
		"^(x-(appengine|azure|arr|amz|amzn|envoy|vercel|nf|goog)|cf|fly|fastly|akamai|ngrok|tailscale|do-connecting|proxy)-",
	].join("|"),
);

/** The user that the gateway runs as, on its own machine. */
function passHolder(ctx: GatewayContext, { passes }: GatewayServices): Actor | undefined {
	if (passes === undefined) return undefined;
	for (const [, credential] of credentialsIn(ctx.req.headers)) {
		if (!credential.startsWith(passPrefix)) continue;
		const holder = passes.holderOf(credential);
		if (holder !== undefined) return actorOf(ctx, `local:${holder}`);
	}
	return undefined;
}

function actorOf({ state: { exchange } }: GatewayContext, name: string): Actor {
	return { name, address: exchange.clientAddress, requestId: exchange.id };
}

/** Nobody, where it isn't one. */
function administratorIn(ctx: GatewayContext, adminHash: string | undefined): Actor | undefined {
	for (const [, credential] of credentialsIn(ctx.req.headers)) {
		const hash = hashOf(credential);
		if (adminHash === undefined || !timingSafeEqual(Buffer.from(hash), Buffer.from(adminHash))) continue;
		return actorOf(ctx, `admin:${hash.slice(0, 8)}`);
	}
	return undefined;
}

function tokenCheckOf({ auth }: Settings): Promise<TokenCheck> | undefined {
	if (auth === undefined) return undefined;
	const check = import("../keys/identityTokens.js").then(({ createTokenCheck }) => createTokenCheck(auth));
	// The error reaches whoever awaits it.
	check.catch(() => {});
	return check;
}

function refused(message: string, code: string): GatewayError {
	return new GatewayError(401, message, { code, headers: { "www-authenticate": "Bearer" } });
}

function missing(): GatewayError {
	return refused(
		"You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
		"invalid_api_key",
	);
}

/** The key itself is not repeated: answers end up in logs. */
function unauthorized(): GatewayError {
	return refused("Incorrect API key provided.", "invalid_api_key");
}

function expired(): GatewayError {
	return refused("This API key has expired.", "expired_api_key");
}

function unread(): GatewayError {
	return new GatewayError(503, "The gateway's store can't be read, so that keys can't be checked.", {
		code: "store_unavailable",
		headers: { "retry-after": "5" },
	});
}
