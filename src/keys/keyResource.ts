/** Keys and audit entries as the API shows them. */
import type { components } from "../generated/contract.js";
import type { AuditEntry, KeyRecord } from "../store/keyTypes.js";

type Schemas = components["schemas"];

/** @param nowSeconds since the epoch */
export function keyResource(record: KeyRecord, nowSeconds: number): Schemas["Key"] {
	const { previousUntil } = record;
	return {
		id: record.id,
		object: "gateway.key",
		name: record.name,
		owner: record.owner ?? null,
		team: record.team ?? null,
		organisation: record.organisation ?? null,
		metadata: record.metadata,
		status: statusOf(record, nowSeconds),
		hint: record.hint,
		models: record.models ? [...record.models] : null,
		routes: record.routes ? [...record.routes] : null,
		addresses: record.addresses ? [...record.addresses] : null,
		limits: record.limits ?? null,
		budget: record.budget ?? null,
		priority: record.priority ?? 0,
		permissions: record.permissions ? [...record.permissions] : null,
		created_at: record.createdAt,
		updated_at: record.updatedAt,
		expires_at: record.expiresAt ?? null,
		rotated_at: record.rotatedAt ?? null,
		previous_works_until: previousUntil !== undefined && previousUntil > nowSeconds ? previousUntil : null,
		revoked_at: record.revokedAt ?? null,
		last_used_at: record.lastUsedAt ?? null,
	};
}

function statusOf({ revokedAt, expiresAt }: KeyRecord, nowSeconds: number): Schemas["Key"]["status"] {
	if (revokedAt !== undefined) return "revoked";
	return expiresAt !== undefined && expiresAt <= nowSeconds ? "expired" : "active";
}

export function auditResource({ actor, ...entry }: AuditEntry): Schemas["AuditEntry"] {
	return {
		id: entry.id,
		object: "gateway.audit_entry",
		number: entry.number,
		created_at: entry.createdAt,
		actor: { name: actor.name, address: actor.address ?? null, request_id: actor.requestId ?? null },
		action: entry.action,
		target: entry.target ?? null,
		before: (entry.before as Schemas["AuditEntry"]["before"]) ?? null,
		after: (entry.after as Schemas["AuditEntry"]["after"]) ?? null,
		previous_hash: entry.previousHash,
		hash: entry.hash,
	};
}
