/** What kind of event the bytes of its data are, without parsing them. */
import { findMember } from "../../json/jsonMember.js";

const beginning = Buffer.from('{"type":');
const typeName = Buffer.from('"type"');
const space = 0x20;
/** Longer than the longest of the names that anybody asks for. */
const longestName = 28;

/** The event's `type`, if it is a short one; nearly all events begin with it. */
export function eventType(data: Buffer): string | undefined {
	let from = beginning.length;
	if (data.compare(beginning, 0, from, 0, Math.min(from, data.length)) === 0) {
		if (data[from] === space) from += 1;
	} else {
		const type = findMember(data, { start: 0, end: data.length }, typeName);
		if (type === undefined) return undefined;
		from = type.start;
	}
	const text = data.toString("latin1", from + 1, from + 1 + longestName);
	const end = text.indexOf('"');
	return end === -1 ? undefined : text.slice(0, end);
}

const responseName = Buffer.from('"response"');
const idName = Buffer.from('"id"');

/** The id of the response that an event has. */
export function responseIdIn(data: Buffer): string | undefined {
	const response = findMember(data, { start: 0, end: data.length }, responseName);
	const id = response && findMember(data, response, idName);
	if (id === undefined) return undefined;
	const value: unknown = JSON.parse(data.toString("utf8", id.start, id.end));
	return typeof value === "string" ? value : undefined;
}

/** After such an event nothing comes. */
export function endsResponse(type: string | undefined): boolean {
	return (
		type === "response.completed" || type === "response.incomplete" || type === "response.failed" || type === "error"
	);
}
