/** How deep a JSON text nests and how much there is in it, without parsing it. */

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

export interface JsonLimits {
	/** Levels of arrays and objects. */
	readonly maxDepth: number;
	/** Arrays, objects and members of objects: what costs memory beyond its own length. */
	readonly maxParts: number;
}

/**
 * Which limit JSON text exceeds, if any. Of text that is not JSON it says nothing that would matter.
 *
 * Strings, where prompts and inline images are, are passed over by a native search.
 */
export function exceededLimit(bytes: Buffer, { maxDepth, maxParts }: JsonLimits): keyof JsonLimits | undefined {
	// Each level takes an opening and a closing byte.
	if (bytes.length < Math.min(maxDepth * 2, maxParts)) return undefined;
	let depth = 0;
	let parts = 0;
	for (let at = 0; at < bytes.length; at += 1) {
		const byte = bytes[at] as number;
		if (byte === quote) {
			at = endOfString(bytes, at);
			if (at === -1) return undefined;
		} else if (byte === 0x5b || byte === 0x7b) {
			depth += 1;
			if (depth > maxDepth) return "maxDepth";
			parts += 1;
		} else if (byte === 0x5d || byte === 0x7d) {
			depth -= 1;
		} else if (byte === colon) {
			parts += 1;
		}
		if (parts > maxParts) return "maxParts";
	}
	return undefined;
}

function endOfString(bytes: Buffer, start: number): number {
	for (let end = bytes.indexOf(quote, start + 1); end !== -1; end = bytes.indexOf(quote, end + 1)) {
		let backslashes = 0;
		while (bytes[end - 1 - backslashes] === backslash) backslashes += 1;
		if (backslashes % 2 === 0) return end;
	}
	return -1;
}
