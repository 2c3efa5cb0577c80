/** Keys and the audit as the store keeps them. A key's secret is never stored, only its hash. */
import type { KeyBudget, KeyLimits } from "../settings/limitSettings.js";
import type { Listed, Metadata, Page } from "./page.js";

/** Every change is written together with its audit entry, or not at all. */
export interface KeyStore {
	/** @throws StoreError `conflict` when a key that is not revoked has the name. */
	create(key: NewKey, secret: HashedSecret, by: Actor): Promise<KeyRecord>;
	/** By id, or by the name of one that is not revoked. */
	find(idOrName: string): Promise<KeyRecord | undefined>;
	list(page: Page): Promise<Listed<KeyRecord>>;
	/** @throws StoreError `not_found` where there is none or it is revoked, `conflict` (name taken). */
	update(id: string, change: Partial<NewKey>, by: Actor): Promise<KeyRecord>;
	/**
	 * Gives it another secret.
	 *
	 * @param graceSeconds how long the one before goes on working
	 * @throws StoreError `not_found` where there is none or it is revoked.
	 */
	rotate(id: string, secret: HashedSecret, graceSeconds: number, by: Actor): Promise<KeyRecord>;
	/**
	 * For good. Of one that is revoked already nothing changes.
	 *
	 * @param revokedAt seconds since the epoch; now if it isn't given
	 * @throws StoreError `not_found`.
	 */
	revoke(id: string, by: Actor, revokedAt?: number): Promise<KeyRecord>;
	/** Notes when keys were used; an earlier time than the noted one changes nothing. */
	touch(ids: readonly string[], usedAt: number): Promise<void>;
	/**
	 * What has changed since a revision; since 0 all there is.
	 *
	 * @param auditHash of the audit at that revision, or `""`, to be told the newest: without its entry, the store is another
	 * or was put back
	 */
	changes(since: number, auditHash?: string): Promise<KeyChanges>;
	/** Takes the hash of an administrator's credential where there is none yet. @returns whether it did. */
	addAdmin(hash: string, by: Actor): Promise<boolean>;
}

export interface AuditStore {
	/** `after` is the id of an entry. */
	list(page: Page): Promise<Listed<AuditEntry> & { head: AuditHead }>;
}

/** What people say about a key. What is `undefined` is not restricted, or not known. Times are seconds since the epoch. */
export interface NewKey {
	name: string;
	owner: string | undefined;
	team: string | undefined;
	organisation: string | undefined;
	metadata: Metadata;
	expiresAt: number | undefined;
	/** Patterns (`src/settings/pattern.ts`) of models that may be asked for, and of routes' names. */
	models: readonly string[] | undefined;
	routes: readonly string[] | undefined;
	/** Addresses and nets (CIDR) that requests may come from. */
	addresses: readonly string[] | undefined;
	/** Most that it may use, and that it may cost. */
	limits: KeyLimits | undefined;
	budget: KeyBudget | undefined;
	/** Of requests that wait for a limit; `undefined` is 0. */
	priority: number | undefined;
	/** What it is for: `api`, `metrics`, `keyless`; `undefined` is `api` alone. */
	permissions: readonly string[] | undefined;
}

export interface HashedSecret {
	/** Hexadecimal SHA-256. */
	hash: string;
	/** Its last letters, so that people can tell keys apart. */
	hint: string;
}

export interface KeyRecord extends NewKey, HashedSecret {
	/** `key_` and 24 letters and digits. */
	id: string;
	createdAt: number;
	updatedAt: number;
	rotatedAt: number | undefined;
	/** The secret before the last rotation, and until when it works. */
	previousHash: string | undefined;
	previousUntil: number | undefined;
	revokedAt: number | undefined;
	/** To the minute, and up to a minute late. */
	lastUsedAt: number | undefined;
}

export interface KeyChanges {
	/** Counts every change of any key and of the administrator's credential. */
	revision: number;
	adminHash: string | undefined;
	keys: KeyRecord[];
	/** All there are, in place of what was known: the store has been put back to an earlier state, or replaced. */
	isWhole?: boolean;
	/** The store's audit has no such entry as was known: it is another store, or was put back and went on. */
	isOther?: boolean;
	/** Of the audit's last entry. */
	auditHash?: string;
	/** Something says that there were keys, though the store has none. */
	wereInUse?: boolean;
}

/** Who did something, and from where. */
export interface Actor {
	/** `admin:` and the first digits of the credential's hash, `local:` and a user of the gateway's machine, or `gateway`. */
	name: string;
	address: string | undefined;
	requestId: string | undefined;
}

/** What was done. Without secrets and their hashes. */
export interface AuditEntry {
	/** `audit_` and 24 letters and digits. */
	id: string;
	/** From 1, without gaps. */
	number: number;
	/** Seconds since the epoch. */
	createdAt: number;
	actor: Actor;
	/** `key.created`, `key.updated`, `key.rotated`, `key.revoked` or `admin.created`. */
	action: string;
	/** Id of what it was done to. */
	target: string | undefined;
	before: object | undefined;
	after: object | undefined;
	/** Of the entry before; of the first one, 64 zeros. */
	previousHash: string;
	hash: string;
}

/** The last entry, as it is noted beside the entries. Number 0 while there is none. */
export interface AuditHead {
	number: number;
	hash: string;
}
