/** Makes a stream of a response the stream of the response in the background: with its id, and with numbers of its own. */
import type { OwnTask } from "../exchange/ownTask.js";
import { editMembers } from "../json/editMembers.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { endOfEvent, eventData, hasCarriageReturn, sseBytes } from "../streaming/eventFraming.js";
import { noBytes, type Piece } from "../streaming/piece.js";
import type { Transform } from "../streaming/transform.js";
import { firstEvents } from "./response.js";

type Json = Record<string, unknown>;

const endings: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete", "response.failed"]);
/** Said by the gateway itself, before any upstream was asked. */
const beginnings: ReadonlySet<unknown> = new Set(["response.created", "response.queued"]);

export interface EventOptions {
	readonly task: OwnTask;
	/** The response as it was queued: its first events say so. */
	readonly queued: Json;
	/** The number of the last event that was given, of a stream that is gone on with. */
	readonly last: number | undefined;
}

export function backgroundEvents({ task, queued, last }: EventOptions): Transform {
	let number = last ?? 1;
	let hasBegun = last !== undefined;
	const own: Json = { id: task.id, created_at: queued.created_at, background: true, store: true };

	let over: Json | undefined;

	function rewritten(event: Buffer, data: string | undefined): Buffer {
		const json = data === undefined ? undefined : parseObject(data);
		if (json === undefined || data === undefined) return event;
		const { type, response } = json;
		if (beginnings.has(type)) return noBytes;
		number += 1;
		const edits = new Map<string, unknown>([["sequence_number", number]]);
		if (isObject(response)) {
			const said = { ...response, ...own };
			edits.set("response", said);
			if (endings.has(type)) over = said;
			else task.begun(said);
		}
		const { bytes } = editMembers({ bytes: Buffer.from(data) }, edits);
		return sseBytes(bytes.toString(), typeof type === "string" ? type : undefined);
	}

	return {
		push({ bytes }: Piece) {
			const parts: Buffer[] = [];
			if (!hasBegun) parts.push(firstEvents(queued));
			hasBegun = true;
			const hasCr = hasCarriageReturn(bytes);
			for (let at = 0; at < bytes.length; ) {
				const end = endOfEvent(bytes, at, hasCr);
				parts.push(rewritten(bytes.subarray(at, end), eventData(bytes, at, end, hasCr)));
				at = end;
			}
			const all = Buffer.concat(parts);
			return over === undefined ? all : task.ended(over).then(() => all);
		},
		end: () => noBytes,
	};
}

/** For an upstream that has answered at once: its response becomes that in the background. */
export function backgroundWhole(task: OwnTask, queued: Json): Transform {
	return {
		async push({ bytes }: Piece) {
			const response = parseObject(bytes.toString());
			if (response === undefined) return bytes;
			const said = { ...response, id: task.id, created_at: queued.created_at, background: true, store: true };
			await task.ended(said);
			return Buffer.from(JSON.stringify(said));
		},
		end: () => noBytes,
	};
}
