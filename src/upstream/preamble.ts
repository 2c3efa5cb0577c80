/** What a stream sends before it says something: comments, progress, and chunks without output. */

type Json = Record<string, unknown>;

const lineEnd = /\r\n|\n|\r/;

/** Parts whole events into those that hold nothing but comments, and all others. */
export function splitComments(events: Buffer): { comments: Buffer; others: Buffer } {
	const parts = { comments: "", others: "" };
	for (const event of events.toString().match(/[\s\S]*?(?:\r\n|\n|\r)(?:\r\n|\n|\r)/g) ?? [])
		parts[event.split(lineEnd).every((line) => line === "" || line.startsWith(":")) ? "comments" : "others"] += event;
	return { comments: Buffer.from(parts.comments), others: Buffer.from(parts.others) };
}

/** A host tells how far it is: `prompt_progress` of llama.cpp, `progress` and `….progress` of others. */
export function isProgress(chunk: Json): boolean {
	for (const name in chunk) {
		const value = chunk[name];
		if (/progress/i.test(name) && value !== null && value !== undefined) return true;
		if ((name === "type" || name === "object") && typeof value === "string" && /progress/i.test(value)) return true;
	}
	return false;
}
