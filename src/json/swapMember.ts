/** Puts one member of a JSON object in place of another in its bytes. All else stays as it was written. */
import { type BodyBytes, withSpan } from "./bodyBytes.js";
import { findMember } from "./jsonMember.js";

/**
 * @param body valid JSON, an object that has at most one member of this name, and none of the new one's
 * @returns undefined where the member is not in the body's first piece
 */
export function swapMember(
	body: BodyBytes,
	name: string,
	[newName, value]: readonly [name: string, value: unknown],
): BodyBytes | undefined {
	const { before, bytes } = body;
	if (before !== undefined) return undefined;
	const span = findMember(bytes, { start: 0, end: bytes.length }, Buffer.from(JSON.stringify(name)), true);
	if (span === undefined) return undefined;
	const member = Buffer.from(`${JSON.stringify(newName)}:${JSON.stringify(value)}`);
	return withSpan(body, span.nameStart, span.end, member);
}
