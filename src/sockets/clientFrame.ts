/** What clients send on a WebSocket of responses, read no further than the connection needs it. */
import { GatewayError } from "../errors/gatewayError.js";
import { type Element, elementsOf } from "../json/elements.js";
import { findValueEnd, skipSpace } from "../json/jsonMember.js";
import { noBytes } from "../streaming/piece.js";

const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const quote = 0x22;

/** Members that say something to the connection. */
const ownNames: ReadonlySet<string> = new Set([
	"type",
	"stream_id",
	"generate",
	"stream",
	"background",
	"previous_response_id",
	"store",
	"input",
	"instructions",
	"tools",
]);

export interface ClientFrame {
	readonly bytes: Buffer;
	readonly members: readonly Element[];
	readonly type: string;
	/** The lane it is for; undefined for the connection's own. */
	readonly streamId: string | undefined;
	readonly previousId: string | undefined;
	/** Whether its response is to be kept; undefined if it doesn't say. */
	readonly store: boolean | undefined;
	/** Nothing is to be generated: the turn is made ready. */
	readonly isWarmUp: boolean;
}

/** Frames that can't be taken, with the lane that they are for if that is known. */
export class FrameError extends GatewayError {
	readonly streamId: string | undefined;

	constructor(code: string, message: string, param?: string, streamId?: string) {
		super(400, message, param === undefined ? { code } : { code, param });
		this.streamId = streamId;
	}
}

/** Reads the members that concern the connection. All else is left to whoever answers. @throws FrameError */
export function readFrame(bytes: Buffer): ClientFrame {
	const start = skipSpace(bytes, 0);
	if (bytes[start] !== openBrace) throw new FrameError("invalid_json", "A frame must be a JSON object.");
	const members = membersOf(bytes, start);
	const seen = new Map<string, unknown>();
	for (const member of members) {
		if (!ownNames.has(member.name)) continue;
		if (seen.has(member.name))
			throw new FrameError("duplicate_member", `'${member.name}' comes twice.`, member.name, laneIn(seen));
		seen.set(member.name, shortValue(bytes, member));
	}
	const streamId = laneOf(seen.get("stream_id"));
	const type = seen.get("type");
	if (typeof type !== "string") throw new FrameError("missing_type", "A frame needs a 'type'.", "type", streamId);
	if (seen.get("background") === true)
		throw new FrameError(
			"unsupported_parameter",
			"'background' has no meaning on a WebSocket: ask for such a response over HTTP.",
			"background",
			streamId,
		);
	const previousId = seen.get("previous_response_id");
	return {
		bytes,
		members,
		type,
		streamId,
		previousId: typeof previousId === "string" ? previousId : undefined,
		store: typeof seen.get("store") === "boolean" ? (seen.get("store") as boolean) : undefined,
		isWarmUp: seen.get("generate") === false,
	};
}

function membersOf(bytes: Buffer, start: number): Element[] {
	let members: Element[];
	try {
		members = elementsOf(bytes, start);
	} catch {
		throw notJson();
	}
	if (!isPunctuated(bytes, start, members)) throw notJson();
	return members;
}

/** Whether an object has what belongs around its members, which are written anew in a turn's body, and nothing after it. */
function isPunctuated(bytes: Buffer, start: number, members: readonly Element[]): boolean {
	let at = skipSpace(bytes, start + 1);
	for (const [place, member] of members.entries()) {
		if (place > 0) {
			if (bytes[at] !== comma) return false;
			at = skipSpace(bytes, at + 1);
		}
		if (at !== member.start || bytes[skipSpace(bytes, findValueEnd(bytes, at))] !== colon) return false;
		at = skipSpace(bytes, member.end);
	}
	return bytes[at] === closeBrace && skipSpace(bytes, at + 1) === bytes.length;
}

function notJson(): FrameError {
	return new FrameError("invalid_json", "The frame is not valid JSON.");
}

/** Of a text or a word; undefined for anything longer, which nobody here looks into. */
function shortValue(bytes: Buffer, { valueStart, end }: Element): unknown {
	const first = bytes[valueStart];
	if (first === openBrace || first === openBracket || end - valueStart > longestValue) return undefined;
	try {
		return JSON.parse(bytes.toString("utf8", valueStart, end));
	} catch {
		throw notJson();
	}
}

const longestValue = 1024;

const validLane = /^[A-Za-z0-9_.-]{1,256}$/;

function laneOf(value: unknown): string | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === "string" && validLane.test(value)) return value;
	throw new FrameError(
		"invalid_stream_id",
		"The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters, numbers, underscores, hyphens, and periods.",
		"stream_id",
	);
}

function laneIn(seen: ReadonlyMap<string, unknown>): string | undefined {
	const value = seen.get("stream_id");
	return typeof value === "string" && validLane.test(value) ? value : undefined;
}

/** A member's value as it was written. */
export function memberOf({ bytes, members }: ClientFrame, name: string): Buffer | undefined {
	const member = members.find((one) => one.name === name);
	return member && bytes.subarray(member.valueStart, member.end);
}

/** The items of a frame's own input, without the brackets around them; a text is a message of the user's. Undefined if it is neither. */
export function itemsIn(frame: ClientFrame): Buffer | undefined {
	const input = memberOf(frame, "input");
	if (input === undefined || input.equals(nothing)) return noBytes;
	if (input[0] === quote) return Buffer.concat([beforeText, input, afterText]);
	return input[0] === openBracket ? input.subarray(skipSpace(input, 1), -1) : undefined;
}

const nothing = Buffer.from("null");
const beforeText = Buffer.from('{"type":"message","role":"user","content":');
const afterText = Buffer.from("}");
