/** One turn of a client's WebSocket, as a WebSocket to an upstream needs to know it. */
import { type BodyBytes, wholeBytes } from "../../json/bodyBytes.js";
import { editMembers } from "../../json/editMembers.js";
import type { ClientLines } from "./clientLines.js";

/** A turn that an upstream may be asked for over a WebSocket. */
export interface LineTurn {
	readonly lines: ClientLines;
	/** The client's own, where it has named one. */
	readonly lane: string;
	/** The response that it goes on from. */
	readonly previousId: string | undefined;
	/** The beginning of its body, which is all that has been said before; empty if the client has said everything itself. */
	readonly earlier: Buffer;
}

const open = Buffer.from('{"type":"response.create","input":[');
const comma = 0x2c;

/** Members that the upstream has no use for: all answers are events. */
const ofHttp = new Map([
	["stream", undefined],
	["background", undefined],
]);

/** The frame that asks for all of it. */
export function wholeFrame(body: BodyBytes): Buffer {
	const { bytes } = editMembers(body, ofHttp);
	return Buffer.concat([Buffer.from('{"type":"response.create",'), bytes.subarray(1)]);
}

/**
 * The frame that asks for what is new alone, if the upstream knows the rest.
 *
 * @param lastId the last response that the upstream has given on this line
 * @returns undefined if everything has to be said
 */
export function nextFrame(
	body: BodyBytes,
	{ previousId, earlier }: LineTurn,
	lastId: string | undefined,
): Buffer | undefined {
	if (previousId === undefined || previousId !== lastId || earlier.length === 0) return undefined;
	const edited = editMembers(body, new Map<string, unknown>([...ofHttp, ["previous_response_id", previousId]]));
	const bytes = wholeBytes(edited);
	// Whatever has changed what was said before, the upstream doesn't know it.
	if (bytes.compare(earlier, 0, earlier.length, 0, earlier.length) !== 0) return undefined;
	const from = bytes[earlier.length] === comma ? earlier.length + 1 : earlier.length;
	return Buffer.concat([open, bytes.subarray(from)]);
}
