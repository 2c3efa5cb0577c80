/** How much the choices of an answer, or of a chunk of one, say. */

/** Members of a message that are not the model's output. */
const other = new Set(["role", "id", "type", "index", "object", "obfuscation", "annotations"]);

/** Characters of text, reasoning, refusals and calls of tools; 0 where nothing is said. */
export function textLength(choices: unknown): number {
	if (!Array.isArray(choices)) return 0;
	let length = 0;
	for (const choice of choices as ({ delta?: unknown; message?: unknown; text?: unknown } | null)[])
		length += textLengthOf(choice?.delta) + textLengthOf(choice?.message) + textLengthOf(choice?.text);
	return length;
}

/** Characters of a text, or of all texts within a value. */
export function textLengthOf(value: unknown): number {
	if (typeof value === "string") return value.length;
	if (typeof value !== "object" || value === null) return 0;
	let length = 0;
	for (const name in value) if (!other.has(name)) length += textLengthOf((value as Record<string, unknown>)[name]);
	return length;
}
