/** How the events of a stream become bytes: server-sent events, lines of JSON, or one list. */

export type Bytes = string | Buffer;

/** An event whose JSON has its name as `type`. */
export interface NamedEvent {
	readonly type: string;
	readonly [member: string]: unknown;
}

export interface Framing {
	readonly contentType: string;
	/** @param name of the event, where the format names it beside its JSON */
	event(value: object, name?: string): Bytes;
	/** These bytes where an event's JSON would be. */
	broken(bytes: Buffer): Bytes;
	/** An error in place of an event, where the framing has a form of its own for it. */
	exception?(name: string, value: object): Bytes;
	/** What ends a stream that is whole. */
	readonly last: Bytes;
}

type Json = (value: unknown) => string;

/** Server-sent events. @param last what stands at the end */
export function eventStream(json: Json, last = ""): Framing {
	return {
		contentType: "text/event-stream",
		event: (value, name) => `${name === undefined ? "" : `event: ${name}\n`}data: ${json(value)}\n\n`,
		broken: (bytes) => Buffer.concat([Buffer.from("data: "), bytes, Buffer.from("\n\n")]),
		last,
	};
}

/** One JSON object a line. */
export function jsonLines(json: Json): Framing {
	return {
		contentType: "application/x-ndjson",
		event: (value) => `${json(value)}\n`,
		broken: (bytes) => Buffer.concat([bytes, Buffer.from("\n")]),
		last: "",
	};
}

/** One list, whose items come as they are made. */
export function jsonList(json: Json): Framing {
	let hasBegun = false;
	const before = () => {
		const text = hasBegun ? ",\r\n" : "[";
		hasBegun = true;
		return text;
	};
	return {
		contentType: "application/json",
		event: (value) => before() + json(value),
		broken: (bytes) => Buffer.concat([Buffer.from(before()), bytes]),
		last: "]",
	};
}

export function joined(parts: readonly Bytes[]): Bytes {
	if (parts.every((part) => typeof part === "string")) return parts.join("");
	return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}
