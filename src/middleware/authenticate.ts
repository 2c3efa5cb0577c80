/** Who calls? By a key or a token, as the contract's `security` says; who has no key passes only where there are none. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../contract/gatewayError.js";
import { isLoopback } from "../contract/loopback.js";
import type { Settings } from "../contract/settings.js";
import type { Caller } from "../keys/caller.js";
import type { KeyTable } from "../keys/keyTable.js";
import { hashOf } from "../keys/secret.js";
import type { TokenCheck } from "../keys/tokens.js";
import { definePlugin, type GatewayContext, type GatewayServices } from "../plugin.js";
import type { Actor } from "../store/keys.js";

export const authenticate = definePlugin({
	name: "authenticate",
	stage: "authenticated",
	middleware: (_options, gateway) => {
		const { settings, keys } = gateway;
		const ownAdminHash = settings.adminKey === undefined ? undefined : hashOf(settings.adminKey);
		const tokens = tokenCheckOf(settings);
		const isClosed = settings.requireKeys || settings.auth !== undefined;
		const isOpenUnread = isLoopback(settings.bindip);
		return (ctx, next) => {
			const { exchange } = ctx.state;
			const access = exchange.operation?.access ?? "key";
			if (access === "public") return next();
			const { table } = keys;
			if (access === "admin") {
				if (ownAdminHash === undefined && !table.isKnown) throw unread();
				const adminHash = ownAdminHash ?? table.adminHash;
				const isOpen = isOpenUnread && !isClosed && !table.hasKeys && adminHash === undefined;
				if (isOpen && settings.trustedProxies === 0 && readsFromHere(ctx)) return next();
				exchange.actor = administrator(ctx, adminHash);
				return next();
			}
			if (exchange.operation?.admitsAdministrators) {
				exchange.actor = administratorIn(ctx, ownAdminHash ?? table.adminHash);
				if (exchange.actor) return next();
			}
			if (!isClosed && !table.hasKeys) {
				if (!table.isKnown && !isOpenUnread) throw unread();
				return next();
			}
			const admitted = callerByKey(ctx, table);
			if (admitted) return admit(ctx, gateway, admitted, next);
			return callerByToken(ctx.req.headers, table, tokens).then((caller) => admit(ctx, gateway, caller, next));
		};
	},
});

function admit(ctx: GatewayContext, { keyUsage }: GatewayServices, caller: Caller, next: () => Promise<unknown>) {
	const { exchange } = ctx.state;
	caller.checkAddress(exchange.clientAddress);
	exchange.caller = caller;
	if (caller.keyId.startsWith("key_")) keyUsage.note(caller.keyId);
	return next();
}

/** @throws GatewayError 401 for a key that has ended */
function callerByKey({ req: { headers }, state: { exchange } }: GatewayContext, table: KeyTable): Caller | undefined {
	let ended: GatewayError | undefined;
	for (const [header, credential] of credentialsOf(headers)) {
		const found = table.find(hashOf(credential));
		if (found === undefined) continue;
		if (found.endsAt <= Date.now()) {
			ended = found.isOldSecret ? unauthorized() : expired();
			continue;
		}
		if (header !== "authorization") exchange.formerCredential = bearerOf(headers);
		return found.caller;
	}
	if (ended) throw ended;
	return undefined;
}

async function callerByToken(
	headers: IncomingHttpHeaders,
	table: KeyTable,
	tokens: Promise<TokenCheck> | undefined,
): Promise<Caller> {
	const given = [...credentialsOf(headers)].map(([, credential]) => credential);
	const check = await tokens;
	const token = check && given.find(check.isToken);
	if (check && token !== undefined) return check.check(token);
	if (!table.isKnown) throw unread();
	throw given.length > 0 ? unauthorized() : missing();
}

/** What the client brings, wherever OpenAI's and others' SDKs put it. */
function* credentialsOf(headers: IncomingHttpHeaders): Generator<[header: string, credential: string]> {
	const bearer = bearerOf(headers);
	if (bearer !== undefined) yield ["authorization", bearer];
	for (const name of ["x-api-key", "api-key"]) {
		const value = headers[name];
		if (typeof value === "string" && value !== "") yield [name, value.trim()];
	}
}

function bearerOf({ authorization = "" }: IncomingHttpHeaders): string | undefined {
	return authorization.replace(/^bearer( +|$)/i, "").trim() || undefined;
}

/** @throws GatewayError 401. What is compared are hashes, in a time that is the same for all. */
function administrator(ctx: GatewayContext, adminHash: string | undefined): Actor {
	const actor = administratorIn(ctx, adminHash);
	if (actor) return actor;
	throw refused(
		adminHash === undefined
			? "This gateway has no credential for administrators. Start it with LLMW_ADMIN_KEY, or with --require-keys, which makes one."
			: "This needs the administrator's credential as a bearer token.",
		"invalid_admin_key",
	);
}

/**
 * Whoever can reach a gateway on loopback may use all of its AI hosts, and may so see what comes of it too, until there is
 * a key or a credential. But a page from anywhere runs in a browser on this machine as well, and reaches loopback:
 * - by another origin's request, which the browser owns to in `origin` and `sec-fetch-site`. It could not read the answer
 *   unless `--cors-origin` allows it; that is about keys' owners, not about this.
 * - by a name of its own that suddenly means 127.0.0.1 (DNS rebinding), which the browser takes for the same origin. Its
 *   name then stands in `host`, where only loopback's own are taken.
 * A proxy that speaks for others says so in headers that a local client has no reason to send.
 */
function readsFromHere({ req: { headers }, state: { exchange } }: GatewayContext): boolean {
	if (exchange.operation?.method !== "GET" || !credentialsOf(headers).next().done) return false;
	const { host = "", origin, "sec-fetch-site": site = "none" } = headers;
	if (!isLoopbackHost(host) || (site !== "none" && site !== "same-origin")) return false;
	if (origin !== undefined && origin !== `http://${host}`) return false;
	return !["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"].some((name) => name in headers);
}

/** @param host as in the header, with its port */
function isLoopbackHost(host: string): boolean {
	return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host);
}

/** Nobody, where it isn't one. */
function administratorIn(ctx: GatewayContext, adminHash: string | undefined): Actor | undefined {
	for (const [, credential] of credentialsOf(ctx.req.headers)) {
		const hash = hashOf(credential);
		if (adminHash === undefined || !timingSafeEqual(Buffer.from(hash), Buffer.from(adminHash))) continue;
		const { clientAddress, id } = ctx.state.exchange;
		return { name: `admin:${hash.slice(0, 8)}`, address: clientAddress, requestId: id };
	}
	return undefined;
}

function tokenCheckOf({ auth }: Settings): Promise<TokenCheck> | undefined {
	if (auth === undefined) return undefined;
	const check = import("../keys/tokens.js").then(({ createTokenCheck }) => createTokenCheck(auth));
	// Whoever awaits it is told.
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
