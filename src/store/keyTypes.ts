/** Stored keys and audit entries. A key's secret is never stored, only its hash. */
import type { KeyBudget, KeyLimits } from "../settings/limitSettings.js";
import type { Listed, Metadata, Page } from "./page.js";
import type { SessionStop } from "./sessionStops.js";

/** Every change is stored together with its audit entry, or not at all. */
export interface KeyStore {
	/** @throws StoreError `conflict` if an unrevoked key has the name */
	create(key: NewKey, secret: HashedSecret, by: Actor): Promise<KeyRecord>;
	/** Finds a key by id, or an unrevoked one by name. */
	find(idOrName: string): Promise<KeyRecord | undefined>;
	list(page: Page): Promise<Listed<KeyRecord>>;
	/** @throws StoreError `not_found` if there is no such key or it is revoked, `conflict` if the name is taken */
	update(id: string, change: Partial<NewKey>, by: Actor): Promise<KeyRecord>;
	/**
	 * Replaces a key's secret.
	 *
	 * @param graceSeconds how long the previous secret keeps working
	 * @throws StoreError `not_found` if there is no such key or it is revoked
	 */
	rotate(id: string, secret: HashedSecret, graceSeconds: number, by: Actor): Promise<KeyRecord>;
	/**
	 * Revokes a key for good. Idempotent.
	 *
	 * @param revokedAt seconds since the epoch; defaults to now
	 * @throws StoreError `not_found`.
	 */
	revoke(id: string, by: Actor, revokedAt?: number): Promise<KeyRecord>;
	/** Records when keys were last used, in seconds since the epoch; earlier times than the stored one are ignored. */
	touch(ids: readonly string[], usedAt: number): Promise<void>;
	/**
	 * Lists the keys that have changed since a revision; all of them since 0.
	 *
	 * @param auditHash the audit's last hash at that revision, or `""` just to learn the newest. If the audit has no entry with
	 * this hash, the store has been replaced or restored from a backup
	 */
	changes(since: number, auditHash?: string): Promise<KeyChanges>;
	/** Stores the hash of the administrator's credential unless there is one. @returns whether it was stored */
	addAdmin(hash: string, by: Actor): Promise<boolean>;
}

export interface AuditStore {
	/** Adds an entry of what is about no key. */
	add(action: string, after: object, by: Actor): Promise<void>;
	/** Lists entries; `after` is an entry's id. */
	list(page: Page): Promise<Listed<AuditEntry> & { head: AuditHead }>;
}

/** The settings of a key. An undefined member is unrestricted or unknown. Times are seconds since the epoch. */
export interface NewKey {
	name: string;
	owner: string | undefined;
	team: string | undefined;
	organisation: string | undefined;
	metadata: Metadata;
	expiresAt: number | undefined;
	/** Patterns (`src/settings/pattern.ts`) of the permitted models' and routes' names. */
	models: readonly string[] | undefined;
	routes: readonly string[] | undefined;
	/** Addresses and networks (CIDR) that requests may come from. */
	addresses: readonly string[] | undefined;
	/** The most that it may use, and that it may cost. */
	limits: KeyLimits | undefined;
	budget: KeyBudget | undefined;
	/** Priority among requests that wait for a limit; undefined means 0. */
	priority: number | undefined;
	/** Any of `api`, `metrics`, `keyless`; undefined means `api` only. */
	permissions: readonly string[] | undefined;
}

export interface HashedSecret {
	/** Hexadecimal SHA-256. */
	hash: string;
	/** The secret's last letters, so that people can tell keys apart. */
	hint: string;
}

export interface KeyRecord extends NewKey, HashedSecret {
	/** `key_` and 24 letters and digits. */
	id: string;
	createdAt: number;
	updatedAt: number;
	rotatedAt: number | undefined;
	/** Hash of the secret before the last rotation, and until when it works. */
	previousHash: string | undefined;
	previousUntil: number | undefined;
	revokedAt: number | undefined;
	/** Precise to the minute, and up to a minute late. */
	lastUsedAt: number | undefined;
}

export interface KeyChanges {
	/** Counts the changes of all keys and of the administrator's credential. */
	revision: number;
	adminHash: string | undefined;
	keys: KeyRecord[];
	/** `keys` are all keys and replace those known before: the store has been restored from a backup, or replaced. */
	isWhole?: boolean;
	/** The audit lacks the known entry: this is another store, or one that was restored and has changed since. */
	isOther?: boolean;
	/** All sessions that are stopped; undefined if nothing has changed. */
	stops?: readonly SessionStop[];
	/** Hash of the audit's last entry. */
	auditHash?: string;
	/** There is evidence that keys were in use, though the store has none. */
	wereInUse?: boolean;
}

/** The author of a change, and the address it came from. */
export interface Actor {
	/** `admin:` and the first digits of the credential's hash, `local:` and a user name on the gateway's machine, or `gateway`. */
	name: string;
	address: string | undefined;
	requestId: string | undefined;
}

/** A change that was made. Contains no secrets and no hashes of them. */
export interface AuditEntry {
	/** `audit_` and 24 letters and digits. */
	id: string;
	/** From 1, without gaps. */
	number: number;
	/** Seconds since the epoch. */
	createdAt: number;
	actor: Actor;
	/** `key.created`, `key.updated`, `key.rotated`, `key.revoked`, `admin.created`, `cache.cleared`, `file.deleted`, `upload.cancelled`, `batch.created`, `batch.cancelled`, `session.stopped` or `session.resumed`. */
	action: string;
	/** Id of the changed object. */
	target: string | undefined;
	before: object | undefined;
	after: object | undefined;
	/** Hash of the previous entry; 64 zeros for the first. */
	previousHash: string;
	hash: string;
}

/** The last entry's number and hash, as stored separately from the entries. Number 0 if there are none. */
export interface AuditHead {
	number: number;
	hash: string;
}
