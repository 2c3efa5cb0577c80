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

/** The primary's part: gives passes, and sees to it that a link is used once. */
export interface PassDesk {
	/** For workers. */
	readonly secret: string;
	issue(kind: PassKind): string;
	/** Whether it is the first who uses this link. */
	spend(link: Pass): boolean;
}

export function createPassDesk(holder: string, now: () => number = Date.now): PassDesk {
	const secret = newPassSecret();
	const spent = new Map<string, number>();
	return {
		secret,
		issue: (kind) => issuePass(secret, kind, holder, now()),
		spend({ id, endsAt }) {
			for (const [other, otherEndsAt] of spent) if (otherEndsAt <= now()) spent.delete(other);
			const isFirst = endsAt > now() && !spent.has(id);
			spent.set(id, endsAt);
			return isFirst;
		},
	};
}

export interface Session {
	credential: string;
	/** Milliseconds since the epoch. */
	endsAt: number;
}

/** What a gateway has of passes. */
export interface Passes {
	/** Who shows this credential, where it is a pass that makes an administrator. */
	holderOf(credential: string): string | undefined;
	/** Exchanges a link; undefined if it is none, has ended or was used before. */
	exchange(link: string): Promise<Session | undefined>;
}

/** @param spend asks the primary, which knows what all workers have seen */
export function createPasses(secret: string, spend: (link: Pass) => Promise<boolean>): Passes {
	return {
		holderOf(credential) {
			const pass = readPass(secret, credential, Date.now());
			return pass === undefined || pass.kind === "link" ? undefined : pass.holder;
		},
		async exchange(link) {
			const now = Date.now();
			const pass = readPass(secret, link, now);
			if (pass?.kind !== "link" || !(await spend(pass))) return undefined;
			const credential = issuePass(secret, "session", pass.holder, now);
			return { credential, endsAt: now + passLifeMs.session };
		},
	};
}

/** To the primary: somebody shows this link. */
export interface LinkShown {
	type: "linkShown";
	/** Counts the worker's own. */
	number: number;
	link: Pass;
}

/** Answers it. */
export interface LinkSpent {
	type: "linkSpent";
	number: number;
	isFirst: boolean;
}

export interface WorkerPasses extends Passes {
	receive(answer: LinkSpent): void;
}

/** Without an answer nobody is let in by a link. */
const patienceMs = 5_000;

export function createWorkerPasses(secret: string, send: (message: LinkShown) => void): WorkerPasses {
	const waiting = new Map<number, (isFirst: boolean) => void>();
	let shown = 0;
	const passes = createPasses(secret, (link) => {
		shown += 1;
		const number = shown;
		return new Promise((resolve) => {
			const settle = (isFirst: boolean) => {
				clearTimeout(timer);
				waiting.delete(number);
				resolve(isFirst);
			};
			const timer = setTimeout(settle, patienceMs, false);
			waiting.set(number, settle);
			send({ type: "linkShown", number, link });
		});
	});
	return { ...passes, receive: ({ number, isFirst }) => waiting.get(number)?.(isFirst) };
}
