/** Keys and the audit, for administrators. */

import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import { messageOf } from "../errors/problem.js";
import type { components } from "../generated/contract.js";
import { compileAddresses } from "../keys/addresses.js";
import { auditResource, keyResource } from "../keys/keyResource.js";
import type { RevokedHere } from "../keys/messages.js";
import { hashedSecret, newSecret } from "../keys/secret.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { KeyRecord, NewKey } from "../store/keyTypes.js";
import { withStatus } from "../store/storeFailure.js";
import { actorOf } from "./actorOf.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];
type KeyOperation = "createKey" | "listKeys" | "retrieveKey" | "updateKey" | "rotateKey" | "revokeKey" | "listAudit";

const defaultGraceSeconds = 86_400;
/** How long the store may take to revoke a key before the gateway revokes it without the store. */
const storeTimeoutMs = 1_000;

export function keyHandlers({ store, keys: workerKeys }: GatewayServices): Pick<Handlers, KeyOperation> {
	const { keys, audit } = store;
	const resourceOf = (record: KeyRecord) => keyResource(asInForce(record), Date.now() / 1000);

	/** A key that is revoked in this gateway counts as revoked even if the store doesn't know yet. */
	function asInForce(record: KeyRecord): KeyRecord {
		const revokedAt = record.revokedAt ?? workerKeys.table.record(record.id)?.revokedAt;
		return { ...record, revokedAt };
	}

	async function findKey(ctx: GatewayContext): Promise<KeyRecord> {
		const name = ctx.params.key ?? "";
		const record = await keys.find(name);
		if (record === undefined) throw missing(name);
		return record;
	}

	/** Finds a key to change. @throws GatewayError 404 also if it is revoked, since revoked keys can't be changed */
	async function findUnrevoked(ctx: GatewayContext): Promise<KeyRecord> {
		const record = await findKey(ctx);
		if (asInForce(record).revokedAt !== undefined) throw missing(record.id);
		return record;
	}

	/** @returns the key once the change is in force in all workers, or with the names of those that have not confirmed in time */
	async function awaitWorkers(record: KeyRecord): Promise<Schemas["Key"]> {
		return withPending(record, await workerKeys.changed());
	}

	function withPending(record: KeyRecord, pending: readonly string[]): Schemas["Key"] {
		return pending.length === 0 ? resourceOf(record) : { ...resourceOf(record), pending: [...pending] };
	}

	/** Revokes a key in this gateway after the store has failed. @throws the store's error if that fails too */
	async function revokeWithoutStore(
		ctx: GatewayContext,
		thrown: unknown,
		revokeHere: () => Promise<RevokedHere | undefined>,
	): Promise<Schemas["Key"]> {
		const error = withStatus(thrown);
		if (!(error instanceof GatewayError) || error.status < 500) throw thrown;
		const revoked = await revokeHere();
		if (revoked === undefined) throw notRevoked(error);
		const { record, survivesRestart, pending } = revoked;
		const key = withPending(record, pending);
		if (survivesRestart === undefined) return key;
		ctx.status = 202;
		return { ...key, unwritten: { survives_restart: survivesRestart, message: unwrittenMessage(survivesRestart) } };
	}

	return {
		async createKey(ctx) {
			const secret = newSecret();
			const key = { ...noSettings, ...changeOf(bodyOf(ctx)) } as NewKey;
			return { ...(await awaitWorkers(await keys.create(key, hashedSecret(secret), actorOf(ctx)))), secret };
		},

		async listKeys(ctx) {
			const { data, hasMore } = await keys.list(pageRequest(ctx));
			return listOf(data.map(resourceOf), hasMore);
		},

		retrieveKey: async (ctx) => resourceOf(await findKey(ctx)),

		async updateKey(ctx) {
			const { id } = await findUnrevoked(ctx);
			return awaitWorkers(await keys.update(id, changeOf(bodyOf(ctx)), actorOf(ctx)));
		},

		async rotateKey(ctx) {
			const { id } = await findUnrevoked(ctx);
			const { grace_seconds = defaultGraceSeconds } = bodyOf<Schemas["RotateKeyRequest"]>(ctx);
			const secret = newSecret();
			return {
				...(await awaitWorkers(await keys.rotate(id, hashedSecret(secret), grace_seconds, actorOf(ctx)))),
				secret,
			};
		},

		async revokeKey(ctx) {
			let name = ctx.params.key ?? "";
			let revoking: Promise<RevokedHere | undefined> | undefined;
			const revokeHere = () => {
				revoking ??= workerKeys.revoke(name, actorOf(ctx));
				return revoking;
			};
			// Detecting that a store hangs takes seconds, during which the key should not work.
			const timer = setTimeout(revokeHere, storeTimeoutMs);
			let record: KeyRecord;
			try {
				name = (await findKey(ctx)).id;
				record = await keys.revoke(name, actorOf(ctx));
			} catch (thrown) {
				return await revokeWithoutStore(ctx, thrown, revokeHere);
			} finally {
				clearTimeout(timer);
			}
			return awaitWorkers(record);
		},

		async listAudit(ctx) {
			const { data, hasMore, head } = await audit.list(pageRequest(ctx));
			return { ...listOf(data.map(auditResource), hasMore), head };
		},
	};
}

