/** How deep a JSON text nests, without parsing it. */

const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether arrays and objects in valid JSON text nest deeper than `max` levels.
 *
 * Strings, where prompts and inline images are, are passed over by a native search.
 */
export function nestsDeeperThan(bytes: Buffer, max: number): boolean {
	// Each level takes an opening and a closing byte.
	if (bytes.length < max * 2) return false;
	let depth = 0;
	for (let at = 0; at < bytes.length; at += 1) {
		const byte = bytes[at] as number;
		if (byte === quote) {
			at = endOfString(bytes, at);
			if (at === -1) return false;
		} else if (byte === 0x5b || byte === 0x7b) {
			depth += 1;
			if (depth > max) return true;
		} else if (byte === 0x5d || byte === 0x7d) {
			depth -= 1;
		}
	}
	return false;
}

function endOfString(bytes: Buffer, start: number): number {
	for (let end = bytes.indexOf(quote, start + 1); end !== -1; end = bytes.indexOf(quote, end + 1)) {
		let backslashes = 0;
		while (bytes[end - 1 - backslashes] === backslash) backslashes += 1;
		if (backslashes % 2 === 0) return end;
	}
	return -1;
}
