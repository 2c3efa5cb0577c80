/** Changes some top-level members of a JSON object in its bytes. All else stays as it was written. */
import { type BodyBytes, piecesOf, withMembers } from "./bodyBytes.js";
import { findValueEnd, skipSpace } from "./jsonMember.js";

/** New values by name; undefined removes the member. */
export type Edits = ReadonlyMap<string, unknown>;

const quote = 0x22;
const comma = 0x2c;
const openBrace = 0x7b;

/** @param body valid JSON, an object */
export function editMembers(body: BodyBytes, edits: Edits): BodyBytes {
	const pieces = piecesOf(body);
	const all = pieces.length === 1 ? body.bytes : Buffer.concat(pieces);
	const start = skipSpace(all, 0);
	if (all[start] !== openBrace) return body;
	const kept: Buffer[] = [];
	const missing = new Map([...edits].filter(([, value]) => value !== undefined));
	let at = skipSpace(all, start + 1);
	while (all[at] === quote) {
		const nameEnd = findValueEnd(all, at);
		const valueStart = skipSpace(all, skipSpace(all, nameEnd) + 1);
		const valueEnd = findValueEnd(all, valueStart);
		const name = JSON.parse(all.toString("utf8", at, nameEnd)) as string;
		if (!edits.has(name)) kept.push(all.subarray(at, valueEnd));
		else if (edits.get(name) !== undefined && missing.delete(name))
			kept.push(Buffer.concat([all.subarray(at, valueStart), Buffer.from(JSON.stringify(edits.get(name)))]));
		at = skipSpace(all, valueEnd);
		if (all[at] === comma) at = skipSpace(all, at + 1);
	}
	const members = kept.flatMap((member, place) => (place === 0 ? [member] : [Buffer.from(","), member]));
	const edited: BodyBytes = { bytes: Buffer.concat([Buffer.from("{"), ...members, Buffer.from("}")]) };
	if (missing.size === 0) return edited;
	const added = [...missing].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
	return withMembers(edited, added.join(","));
}
