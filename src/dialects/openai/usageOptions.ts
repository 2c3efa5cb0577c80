/** Asks an upstream to count a stream's tokens where the client didn't (`stream_options`), in the bytes of the request. */
import { type BodyBytes as Bytes, piecesOf, withMembers, withSpan } from "../../json/bodyBytes.js";
import { findMember } from "../../json/jsonMember.js";
import type { HiddenUsage, Json } from "../dialect.js";

const memberName = "stream_options";
const quotedName = Buffer.from(`"${memberName}"`);

/** Counts that are asked for on a client's behalf. */
export interface UsageRequest {
	readonly options: Json;
	/** The client has asked for usage at the end itself, but not for what has been used so far. */
	readonly isClients: boolean;
}

export function hiddenUsageOf({ options, isClients }: UsageRequest): HiddenUsage {
	return { isEndHidden: !isClients, arePiecesHidden: options.continuous_usage_stats === true };
}

/** Some old servers know no such options, and say so: with a 400, or FastAPI's 422. */
export function refusesUsage(status: number, body: Buffer): boolean {
	if (![400, 422].includes(status)) return false;
	return body.includes(memberName) || body.includes("continuous_usage_stats");
}

/** Undefined if the client has asked for all of it, or its own options are none that could be added to. */
export function usageRequest(json: Json, mode: "ask" | "continuous" | "never"): UsageRequest | undefined {
	if (mode === "never" || json.stream !== true) return undefined;
	const given = json[memberName] ?? {};
	if (typeof given !== "object" || Array.isArray(given)) return undefined;
	const { include_usage: end, continuous_usage_stats: continuous } = given as Json;
	const isClients = end === true;
	if (isClients && (mode === "ask" || continuous === true)) return undefined;
	return {
		options: { ...given, include_usage: true, ...(mode === "continuous" && { continuous_usage_stats: true }) },
		isClients,
	};
}

/** @param json what the client's own options stand in; all else in the bytes stays as it is */
export function withUsageRequest(json: Json, body: Bytes, { options }: UsageRequest): Bytes {
	const text = JSON.stringify(options);
	if (json[memberName] === undefined) return withMembers(body, `"${memberName}":${text}`);
	const { before, rest } = body;
	// A member is found in a whole object alone.
	const bytes = before === undefined ? body.bytes : Buffer.concat([...before, body.bytes]);
	const whole = rest === undefined ? { bytes } : { bytes, rest };
	const span = findMember(bytes, { start: 0, end: bytes.length }, quotedName, true);
	// A plugin has put them into what was parsed.
	if (span === undefined) {
		const asked = JSON.parse(Buffer.concat(piecesOf(whole)).toString()) as Json;
		return { bytes: Buffer.from(JSON.stringify({ ...asked, [memberName]: options })) };
	}
	return withSpan(whole, span.start, span.end, Buffer.from(text));
}
