/** Breakpoints in a Messages request that goes on in its client's bytes; `chat/breakpoints.ts` has those of translated ones. */
import { type Addition, addMembers } from "../../json/addMember.js";
import { type BodyBytes, piecesOf } from "../../json/bodyBytes.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";

type Json = Readonly<Record<string, unknown>>;
type Place = readonly string[];

const hint = "cache_control";
const quotedHint = Buffer.from(`"${hint}"`);

/**
 * With at most four: after the tools, the instructions, and the last two turns of the user.
 *
 * @returns the same body if it has some of its own
 */
export function markBody(body: BodyBytes, ttl: "5m" | "1h"): BodyBytes {
	const pieces = piecesOf(body);
	// Most that have hints are known without a look at their JSON: within a text its quotes would be escaped.
	if (pieces.some((piece) => piece.includes(quotedHint))) return body;
	const bytes = pieces.length === 1 ? body.bytes : Buffer.concat(pieces);
	const json = parseObject(bytes.toString());
	if (json === undefined || hasHint(json)) return body;
	const member = `"${hint}":{"type":"ephemeral"${ttl === "1h" ? ',"ttl":"1h"' : ""}}`;
	const additions = placesIn(json).map(({ place, isText }): Addition => {
		const wrapped = ['[{"type":"text","text":', "}]"] as const;
		return isText ? { place, member, wrapped } : { place, member };
	});
	return additions.length === 0 ? body : { bytes: addMembers(bytes, additions) };
}

/** Read from the values, since a name may be written with escapes, and stand in two pieces of a body. */
function hasHint(value: unknown): boolean {
	if (Array.isArray(value)) return value.some(hasHint);
	if (!isObject(value)) return false;
	return hint in value || Object.values(value).some(hasHint);
}

interface MarkPlace {
	readonly place: Place;
	/** It is a text, which has to become a block first. */
	readonly isText: boolean;
}

function placesIn({ tools, system, messages }: Json): MarkPlace[] {
	const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
	const users = list.flatMap((message, at) => (isObject(message) && message.role === "user" ? [at] : []));
	const turns = users.flatMap((at) => lastIn((list[at] as Json).content, ["messages", `${at}`, "content"]));
	return [...lastIn(tools, ["tools"]), ...lastIn(system, ["system"]), ...turns.slice(-2)];
}

function lastIn(value: unknown, place: Place): MarkPlace[] {
	if (typeof value === "string") return value.trim() === "" ? [] : [{ place, isText: true }];
	if (!Array.isArray(value)) return [];
	const at = value.findLastIndex(isMarkable);
	return at === -1 ? [] : [{ place: [...place, `${at}`], isText: false }];
}

/** Anthropic takes none on thoughts, on empty texts, and on tools that are only loaded when they are searched for. */
function isMarkable(item: unknown): boolean {
	if (!isObject(item) || Object.keys(item).length === 0 || item.defer_loading === true) return false;
	if (item.type === "thinking" || item.type === "redacted_thinking") return false;
	return item.type !== "text" || (typeof item.text === "string" && item.text.trim() !== "");
}
