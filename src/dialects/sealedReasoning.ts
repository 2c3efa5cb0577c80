/**
 * Reasoning of an upstream that speaks another dialect than the client. The client gets it with a seal where its own dialect
 * has a vendor's proof, and gives both back unchanged; so reasoning survives a loop of tool calls. The seal says whose
 * reasoning it is, and holds the vendor's own proof. It is bound to the text: neither goes on without the other.
 */
import { createHash } from "node:crypto";
import type { ChatEvent, ReasoningDelta } from "../chat/event.js";
import type { Message, Part, Reasoning } from "../chat/request.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import { isSeal, type Seals, sealMark } from "./seals.js";

/** What a seal says of its reasoning. */
interface Sealed {
	/** The dialect of the upstream that it came from. */
	readonly dialect: string;
	readonly signature?: string | undefined;
	readonly encrypted?: string | undefined;
}

/** @param reasoning as an upstream of this dialect has put it out */
export function sealed({ text, signature, encrypted }: Reasoning, dialect: string, seals: Seals): Reasoning {
	const content = JSON.stringify({ d: dialect, s: signature, e: encrypted });
	return { type: "reasoning", text, signature: seals.seal(content, boundTo(text)) };
}

function boundTo(text: string): string {
	return `reasoning\n${text}`;
}

/** @returns undefined for what is no seal that this gateway knows; `forged` for one that is not that of this text */
function unsealed(text: string, proof: string, seals: Seals): Sealed | "forged" | undefined {
	const opened = seals.open(proof, boundTo(text));
	if (opened.kind === "forged") return "forged";
	return opened.kind === "open" ? sealedIn(opened.content.toString()) : earlierSeal(text, proof);
}

/**
 * Earlier versions sealed without a secret, so that anybody may have written such a text. What its vendor has signed, the
 * vendor itself checks.
 */
function earlierSeal(text: string, proof: string): Sealed | undefined {
	if (!isSeal(proof)) return undefined;
	const content = Buffer.from(proof.slice(sealMark.length), "base64url").toString();
	const seal = sealedIn(content);
	const vendors = seal?.signature ?? seal?.encrypted;
	if (seal === undefined || vendors === undefined) return undefined;
	const digest = createHash("sha256")
		.update(JSON.stringify([seal.dialect, text, vendors]))
		.digest("base64url");
	return parseObject(content)?.h === digest.slice(0, 22) ? seal : undefined;
}

function sealedIn(json: string): Sealed | undefined {
	const { d: dialect, s: signature, e: encrypted } = parseObject(json) ?? {};
	if (typeof dialect !== "string") return undefined;
	return {
		dialect,
		...(typeof signature === "string" ? { signature } : {}),
		...(typeof encrypted === "string" ? { encrypted } : {}),
	};
}

/** What a call's seal begins with. It holds seals, and is none itself. */
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

/** How seals are opened for it. */
export interface Opening {
	readonly seals: Seals;
	/** What the client's vendor says of a proof that isn't valid. */
	readonly refusal: string;
}

/**
 * Messages with the reasoning that the upstream may be shown: what came from one of its dialect, with the vendor's own
 * proof, and what has no proof at all. Another vendor's is left out, and so is what no key of this gateway has sealed.
 *
 * @throws GatewayError 400 for reasoning or a seal that was changed, where the upstream would take it for its own
 */
export function openSealed(
	messages: readonly Message[],
	taker: ReasoningTaker & Opening,
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

function openPart(part: Part, taker: ReasoningTaker & Opening, dropped: Set<string>): Part[] {
	if (part.type !== "reasoning") return [part];
	const { dialect, takesPlain, seals, refusal } = taker;
	const proof = part.signature ?? part.encrypted;
	const found = proof === undefined ? undefined : unsealed(part.text, proof, seals);
	if (found === "forged" && takesPlain) throw new GatewayError(400, refusal, { code: "invalid_encrypted_content" });
	const seal = found === "forged" ? undefined : found;
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
	readonly #seals: Seals;
	/** What has come of reasoning that is not over, by choice. */
	readonly #open = new Map<number, string>();

	constructor(dialect: string, seals: Seals) {
		this.#dialect = dialect;
		this.#seals = seals;
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
		const { signature: seal } = sealed({ type: "reasoning", text, signature, encrypted }, this.#dialect, this.#seals);
		return { ...event, signature: seal };
	}
}
