/** Puts the stored id into an answer's JSON in place of the host's, and leaves every other byte as it is. */
import { behindOpenBrace, findMember, type Span } from "./jsonMember.js";

const idName = Buffer.from('"id"');

/** The new pieces in the place of some bytes. */
export interface Splice extends Span {
	text: string;
}

/**
 * What to change in the bytes of a JSON object so that its top-level `id` is this one. A host that gives none gets one.
 *
 * @param value what the bytes hold
 */
export function spliceId(bytes: Buffer, span: Span, value: object, id: string): Splice {
	const quoted = JSON.stringify(id);
	const found = findMember(bytes, span, idName);
	if (found) return { ...found, text: quoted };
	// Its name is written with escapes, which no host does.
	if (Object.hasOwn(value, "id")) return { ...span, text: JSON.stringify({ ...value, id }) };
	const at = behindOpenBrace(bytes, span);
	return { start: at, end: at, text: `"id":${quoted}${Object.keys(value).length > 0 ? "," : ""}` };
}
