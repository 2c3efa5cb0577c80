/** What is needed to generate a response: kept in the store, so that another worker, or another machine, can do it as well. */
import type { IncomingHttpHeaders } from "node:http";
import type { Seals } from "../dialects/seals.js";
import type { Exchange } from "../exchange/exchange.js";
import { ofConnection } from "../exchange/innerRequest.js";
import { wholeBytes } from "../json/bodyBytes.js";
import { editMembers } from "../json/editMembers.js";
import { type Caller, callerOf } from "../keys/caller.js";
import { ownHeader } from "../keys/credentials.js";
import type { KeyTable } from "../keys/keyTable.js";
import { credentialHeaders } from "../upstream/headers.js";

/** Whose request it was, and what came with it beside its body. JSON. */
export interface Origin {
	readonly requestId: string;
	readonly address: string | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly caller: CallerFacts | undefined;
	/** The credentials that an upstream is shown; undefined if it needs none of the client's. */
	readonly sealed: string | undefined;
}

/** JSON. */
export interface Task extends Origin {
	/** The request's path and query. */
	readonly target: string;
	readonly body: string;
	readonly tags: Readonly<Record<string, string>>;
	/** Of the route, for webhooks. */
	readonly route: string | undefined;
}

type CallerFacts = Pick<
	Caller,
	"keyId" | "keyName" | "owner" | "team" | "organisation" | "metadata" | "limits" | "priority" | "isKeyless"
>;

interface Credentials {
	readonly headers: IncomingHttpHeaders;
	readonly clients: IncomingHttpHeaders | undefined;
}

export interface OriginOptions {
	/** An upstream is shown the client's credentials. */
	readonly needsCredentials: boolean;
	readonly seals: Seals;
}

export interface TaskOptions extends OriginOptions {
	readonly target: string;
}

/** @param exchange of the client's request, once it is resolved */
export function taskOf(exchange: Exchange, { target, ...options }: TaskOptions): Task {
	const { body, route, tags } = exchange;
	if (body === undefined) throw new Error("a response needs a request");
	const edits = new Map<string, unknown>([
		["background", undefined],
		["stream", true],
	]);
	return {
		...originOf(exchange, options),
		target,
		body: wholeBytes(editMembers(body, edits)).toString(),
		tags,
		route: route?.name,
	};
}

/** @param exchange of the client's request, once its caller is known */
export function originOf(exchange: Exchange, { needsCredentials, seals }: OriginOptions): Origin {
	const { id, clientAddress, requestHeaders, caller, clientCredentials } = exchange;
	const isSecret = (name: string) => credentialHeaders.has(name) || name === ownHeader;
	const credentials: Credentials = {
		// A key of the gateway's own is no upstream's business.
		headers: caller === undefined ? some(requestHeaders, isSecret) : {},
		clients: clientCredentials,
	};
	return {
		requestId: id,
		address: clientAddress,
		headers: some(requestHeaders, (name) => !ofConnection.test(name) && !isSecret(name)),
		caller: caller && factsOf(caller),
		sealed: needsCredentials ? seals.seal(JSON.stringify(credentials), id) : undefined,
	};
}

function some(headers: IncomingHttpHeaders, isMeant: (name: string) => boolean): IncomingHttpHeaders {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => isMeant(name)));
}

function factsOf(caller: Caller): CallerFacts {
	const { keyId, keyName, owner, team, organisation, metadata, limits, priority, isKeyless } = caller;
	return { keyId, keyName, owner, team, organisation, metadata, limits, priority, isKeyless };
}

/** None if it needs none, or they are lost. */
export function credentialsIn({ sealed, requestId }: Origin, seals: Seals): Credentials {
	const opened = sealed === undefined ? undefined : seals.open(sealed, requestId);
	if (opened?.kind !== "open") return { headers: {}, clients: undefined };
	return JSON.parse(opened.content.toString()) as Credentials;
}

/**
 * Whoever has asked for it, with the limits of a key as they are by now. Models and routes were checked when it asked.
 *
 * @returns "revoked" for a key that is no more
 */
export function callerIn({ caller }: Origin, table: KeyTable): Caller | undefined | "revoked" {
	if (caller === undefined) return undefined;
	const record = table.record(caller.keyId);
	if (record !== undefined) return record.revokedAt === undefined ? callerOf(record) : "revoked";
	if (caller.keyId.startsWith("key_") && table.isKnown) return "revoked";
	const known = { ...caller, name: caller.keyName, id: caller.keyId };
	const permissions = caller.isKeyless ? ["api", "keyless"] : ["api"];
	const made = callerOf({
		...known,
		permissions,
		models: undefined,
		routes: undefined,
		addresses: undefined,
		budget: undefined,
		limits: undefined,
	});
	return { ...made, limits: caller.limits };
}
