/** Short-lived secrets for browsers, each good for realtime sessions of whoever has asked for it. Nobody stores them: they are seals. */
import type { IncomingHttpHeaders } from "node:http";
import type { Json } from "../dialects/dialect.js";
import { type Seals, sealMark } from "../dialects/seals.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import type { CallerDescription } from "./caller.js";
import { credentialsIn } from "./credentials.js";

const prefix = "ek_";
const bound = "realtime client secret";

export type SessionEvent = "session.update" | "transcription_session.update";

export interface ClientSecret {
	/** The id of the key that has asked for it; undefined where none was needed, or a token came. */
	readonly keyId: string | undefined;
	/** Whom a token that has asked for it describes. */
	readonly identity: CallerDescription | undefined;
	/** Milliseconds since the epoch. */
	readonly expiresAt: number;
	/** The session as it was asked for. */
	readonly session: Json;
	/** The client's event that says so. */
	readonly event: SessionEvent;
}

export function sealClientSecret({ keyId, expiresAt, ...others }: ClientSecret, seals: Seals): string {
	const content = JSON.stringify({ key: keyId, expires: expiresAt, ...others });
	return prefix + seals.seal(content, bound).slice(sealMark.length);
}

function mayBeClientSecret(credential: string): boolean {
	return credential.startsWith(prefix);
}

/** @returns undefined for what this gateway has not made. It may have expired. */
export function openClientSecret(credential: string, seals: Seals): ClientSecret | undefined {
	if (!mayBeClientSecret(credential)) return undefined;
	const opened = seals.open(sealMark + credential.slice(prefix.length), bound);
	if (opened.kind !== "open") return undefined;
	const { key, identity, expires, session, event } = parseObject(opened.content.toString()) ?? {};
	if (typeof expires !== "number" || !isObject(session)) return undefined;
	return {
		keyId: typeof key === "string" ? key : undefined,
		identity: isObject(identity) ? (identity as unknown as CallerDescription) : undefined,
		expiresAt: expires,
		session,
		event: event === "transcription_session.update" ? event : "session.update",
	};
}

/**
 * Takes the secret out of a request's headers, since it is good for nothing at an upstream.
 *
 * @returns undefined if there is none. @throws GatewayError 401 for one that has expired
 */
export function takeClientSecret(headers: IncomingHttpHeaders, seals: Seals): ClientSecret | undefined {
	for (const [header, credential] of [...credentialsIn(headers)]) {
		const secret = openClientSecret(credential, seals);
		if (secret === undefined) continue;
		delete headers[header];
		if (secret.expiresAt > Date.now()) return secret;
		throw new GatewayError(401, "This client secret has expired.", { code: "invalid_api_key" });
	}
	return undefined;
}
