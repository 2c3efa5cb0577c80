/**
 * Carries a vendor's signature of a tool call through clients whose dialect has no place for it: in the call's id, which
 * they all send back as it was.
 */
import type { ChatEvent } from "./event.js";
import type { ChatRequest, Part } from "./request.js";
import type { ChatResponse } from "./response.js";

/** What follows it in an id is the signature: base64 in the alphabet of URLs, or the base64 of any other text. */
const base64Mark = "__sig_";
const textMark = "__sigtext_";
const signed = /^(.*?)(__sig_|__sigtext_)([A-Za-z0-9_-]+)$/s;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function signedId(id: string, signature: string): string {
	const isBase64 = base64.test(signature);
	const bytes = Buffer.from(signature, isBase64 ? "base64" : "utf8");
	return id + (isBase64 ? base64Mark : textMark) + bytes.toString("base64url");
}

export function splitId(given: string): { readonly id: string; readonly signature: string | undefined } {
	const [, id, mark, text = ""] = signed.exec(given) ?? [];
	if (id === undefined) return { id: given, signature: undefined };
	return { id, signature: Buffer.from(text, "base64url").toString(mark === base64Mark ? "base64" : "utf8") };
}

/** The request with the signatures of its calls at their place, and out of the ids. */
export function withSignatures(request: ChatRequest): ChatRequest {
	const isSigned = ({ type, ...part }: Part) =>
		(type === "tool_call" || type === "tool_result") && signed.test((part as { id: string }).id);
	if (!request.messages.some(({ parts }) => parts.some(isSigned))) return request;
	const messages = request.messages.map((message) => ({ ...message, parts: message.parts.map(withSignature) }));
	return { ...request, messages };
}

function withSignature(part: Part): Part {
	if (part.type === "tool_result") return { ...part, id: splitId(part.id).id };
	if (part.type !== "tool_call") return part;
	const { id, signature } = splitId(part.id);
	return signature === undefined ? part : { ...part, id, signature };
}

/** Events whose calls have their signatures in the ids. */
export function withSignedIds(events: readonly ChatEvent[]): readonly ChatEvent[] {
	if (!events.some((event) => event.type === "tool_call" && event.signature)) return events;
	return events.map((event) =>
		event.type === "tool_call" && event.signature ? { ...event, id: signedId(event.id, event.signature) } : event,
	);
}

/** An answer whose calls have their signatures in the ids. */
export function answerWithSignedIds(response: ChatResponse): ChatResponse {
	const choices = response.choices.map((choice) => ({
		...choice,
		parts: choice.parts.map((part) =>
			part.type === "tool_call" && part.signature ? { ...part, id: signedId(part.id, part.signature) } : part,
		),
	}));
	return { ...response, choices };
}

/** Members by which a dialect's calls, and their results, are known. */
const idMembers = new Set(["id", "call_id", "tool_call_id", "tool_use_id"]);

/** A request's body without signatures in the ids of its calls. @returns the same value if there are none */
export function withoutSignedIds<Value>(json: Value): Value {
	if (typeof json !== "object" || json === null) return json;
	let isChanged = false;
	const changed = Object.entries(json).map(([name, value]: [string, unknown]) => {
		const isId = idMembers.has(name) && typeof value === "string" && signed.test(value);
		const plain = isId ? splitId(value).id : withoutSignedIds(value);
		isChanged ||= plain !== value;
		return [name, plain] as const;
	});
	if (!isChanged) return json;
	return (Array.isArray(json) ? changed.map(([, value]) => value) : Object.fromEntries(changed)) as Value;
}

/** Whether bytes may hold an id with a signature. */
export function mayHoldSignedIds(bytes: Buffer): boolean {
	return bytes.includes(anyMark);
}

const anyMark = Buffer.from("__sig");
