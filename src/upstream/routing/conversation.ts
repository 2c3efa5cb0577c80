/** Which conversation a request goes on with: what an upstream's prompt cache may hold of it. */
import { isObject } from "../../json/isObject.js";
import type { AgentSession } from "./agentSession.js";
import { hashText } from "./hash.js";
import { promptOf } from "./promptText.js";

type Json = Readonly<Record<string, unknown>>;

/** Long enough for most instructions, so that conversations with the same ones differ by what their users say first. */
export const conversationCharacters = 65_536;

/** Ids can be of any length. */
const maxIdCharacters = 1024;

/** @returns the conversation's text: a session of an agent, an earlier response, or else the prompt's beginning; undefined without any */
export function conversationText(
	session: AgentSession | undefined,
	json: Json,
	prefix: (characters: number) => string,
): string | undefined {
	if (session !== undefined) return `session\n${session.id}\n${session.subagent ?? ""}`;
	const { previous_response_id: previous } = json;
	if (typeof previous === "string" && previous !== "") return responseText(previous);
	const beginning = prefix(conversationCharacters);
	return beginning === "" ? undefined : `prefix\n${beginning}`;
}

/** The conversation that goes on after a response. */
export function responseText(id: string): string {
	return `response\n${id.slice(0, maxIdCharacters)}`;
}

/** @returns undefined for texts to complete or to embed, which are no conversation */
export function turnOf(json: Json): "first" | "later" | undefined {
	if (json.previous_response_id != null) return "later";
	const prompt = promptOf(json);
	if (!Array.isArray(prompt) || !isObject(prompt[0])) return undefined;
	return prompt.some((item) => isObject(item) && answering.has(item.role)) ? "later" : "first";
}

const answering: ReadonlySet<unknown> = new Set(["assistant", "model"]);

/** @returns an integer below 2⁵³, the same in all processes */
export function conversationKey(text: string): number {
	return hashText(text) * 2 ** 21 + (hashText(`\n${text}`) >>> 11);
}

/** The 32 bits of a key by which rendezvous hashing chooses. */
export function rendezvousBits(key: number): number {
	return Math.floor(key / 2 ** 21);
}
