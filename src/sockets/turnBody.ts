/** The body of a turn's request over HTTP: the frame's members as they were written, with what the connection remembers. */
import { noBytes } from "../streaming/piece.js";
import { type ClientFrame, itemsIn } from "./clientFrame.js";

/** Members that a request over HTTP does not have, or has with another value. */
const ofTransport: ReadonlySet<string> = new Set(["type", "stream_id", "generate", "stream", "background"]);
/** Those that are written anew where earlier turns are known here. */
const ofThread: ReadonlySet<string> = new Set(["input", "previous_response_id"]);

/** What comes before a turn's own input, and what its body has if the frame doesn't. */
export interface Earlier {
	/** Items, without the brackets around them. */
	readonly items: readonly Buffer[];
	/** The response before the first of them, which somebody else keeps. */
	readonly base: string | undefined;
	/** Members as they are written, by name. */
	readonly members: ReadonlyMap<string, Buffer>;
}

export interface TurnBody {
	readonly bytes: Buffer;
	/** The turn's own input, without the brackets around it. */
	readonly ownItems: Buffer;
	/** So many bytes at the beginning are what the connection remembers of earlier turns; 0 if that is nothing. */
	readonly earlierEnd: number;
}

const open = Buffer.from("{");
const close = Buffer.from("}");
const comma = Buffer.from(",");
const openInput = Buffer.from('{"input":[');
const closeInput = Buffer.from("]");

/** @param isStream whether it asks for events */
export function turnBody(frame: ClientFrame, remembered: Earlier | undefined, isStream: boolean): TurnBody {
	const items = itemsIn(frame);
	const ownItems = items ?? noBytes;
	// What can't be gone on with is refused as any other body is.
	const earlier = items && remembered;
	const members = membersOf(frame, earlier);
	if (isStream) members.push(Buffer.from('"stream":true'));
	const before = earlier === undefined ? noBytes : joined(earlier.items);
	const input = earlier === undefined ? [open] : [openInput, joined([before, ownItems]), closeInput];
	const isAlone = members.length === 0 || earlier === undefined;
	const bytes = Buffer.concat([...input, ...(isAlone ? [] : [comma]), joined(members), close]);
	return { bytes, ownItems, earlierEnd: before.length === 0 ? 0 : openInput.length + before.length };
}

function membersOf({ bytes, members }: ClientFrame, earlier: Earlier | undefined): Buffer[] {
	const left = members.filter(({ name }) => !ofTransport.has(name) && (earlier === undefined || !ofThread.has(name)));
	const written = left.map(({ start, end }) => bytes.subarray(start, end));
	if (earlier?.base !== undefined) written.push(Buffer.from(`"previous_response_id":${JSON.stringify(earlier.base)}`));
	for (const [name, value] of earlier?.members ?? [])
		if (!left.some((member) => member.name === name))
			written.push(Buffer.concat([Buffer.from(`${JSON.stringify(name)}:`), value]));
	return written;
}

/** With commas between them. */
function joined(items: readonly Buffer[]): Buffer {
	const [first, ...others] = items.filter(({ length }) => length > 0);
	if (first === undefined) return noBytes;
	return others.length === 0 ? first : Buffer.concat([first, ...others.flatMap((item) => [comma, item])]);
}
