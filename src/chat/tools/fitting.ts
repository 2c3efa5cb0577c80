/** Names and ids in a form that an API takes. */

/** What an API takes as a name, or as an id. */
export interface TextForm {
	/** One character that it refuses. */
	readonly refused: RegExp;
	/** In UTF-16 units. */
	readonly maxLength: number;
}

/** What OpenAI, Anthropic, and most of those that follow them take as the name of a tool. */
export const usualName: TextForm = { refused: /[^a-zA-Z0-9_-]/g, maxLength: 64 };

/** Characters of the number that stands for what was cut off. */
const digits = 8;

/** The same text for the same text, always; text that fits as it is. */
export function fitText(text: string, { refused, maxLength }: TextForm): string {
	const plain = text.replace(refused, "_");
	if (plain.length <= maxLength) return plain;
	return `${plain.slice(0, maxLength - digits - 1)}_${checksum(text)}`;
}

/** Texts that are taken, each with the highest number that was put after it to make others. */
export type Taken = Map<string, number>;

/** As `fitText`, and other than those that are taken. What is returned is taken, too. */
export function fitUnique(text: string, form: TextForm, taken: Taken): string {
	const plain = fitText(text, form);
	let name = plain;
	let number = taken.get(plain) ?? 1;
	while (taken.has(name)) {
		number += 1;
		const suffix = `_${number}`;
		name = plain.slice(0, form.maxLength - suffix.length) + suffix;
	}
	taken.set(name, 1).set(plain, number);
	return name;
}

/** FNV-1a, 32 bits. */
function checksum(text: string): string {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
	return hash.toString(16).padStart(digits, "0");
}
