/** Whether a request may come again, and by which signs: read off its headers, and compared by hashes. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { piecesOf } from "../json/bodyBytes.js";
import { credentialsIn } from "../keys/credentials.js";
import { type EventId, lastEventHeader, parseEventId } from "./eventIds.js";

/** A client's word that it may send a request twice and wants one answer (IETF draft-ietf-httpapi-idempotency-key-header). */
export const keyHeader = "idempotency-key";
/** How often an SDK of OpenAI, Anthropic and others has repeated a request by itself. */
const retryHeader = "x-stainless-retry-count";
/** Codex' id of a turn, the same whenever it repeats one. */
const turnHeader = "x-client-request-id";

/** A client's wish for a stream that it can go on with. */
const resumableHeader = "x-llmgw-resumable";

const maxKeyLength = 255;

export type Sign =
	/** It comes with a key, or with the last event that its client has, or wants events with ids. */
	| {
			readonly kind: "kept";
			readonly key: string | undefined;
			readonly isResumable: boolean;
			readonly lastEvent: EventId | undefined;
	  }
	/** Its client may repeat it by itself. */
	| { readonly kind: "watched"; readonly isRepeat: boolean; readonly mark: string };

/**
 * @param isStream only streams have events
 * @param isResumable the route's streams are
 * @throws GatewayError 400 for a key that is none
 */
export function signOf(headers: IncomingHttpHeaders, isStream: boolean, isResumable: boolean): Sign | undefined {
	const key = headers[keyHeader];
	// Upstreams may have events with ids of their own.
	const lastEvent = isStream ? parseEventId(String(headers[lastEventHeader] ?? "")) : undefined;
	const wantsIds = isStream && (isResumable || headers[resumableHeader] === "true");
	if (key !== undefined || lastEvent !== undefined || wantsIds)
		return {
			kind: "kept",
			key: key === undefined ? undefined : readKey(String(key)),
			isResumable: wantsIds,
			lastEvent,
		};
	const count = headers[retryHeader];
	if (count !== undefined) return { kind: "watched", isRepeat: Number(count) > 0, mark: "" };
	const turn = headers[turnHeader];
	return turn === undefined ? undefined : { kind: "watched", isRepeat: true, mark: String(turn) };
}

/** The draft has a string of RFC 9651, in quotes; most clients send it bare. */
function readKey(value: string): string {
	const key = /^"(.*)"$/.exec(value)?.[1] ?? value;
	if (key === "" || key.length > maxKeyLength || !/^[\x20-\x7e]+$/.test(key))
		throw new GatewayError(400, `The Idempotency-Key must have 1 to ${maxKeyLength} printable ASCII characters.`, {
			code: "invalid_idempotency_key",
			param: keyHeader,
		});
	return key;
}

/**
 * Who asks: a key of the gateway's, and the client's credentials for an upstream. Nobody else's request is ever answered with the
 * same answer. Only hashes leave the process.
 */
export function callerHash({ caller, requestHeaders, clientCredentials, task }: Exchange): string {
	if (task !== undefined) return ownerHash(task.owner);
	const hash = createHash("sha256")
		.update("llmgw caller 1\n")
		.update(caller?.keyId ?? "");
	for (const headers of [requestHeaders, clientCredentials ?? {}])
		for (const [name, credential] of credentialsIn(headers)) hash.update(`\n${name}\n${credential}`);
	return hash.digest("base64url");
}

/** The owner of a response in the background, which all of the owner's keys may read. */
export function ownerHash(owner: string): string {
	return createHash("sha256").update("llmgw owner of responses 1\n").update(owner).digest("base64url");
}

export function keyHash(caller: string, key: string): string {
	return createHash("sha256").update(caller).update("\n").update(key).digest("base64url");
}

/** @param name that an answer has beside its id */
export function nameHash(caller: string, name: string): string {
	return createHash("sha256").update(caller).update("\nname\n").update(name).digest("base64url");
}

/** What is asked for: the operation with its path, and the body's bytes, files among them. */
export function fingerprintOf({ operation, body, form }: Exchange, target: string, mark: string): string {
	const hash = createHash("sha256").update(`${operation?.id}\n${target}\n${mark}\n`);
	for (const piece of body === undefined ? [] : piecesOf(body)) hash.update(piece);
	for (const piece of form?.contents ?? []) hash.update(piece);
	return hash.digest("base64url");
}
