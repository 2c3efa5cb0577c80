/** Reads a response as it passes: says in it what the gateway knows, and keeps it before its end is sent. */
import type { Json } from "../dialects/dialect.js";
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import { skipSpace } from "../json/jsonMember.js";
import { textOf } from "../json/outline.js";
import { parseObject } from "../json/parseObject.js";
import type { ResponseStatus } from "../store/responseTypes.js";
import { noBytes } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { idOf, joinItems } from "./inputItems.js";
import { type ResponseEvent, ResponseEventReader } from "./responseEventReader.js";
import {
	asResponse,
	type ResponseMembers,
	type ResponseParts,
	type WrittenResponse,
	writeResponse,
} from "./responseObject.js";

/** Limit of a kept response. A text of a million tokens is shorter; pictures may be longer. */
export const maxKeptBytes = 16 * 1024 * 1024;

export interface CapturedResponse {
	readonly id: string;
	readonly status: ResponseStatus;
	/** As the response says it. */
	readonly usage: unknown;
	/** What is kept of it. */
	parts(): ResponseParts & { readonly itemIds: readonly string[] };
}

export interface ResponseCapture {
	/** What the response says of itself, before it is certain that it is kept. */
	readonly members: ResponseMembers;
	/** The response has begun, with the first event that shows it; what follows waits for this. */
	begin?(response: Json): Promise<void> | undefined;
	/**
	 * Keeps the response. Undefined if it is not to be kept.
	 *
	 * @param isCut it ends before its end: nobody waits for it
	 * @returns what it says in place of `members`, where that has changed. A rejection becomes the answer's failure
	 */
	readonly keep?: ((response: CapturedResponse, isCut: boolean) => Promise<ResponseMembers | undefined>) | undefined;
	/** Called if the response exceeds the limit. */
	tooLong(): void;
}

const finished: ReadonlySet<unknown> = new Set(["completed", "incomplete", "failed", "cancelled"]);

/** Call it before the answer's first byte is read. */
export function captureResponse(answer: ResponseStream, capture: ResponseCapture): void {
	if (answer.isStream) captureStream(answer, capture);
	else captureWhole(answer, capture);
}

function captureWhole(answer: ResponseStream, capture: ResponseCapture): void {
	answer.transforms.push({
		push({ bytes }) {
			const json = asResponse(parseObject(textOf(bytes)));
			if (json === undefined) return bytes;
			const start = skipSpace(bytes, 0);
			const { members, keep } = capture;
			const said = writeResponse(bytes, start, members);
			const within = around(bytes, start, said.readEnd);
			if (keep === undefined) return within(said.bytes);
			return keep(captured(json, said, capture, []), false).then((changed) => within(after(said, changed)));
		},
		end: () => noBytes,
		maxBytes: maxKeptBytes,
		release: () => capture.tooLong(),
	});
}

/** @returns the object with what has changed in it while it was kept */
function after({ bytes }: WrittenResponse, changed: ResponseMembers | undefined): Buffer {
	return changed === undefined ? bytes : writeResponse(bytes, 0, changed).bytes;
}

/** @returns what puts another object in the place of the one from `start` to `end` */
function around(bytes: Buffer, start: number, end: number): (object: Buffer) => Buffer {
	if (start === 0 && end === bytes.length) return (object) => object;
	return (object) => Buffer.concat([bytes.subarray(0, start), object, bytes.subarray(end)]);
}

function captureStream(answer: ResponseStream, capture: ResponseCapture): void {
	const stream = new CapturedStream(capture);
	answer.transforms.push({
		push: (piece) => stream.events.push(piece),
		end: () => stream.events.rest(),
	});
	answer.observers.push({ end: (failure) => stream.end(failure) });
}

/** A stream as far as it has come. */
class CapturedStream {
	readonly events: ResponseEventReader;
	readonly #capture: ResponseCapture;
	readonly #items: Buffer[] = [];
	/** As it was said to be at its beginning. */
	#begun: Buffer | undefined;
	#isOver = false;

	constructor(capture: ResponseCapture) {
		this.#capture = capture;
		this.events = new ResponseEventReader({
			response: (event) => this.#take(event),
			itemDone: (item, index) => {
				this.#items[index] = item;
			},
			id: ownId(capture),
		});
	}

	#take({ json, response, bytes, start, end }: ResponseEvent): Buffer | Promise<Buffer> {
		const { members, keep, begin } = this.#capture;
		const said = writeResponse(bytes, start, members);
		const event = around(bytes, start, end);
		const whole = { status: String(json.type).slice("response.".length), ...response };
		if (!finished.has(whole.status)) {
			const isFirst = this.#begun === undefined;
			this.#begun ??= said.bytes;
			const beginning = isFirst ? begin?.(response) : undefined;
			return beginning === undefined ? event(said.bytes) : beginning.then(() => event(said.bytes));
		}
		this.#isOver = true;
		if (keep === undefined) return event(said.bytes);
		const items = this.#itemsDone();
		return keep(captured(whole, said, this.#capture, items), false).then((changed) => event(after(said, changed)));
	}

	#itemsDone(): Buffer[] {
		return this.#items.filter((item) => item !== undefined);
	}

	/** A response that its client knows of, and that has broken off, is kept as far as its items are whole. */
	end(failure: GatewayError | undefined): void {
		const { keep, tooLong } = this.#capture;
		if (this.#isOver || keep === undefined) return;
		this.#isOver = true;
		if (this.events.hasGivenUp) tooLong();
		if (this.#begun === undefined) return;
		const said = writeResponse(this.#begun, 0, { own: brokenOff(failure), echoed: {} });
		const json = JSON.parse(said.bytes.toString()) as Json;
		// Whoever keeps it complains.
		keep(captured(json, said, this.#capture, this.#itemsDone()), true).catch(() => {});
	}
}

const clientGoneCode = clientGone().code;

/** Members of the response, as JSON text. */
function brokenOff(failure: GatewayError | undefined): Record<string, string> {
	if (failure === undefined) return { status: '"incomplete"' };
	if (failure.code === clientGoneCode) return { status: '"cancelled"' };
	return {
		status: '"failed"',
		error: JSON.stringify({ code: failure.code ?? "server_error", message: failure.message }),
	};
}

/** The id that the gateway gives the response; undefined if it has the upstream's. */
function ownId({ members }: ResponseCapture): string | undefined {
	return members.own.id === undefined ? undefined : (JSON.parse(members.own.id) as string);
}

/**
 * @param json the response, as the upstream has said it
 * @param said the same, as the client gets it
 * @param items those that came one by one: some upstreams leave them out of the whole response
 */
function captured(
	json: Json,
	said: WrittenResponse,
	capture: ResponseCapture,
	items: readonly Buffer[],
): CapturedResponse {
	const { id, status = "completed", usage } = json;
	return {
		id: ownId(capture) ?? String(id),
		status: status as ResponseStatus,
		usage,
		parts() {
			const parts = said.parts();
			if (parts.output.length > 0) return { itemIds: idsOf(json.output), ...parts };
			return { itemIds: items.flatMap((item) => idOf(item) ?? []), ...parts, output: joinItems(items) };
		},
	};
}

function idsOf(output: unknown): string[] {
	const ids = Array.isArray(output) ? output.map((item: Json | null) => item?.id) : [];
	return ids.filter((id) => typeof id === "string");
}
