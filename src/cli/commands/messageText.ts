/** The content of a completion's message, as text. */

/** A message's text, be it in parts. */
export function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return (content as Record<string, unknown>[]).map(({ text, refusal }) => String(text ?? refusal ?? "")).join("");
}
