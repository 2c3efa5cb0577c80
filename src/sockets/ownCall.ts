/** Whose a call is. */
import type { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { CallRecord, CallStore } from "../store/callTypes.js";

/** @throws GatewayError 404 for a call that nobody has, or somebody else. @throws StoreError */
export async function ownCall(calls: CallStore, owner: string, id: string): Promise<CallRecord> {
	const call = await calls.find(id);
	if (call?.owner !== owner) throw noSuchCall(id);
	return call;
}

export function noSuchCall(id: string): GatewayError {
	return notFound(`There is no call with the id "${id}", or it was over long ago.`, "call_not_found", "call_id");
}
