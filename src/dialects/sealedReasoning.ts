/**
 * Reasoning of an upstream that speaks another dialect than the client. The client gets it with a seal where its own dialect
 * has a vendor's proof, and gives both back unchanged; so reasoning survives a loop of tool calls. The seal says whose
 * reasoning it is, and holds the vendor's own proof. It is bound to the text, so that neither goes on without the other.
 */
import { createHash } from "node:crypto";
import type { ChatEvent, ReasoningDelta } from "../chat/event.js";
import type { Message, Part, Reasoning } from "../chat/request.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";

/** What every seal begins with. */
export const sealMark = "llmgw1.";

export function isSeal(proof: unknown): boolean {
	return typeof proof === "string" && proof.startsWith(sealMark);
}

/** What a seal says of its reasoning. */
interface Seal {
	/** The dialect of the upstream that it came from. */
	readonly dialect: string;
	readonly signature?: string | undefined;
	readonly encrypted?: string | undefined;
}

/** @param reasoning as an upstream of this dialect has put it out */
export function sealed(reasoning: Reasoning, dialect: string): Reasoning {
	const { text, signature, encrypted } = reasoning;
	const content = { d: dialect, s: signature, e: encrypted, h: digestOf(dialect, text, signature ?? encrypted) };
	return { type: "reasoning", text, signature: sealMark + Buffer.from(JSON.stringify(content)).toString("base64url") };
}

/** @returns undefined for what is no seal, or is not that of this text */
function unsealed(text: string, proof: string): Seal | undefined {
	if (!proof.startsWith(sealMark)) return undefined;
	const content = parseObject(Buffer.from(proof.slice(sealMark.length), "base64url").toString());
	if (!isObject(content)) return undefined;
	const { d: dialect, s: signature, e: encrypted, h: digest } = content;
	if (typeof dialect !== "string") return undefined;
	const own = [signature, encrypted].find((value) => typeof value === "string") as string | undefined;
	if (digest !== digestOf(dialect, text, own)) return undefined;
	return {
		dialect,
		...(typeof signature === "string" ? { signature } : {}),
		...(typeof encrypted === "string" ? { encrypted } : {}),
	};
}

function digestOf(...parts: readonly (string | undefined)[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

/** What a call's seal begins with; no other seal has a second dot. */
const callMark = `${sealMark}call.`;

/**
 * The proof of a call that carries the reasoning before it, for clients that give back no thoughts but what proves their calls.
 *
 * @param reasoning sealed
 */
export function sealOfCall(reasoning: readonly Reasoning[]): string | undefined {
	const carried = reasoning.filter(({ signature }) => signature !== undefined);
	if (carried.length === 0) return undefined;
	const content = carried.map(({ text, signature }) => [text, signature]);
	return callMark + Buffer.from(JSON.stringify(content)).toString("base64url");
}

/** @returns the sealed reasoning that a call carries; undefined if its proof is a vendor's */
export function reasoningOfCall(proof: string): Reasoning[] | undefined {
	if (!proof.startsWith(callMark)) return undefined;
	const { content } = parseObject(`{"content":${Buffer.from(proof.slice(callMark.length), "base64url")}}`) ?? {};
	if (!Array.isArray(content)) return [];
	return content.flatMap((pair: unknown): Reasoning[] => {
		const [text, signature] = Array.isArray(pair) ? pair : [];
		return typeof text === "string" && typeof signature === "string" ? [{ type: "reasoning", text, signature }] : [];
	});
}

/** How an upstream takes reasoning that comes back. */
export interface ReasoningTaker {
	/** Its dialect. */
	readonly dialect: string;
	/** It reads reasoning that nobody has signed. */
	readonly takesPlain: boolean;
}

/**
 * Messages with the reasoning that the upstream may be shown: what came from one of its dialect, with the vendor's own
 * proof, and what has no proof at all. Another vendor's is left out, and so is what has been changed or made up.
 */
export function openSealed(
	messages: readonly Message[],
	taker: ReasoningTaker,
	dropped: Set<string>,
): readonly Message[] {
	const isReasoned = messages.some(({ parts }) => parts.some(({ type }) => type === "reasoning"));
	if (!isReasoned) return messages;
	return messages.flatMap((message) => {
		const parts = message.parts.flatMap((part) => openPart(part, taker, dropped));
		// Of a turn that was all thoughts, nothing is left.
		return parts.length === 0 && message.parts.length > 0 ? [] : [{ ...message, parts }];
	});
}

function openPart(part: Part, { dialect, takesPlain }: ReasoningTaker, dropped: Set<string>): Part[] {
	if (part.type !== "reasoning") return [part];
	const proof = part.signature ?? part.encrypted;
	const seal = proof === undefined ? undefined : unsealed(part.text, proof);
	const isForeign = proof !== undefined && seal === undefined;
	const vendors = seal?.signature ?? seal?.encrypted;
	if (!isForeign && vendors !== undefined && seal?.dialect === dialect) {
		const { signature, encrypted } = seal;
		return [{ type: "reasoning", text: part.text, signature, encrypted }];
	}
	if (!isForeign && vendors === undefined && takesPlain) return [{ type: "reasoning", text: part.text }];
	dropped.add("reasoning");
	return [];
}

/** Seals the reasoning of one stream, each part of it at its end. */
export class ReasoningSealer {
	readonly #dialect: string;
	/** What has come of reasoning that is not over, by choice. */
	readonly #open = new Map<number, string>();

	constructor(dialect: string) {
		this.#dialect = dialect;
	}

	/** Reasoning has come that is not over. */
	get isOpen(): boolean {
		return this.#open.size > 0;
	}

	seal(event: ChatEvent): readonly ChatEvent[] {
		switch (event.type) {
			case "reasoning":
				return this.#sealReasoning(event);
			case "text":
			case "refusal":
			case "tool_call":
			case "opaque":
			case "finish":
				return this.#open.has(event.choice) ? [...this.rest(event.choice), event] : [event];
			default:
				return [event];
		}
	}

	/** Seals of reasoning that nothing has followed. @param choice undefined for all */
	rest(choice?: number): ChatEvent[] {
		const events: ChatEvent[] = [];
		for (const [own, text] of this.#open)
			if (choice === undefined || choice === own) {
				this.#open.delete(own);
				events.push(this.#sealOf({ type: "reasoning", choice: own, text: "" }, text));
			}
		return events;
	}

	#sealReasoning(event: ReasoningDelta): ReasoningDelta[] {
		const { choice, signature, encrypted } = event;
		const text = (this.#open.get(choice) ?? "") + event.text;
		if ((signature ?? encrypted) === undefined) {
			if (text !== "") this.#open.set(choice, text);
			return [event];
		}
		this.#open.delete(choice);
		return [this.#sealOf(event, text)];
	}

	#sealOf({ signature, encrypted, ...event }: ReasoningDelta, text: string): ReasoningDelta {
		const { signature: seal } = sealed({ type: "reasoning", text, signature, encrypted }, this.#dialect);
		return { ...event, signature: seal };
	}
}
