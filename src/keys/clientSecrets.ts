/** Short-lived secrets for browsers, each good for realtime sessions of the key that has asked for it. Nobody stores them: they are seals. */
import type { Json } from "../dialects/dialect.js";
import { type Seals, sealMark } from "../dialects/seals.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";

const prefix = "ek_";
const bound = "realtime client secret";

export interface ClientSecret {
	/** The key's id; undefined where none was needed. */
	readonly keyId: string | undefined;
	/** Milliseconds since the epoch. */
	readonly expiresAt: number;
	/** The session as it was asked for. */
	readonly session: Json;
}

export function sealClientSecret({ keyId, expiresAt, session }: ClientSecret, seals: Seals): string {
	const content = JSON.stringify({ key: keyId, expires: expiresAt, session });
	return prefix + seals.seal(content, bound).slice(sealMark.length);
}

export function mayBeClientSecret(credential: string): boolean {
	return credential.startsWith(prefix);
}

/** @returns undefined for what this gateway has not made. It may have expired. */
export function openClientSecret(credential: string, seals: Seals): ClientSecret | undefined {
	if (!mayBeClientSecret(credential)) return undefined;
	const opened = seals.open(sealMark + credential.slice(prefix.length), bound);
	if (opened.kind !== "open") return undefined;
	const { key, expires, session } = parseObject(opened.content.toString()) ?? {};
	if (typeof expires !== "number" || !isObject(session)) return undefined;
	return { keyId: typeof key === "string" ? key : undefined, expiresAt: expires, session };
}
