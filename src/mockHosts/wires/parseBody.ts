/** Parses the body of a request to a pretending host. */
import { parseForm } from "./parseForm.js";
import type { Body } from "./wire.js";

/** @throws Error that says what is wrong */
export function parseBody(text: string): Body {
	if (text.startsWith("--")) return parseForm(text);
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch (error) {
		throw new Error(`the body is not JSON: ${(error as Error).message}`);
	}
	if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error("the body must be an object");
	return body as Body;
}