/** The error of a failed revocation, which says that the key may still work. */
function notRevoked({ status, message, code, headers, cause }: GatewayError): GatewayError {
	const more = "The key is not known to be revoked, and may still work: revoke it again when the store is back.";
	return new GatewayError(status, `${message} ${more}`, { code: code ?? "store_unavailable", headers, cause });
}

function unwrittenMessage(survivesRestart: boolean): string {
	const restart = survivesRestart
		? "A restart of this gateway changes nothing about that."
		: "If this gateway is restarted before that, the key works again: then revoke it once more.";
	return (
		"The key is revoked in this gateway. Its store can't be written at the moment, and will have the revocation as soon as it can; " +
		`until then the key may work in gateways on other machines that share the store. ${restart}`
	);
}

const noSettings: Omit<NewKey, "name"> = {
	owner: undefined,
	team: undefined,
	organisation: undefined,
	metadata: {},
	expiresAt: undefined,
	models: undefined,
	routes: undefined,
	addresses: undefined,
	limits: undefined,
	budget: undefined,
	priority: undefined,
	permissions: undefined,
};

/** @returns the members that the request has, `null` as undefined. @throws GatewayError 400 for an invalid address */
function changeOf(given: Schemas["UpdateKeyRequest"]): Partial<NewKey> {
	const change: Record<string, unknown> = {};
	for (const member of [
		"name",
		"owner",
		"team",
		"organisation",
		"models",
		"routes",
		"addresses",
		"permissions",
	] as const)
		if (given[member] !== undefined) change[member] = given[member] ?? undefined;
	if (given.metadata !== undefined) change.metadata = given.metadata ?? {};
	if (given.expires_at !== undefined) change.expiresAt = given.expires_at ?? undefined;
	if (given.priority !== undefined) change.priority = given.priority ?? undefined;
	for (const member of ["limits", "budget"] as const)
		if (given[member] !== undefined) change[member] = withoutNulls(given[member]);
	try {
		compileAddresses(given.addresses ?? []);
	} catch (error) {
		const message = `addresses ${messageOf(error)}`;
		throw new GatewayError(400, message, { code: "invalid_value", param: "addresses", cause: error });
	}
	return change as Partial<NewKey>;
}

/** @returns the members that aren't null; undefined if there are none */
function withoutNulls(given: object | null): object | undefined {
	const members = Object.entries(given ?? {}).filter(([, value]) => value !== null);
	return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** The contract has validated it. */
function bodyOf<Body = Schemas["CreateKeyRequest"]>(ctx: GatewayContext): Body {
	return (ctx.state.exchange.body?.json ?? {}) as Body;
}

function missing(name: string): GatewayError {
	return notFound(`There is no key '${name}', or it is revoked.`, "key_not_found", "key");
}
