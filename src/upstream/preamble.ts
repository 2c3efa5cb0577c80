/** What a stream sends before it says something: comments, and chunks without output. */

const lineEnd = /\r\n|\n|\r/;

/** Parts whole events into those that hold nothing but comments, and all others. */
export function splitComments(events: Buffer): { comments: Buffer; others: Buffer } {
	const parts = { comments: "", others: "" };
	for (const event of events.toString().match(/[\s\S]*?(?:\r\n|\n|\r)(?:\r\n|\n|\r)/g) ?? [])
		parts[event.split(lineEnd).every((line) => line === "" || line.startsWith(":")) ? "comments" : "others"] += event;
	return { comments: Buffer.from(parts.comments), others: Buffer.from(parts.others) };
}
