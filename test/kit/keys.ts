/** Keys for tests. */
import { hashedSecret, newSecret } from "../../src/keys/secret.js";
import type { Actor, KeyRecord, NewKey } from "../../src/store/keyTypes.js";
import type { Store } from "../../src/store/store.js";
import type { TestGateway } from "./gateway.js";

export const someAdmin: Actor = { name: "admin:tests", address: "127.0.0.1", requestId: "request-1" };

/** @returns the settings of a key without restrictions except those given */
export function newKey(given: Partial<NewKey> = {}): NewKey {
	return {
		name: "bot",
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
		...given,
	};
}

/** Creates a key in a store. */
export async function storeKey(
	{ keys }: Pick<Store, "keys">,
	given: Partial<NewKey> = {},
): Promise<{ record: KeyRecord; secret: string }> {
	const secret = newSecret();
	return { record: await keys.create(newKey(given), hashedSecret(secret), someAdmin), secret };
}

/** Creates a key of a gateway; it is in force when this resolves. */
export async function addKey({ gateway }: TestGateway, given: Partial<NewKey> = {}) {
	const made = await storeKey(gateway.services.store, given);
	await gateway.services.keys.changed();
	return made;
}
