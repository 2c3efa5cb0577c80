/** The keys in force, in memory: what each request is looked up in. */
import type { KeyChanges, KeyRecord } from "../store/keyTypes.js";
import type { SessionStop } from "../store/sessionStops.js";
import { type Caller, callerOf } from "./caller.js";

export interface Found {
	caller: Caller;
	/** Milliseconds since the epoch from which on it doesn't work. */
	endsAt: number;
	/** Not the key's end, but that of the secret it had before its rotation. */
	isOldSecret: boolean;
}

interface Entry {
	record: KeyRecord;
	caller: Caller;
}

/** What the store has of keys, as it was last read, in each worker. */
export class KeyTable {
	/** That of the store. */
	revision = -1;
	/** There is or was a key, so that nobody passes without one. One that is revoked opens the gateway to nobody. */
	hasKeys = false;
	adminHash: string | undefined;
	/** The hash of the audit's last entry at this revision. */
	auditHash: string | undefined;
	/** Sessions that are stopped, by their ids. */
	readonly stops = new Map<string, SessionStop>();
	/** Hears that there are other ones. */
	onStops: (() => void) | undefined;
	readonly #byHash = new Map<string, Found>();
	readonly #byId = new Map<string, Entry>();

	/** The store names at least one, revoked or not. */
	get namesKeys(): boolean {
		return this.#byId.size > 0;
	}

	/** Has the store been read at all? */
	get isKnown(): boolean {
		return this.revision >= 0;
	}

	/** Takes over what has changed. What comes late, with an older revision, changes nothing. */
	apply({ revision, adminHash, keys, auditHash, stops, isWhole = false, wereInUse = false }: KeyChanges): void {
		if (revision < this.revision && !isWhole) return;
		if (isWhole) {
			this.#byHash.clear();
			this.#byId.clear();
		}
		this.revision = revision;
		this.adminHash = adminHash;
		this.auditHash = auditHash;
		this.hasKeys ||= keys.length > 0 || wereInUse;
		for (const record of keys) this.#put(record);
		if (stops !== undefined) this.#putStops(stops);
	}

	/** @param hash of the secret, as `hashOf` has it */
	find(hash: string): Found | undefined {
		return this.#byHash.get(hash);
	}

	/** The key of that id, unless it is revoked. */
	findById(id: string): Found | undefined {
		const { record, caller } = this.#byId.get(id) ?? {};
		if (record === undefined || caller === undefined || record.revokedAt !== undefined) return undefined;
		return { caller, endsAt: endOf(record), isOldSecret: false };
	}

	/** By id, or by the name of one that is not revoked. */
	record(idOrName: string): KeyRecord | undefined {
		const byId = this.#byId.get(idOrName)?.record;
		if (byId) return byId;
		for (const { record } of this.#byId.values())
			if (record.name === idOrName && record.revokedAt === undefined) return record;
		return undefined;
	}

	/** All there is, for a process that begins. Keys that are revoked only say that there was one. */
	snapshot(): KeyChanges | undefined {
		if (!this.isKnown && !this.hasKeys) return undefined;
		return {
			revision: this.revision,
			adminHash: this.adminHash,
			keys: [...this.#byId.values()].map(({ record }) => record),
			...(this.hasKeys ? { wereInUse: true } : {}),
			stops: [...this.stops.values()],
		};
	}

	#putStops(stops: readonly SessionStop[]): void {
		if (stops.length === 0 && this.stops.size === 0) return;
		this.stops.clear();
		for (const stop of stops) this.stops.set(stop.id, stop);
		this.onStops?.();
	}

	#put(record: KeyRecord): void {
		const before = this.#byId.get(record.id);
		for (const hash of [before?.record.hash, before?.record.previousHash])
			if (hash !== undefined) this.#byHash.delete(hash);
		const caller = callerOf(record);
		this.#byId.set(record.id, { record, caller });
		if (record.revokedAt !== undefined) return;
		const endsAt = endOf(record);
		this.#byHash.set(record.hash, { caller, endsAt, isOldSecret: false });
		if (record.previousHash === undefined) return;
		const graceEndsAt = (record.previousUntil ?? 0) * 1000;
		this.#byHash.set(record.previousHash, {
			caller,
			endsAt: Math.min(endsAt, graceEndsAt),
			isOldSecret: graceEndsAt < endsAt,
		});
	}
}

/** Milliseconds since the epoch. */
function endOf({ expiresAt }: KeyRecord): number {
	return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt * 1000;
}
