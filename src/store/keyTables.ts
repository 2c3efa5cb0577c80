/** The tables of keys and of the audit. */
import type { Generated } from "kysely";

export interface KeyTables {
	api_key: {
		sequence: Generated<number>;
		id: string;
		/** JSON, like every text that people write. */
		name: string;
		owner: string | null;
		team: string | null;
		organisation: string | null;
		/** JSON */
		metadata: string;
		/** Lists as JSON. */
		models: string | null;
		routes: string | null;
		addresses: string | null;
		/** JSON of numbers by name. */
		limits: string | null;
		budget: string | null;
		priority: number | null;
		/** List as JSON. */
		permissions: string | null;
		hash: string;
		hint: string;
		previous_hash: string | null;
		previous_until: number | null;
		created_at: number;
		updated_at: number;
		expires_at: number | null;
		rotated_at: number | null;
		revoked_at: number | null;
		last_used_at: number | null;
		/** The administration's revision at this key's last change. */
		revision: number;
	};
	/** One row that every change locks, so that changes are numbered and the audit is one chain on any number of machines. */
	administration: {
		number: number;
		revision: number;
		admin_hash: string | null;
		audit_number: number;
		audit_hash: string;
	};
	/** Append-only; triggers enforce it. */
	audit_entry: {
		number: number;
		id: string;
		/** JSON of the entry, as it was hashed. */
		entry: string;
		previous_hash: string;
		hash: string;
	};
}
