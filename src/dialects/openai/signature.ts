/** A vendor's signature of a tool call, where Google's API for clients of chat completions has it. */
import { isObject } from "../../json/isObject.js";
import type { Json } from "../dialect.js";

export function signatureIn({ extra_content: extra }: Json): { signature?: string } {
	const google = isObject(extra) && isObject(extra.google) ? extra.google : {};
	return typeof google.thought_signature === "string" ? { signature: google.thought_signature } : {};
}
