/**
 * Passes: what the gateway gives to the user it runs as, on its own machine, in place of the administrator's credential.
 * They are signed with a secret that only the primary and its workers have, so that they end with the gateway.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** `command` is a command's of `llmw`, `session` a dashboard's; `link` is for nothing but to be exchanged for a session. */
export type PassKind = "command" | "session" | "link";

export interface Pass {
	kind: PassKind;
	/** The user's name. */
	holder: string;
	id: string;
	/** Milliseconds since the epoch. */
	endsAt: number;
}

export const passPrefix = "llmw-pass-";

export const passLifeMs: Readonly<Record<PassKind, number>> = {
	command: 3_600_000,
	session: 12 * 3_600_000,
	link: 10 * 60_000,
};

export function newPassSecret(): string {
	return randomBytes(32).toString("base64url");
}

/** @param now milliseconds since the epoch */
export function issuePass(secret: string, kind: PassKind, holder: string, now: number): string {
	const pass: Pass = { kind, holder, id: randomBytes(12).toString("base64url"), endsAt: now + passLifeMs[kind] };
	const text = Buffer.from(JSON.stringify(pass)).toString("base64url");
	return `${passPrefix}${text}.${signature(secret, text).toString("base64url")}`;
}

/** What a pass says; undefined if it is none of this gateway's, or has ended. */
export function readPass(secret: string, given: string, now: number): Pass | undefined {
	if (!given.startsWith(passPrefix)) return undefined;
	const [text = "", signed = ""] = given.slice(passPrefix.length).split(".");
	const [expected, found] = [signature(secret, text), Buffer.from(signed, "base64url")];
	if (expected.length !== found.length || !timingSafeEqual(expected, found)) return undefined;
	const pass = JSON.parse(Buffer.from(text, "base64url").toString()) as Pass;
	return pass.endsAt > now ? pass : undefined;
}

function signature(secret: string, text: string): Buffer {
	return createHmac("sha256", secret).update(`llmgw pass 1\n${text}`).digest();
}
