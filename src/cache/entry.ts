/** An answer that is kept, as it is written: what can't be trusted is never read. */
import { createHash } from "node:crypto";
import type { UsageTokens } from "../store/usageTypes.js";
import type { AnswerForm } from "./answerForm.js";

export interface CacheEntry {
	/** Of all requests that get it. */
	readonly key: string;
	/** Milliseconds since the epoch. */
	readonly createdAt: number;
	readonly expiresAt: number;
	readonly form: AnswerForm;
	/** Those that go with the answer. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	/** As it was asked for, and as the upstream named it. */
	readonly model: string;
	readonly responseModel: string | null;
	/** Who had it made. */
	readonly keyId: string | null;
	readonly keyName: string | null;
	readonly tags: readonly string[];
	readonly tokens: UsageTokens | null;
	/** In billionths of a dollar. */
	readonly cost: number | null;
	/** Of the question that it is the answer to and the one that it was made for, if those differ. */
	readonly similarity?: number | undefined;
}

/** Entries of another version are not read. */
const version = 1;
const digestLength = 43;

/** @returns the entry's text, with a digest before it */
export function sealEntry(entry: CacheEntry): string {
	const text = JSON.stringify({ version, ...entry });
	return digestOf(text) + text;
}

/** @returns undefined for what was cut, changed, written by another version, is another's, or too old */
export function openEntry(sealed: string, key: string, now: number): CacheEntry | undefined {
	const text = sealed.slice(digestLength);
	if (digestOf(text) !== sealed.slice(0, digestLength)) return undefined;
	try {
		const entry = JSON.parse(text) as CacheEntry & { version: number };
		return entry.version === version && entry.key === key && entry.expiresAt > now ? entry : undefined;
	} catch {
		return undefined;
	}
}

function digestOf(text: string): string {
	return createHash("sha256").update(text).digest("base64url");
}
