/** Seals: texts that clients keep for the gateway and give back, which nobody else can read, change or make. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";

/** What every seal begins with, those of earlier versions too. */
export const sealMark = "llmgw1.";

export function isSeal(proof: unknown): boolean {
	return typeof proof === "string" && proof.startsWith(sealMark);
}

/** Seals that are encrypted; those of earlier versions have other letters here. */
const encryptedMark = `${sealMark}2.`;

/** What became of a text that looks like a seal. `foreign`: no key of this gateway has made it. `forged`: one is said to have. */
export type Opened = { readonly kind: "open"; readonly content: Buffer } | { readonly kind: "foreign" | "forged" };

export interface Seals {
	/** @param bound what the seal is good for, and what it stands beside: the same has to be said when it is opened */
	seal(content: string, bound: string): string;
	open(seal: string, bound: string): Opened;
}

const idBytes = 4;
const saltBytes = 12;
const nonceBytes = 12;
const tagBytes = 16;
const leastBytes = idBytes + saltBytes + nonceBytes + tagBytes;
/** Keys that are derived for seals of other processes: each has a salt of its own. */
const mostDerived = 64;

interface SealKey {
	readonly id: Buffer;
	readonly secret: Buffer;
}

/** A key for seals, out of a secret of any length. */
function keyOf(secret: string): SealKey {
	const hashed = createHash("sha256").update("llmgw seal key 1\n").update(secret).digest();
	return {
		id: createHash("sha256").update("llmgw seal id 1\n").update(hashed).digest().subarray(0, idBytes),
		secret: hashed,
	};
}

/** A secret for a gateway that is given none. */
export function newSealSecret(): string {
	return randomBytes(32).toString("base64url");
}

/**
 * Seals by AES-256-GCM. Each process seals with a key of its own, derived by a random salt, so that random nonces never meet.
 *
 * @param secrets the first one seals; all of them open
 */
export function createSeals(secrets: readonly [string, ...string[]]): Seals {
	const keys = secrets.map(keyOf);
	const [own] = keys as [SealKey, ...SealKey[]];
	const salt = randomBytes(saltBytes);
	const ownDerived = derive(own, salt);
	const derived = new Map<string, Buffer>();

	function derivedFor(key: SealKey, from: Buffer): Buffer {
		if (key === own && from.equals(salt)) return ownDerived;
		const name = `${key.id.toString("latin1")}${from.toString("latin1")}`;
		const known = derived.get(name) ?? derive(key, from);
		if (!derived.has(name) && derived.size >= mostDerived) derived.clear();
		derived.set(name, known);
		return known;
	}

	return {
		seal(content, bound) {
			const nonce = randomBytes(nonceBytes);
			const cipher = createCipheriv("aes-256-gcm", ownDerived, nonce).setAAD(Buffer.from(bound));
			const encrypted = [cipher.update(content, "utf8"), cipher.final()];
			const bytes = Buffer.concat([own.id, salt, nonce, ...encrypted, cipher.getAuthTag()]);
			return encryptedMark + bytes.toString("base64url");
		},
		open(seal, bound) {
			const bytes = bytesOf(seal);
			if (bytes === undefined) return { kind: "foreign" };
			const key = keys.find(({ id }) => id.equals(bytes.subarray(0, idBytes)));
			if (key === undefined) return { kind: "foreign" };
			const nonceAt = idBytes + saltBytes;
			const contentAt = nonceAt + nonceBytes;
			const secret = derivedFor(key, bytes.subarray(idBytes, nonceAt));
			const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(nonceAt, contentAt), {
				authTagLength: tagBytes,
			});
			decipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(-tagBytes));
			try {
				const content = [decipher.update(bytes.subarray(contentAt, -tagBytes)), decipher.final()];
				return { kind: "open", content: Buffer.concat(content) };
			} catch {
				return { kind: "forged" };
			}
		},
	};
}

/** Of a gateway that shares its seals with nobody. */
export function createLocalSeals(): Seals {
	return createSeals([newSealSecret()]);
}

function derive({ secret }: SealKey, salt: Buffer): Buffer {
	return createHmac("sha256", secret).update(salt).digest();
}

/** @returns undefined for what is no encrypted seal */
function bytesOf(seal: string): Buffer | undefined {
	if (!seal.startsWith(encryptedMark)) return undefined;
	const bytes = Buffer.from(seal.slice(encryptedMark.length), "base64url");
	return bytes.length < leastBytes ? undefined : bytes;
}
