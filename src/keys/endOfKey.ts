/** Whether a key is still good for what it has begun. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Caller } from "./caller.js";
import type { KeyTable } from "./keyTable.js";

/** A session is no longer good than its key: others are asked for theirs with each request. @returns why it has to end */
export function endOfKey({ keyId }: Caller, table: KeyTable): GatewayError | undefined {
	if (!keyId.startsWith("key_") || !table.isKnown) return undefined;
	const found = table.findById(keyId);
	if (found === undefined)
		return new GatewayError(401, "The key of this session was revoked.", { code: "invalid_api_key" });
	if (found.endsAt > Date.now()) return undefined;
	return new GatewayError(401, "The key of this session has expired.", { code: "expired_api_key" });
}
