/** Reads a response as it passes: says in it what the gateway knows, and keeps it before its end is sent. */
import type { Json } from "../dialects/dialect.js";
import { WrittenPiece } from "../dialects/pieces.js";
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import { endBeforeSpace, skipSpace } from "../json/jsonMember.js";
import { textOf } from "../json/outline.js";
import { parseObject } from "../json/parseObject.js";
import type { ResponseStatus } from "../store/responseTypes.js";
import { noBytes, type Piece } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { cancelled } from "./failures.js";
import { idOf, joinItems } from "./inputItems.js";
import { ResponseEventReader } from "./responseEventReader.js";
import {
	type FoundResponse,
	isResponse,
	knownResponse,
	type ResponseMembers,
	type ResponseParts,
	responseAt,
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
		push(piece) {
			const found = responseIn(piece);
			if (found === undefined) return piece;
			const { members, keep } = capture;
			const said = found.write(members);
			if (keep === undefined) return found.around(said.bytes);
			return keep(captured(found.json, said, capture, []), false).then((changed) => found.around(after(said, changed)));
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

/** The response that a whole body is. @returns undefined if it is none */
function responseIn(piece: Piece): FoundResponse | undefined {
	const known = piece instanceof WrittenPiece && piece.parts.length === 1 ? piece.parts[0]?.json : undefined;
	if (known !== undefined) return isResponse(known) ? knownResponse(known) : undefined;
	const { bytes } = piece;
	const json = parseObject(textOf(bytes));
	if (json === undefined || !isResponse(json)) return undefined;
	return responseAt(bytes, { start: skipSpace(bytes, 0), end: endBeforeSpace(bytes, bytes.length) }, json);
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
	readonly #items: (() => Buffer)[] = [];
	/** As it was said to be at its beginning. */
	#begun: Buffer | undefined;
	#isOver = false;

	constructor(capture: ResponseCapture) {
		this.#capture = capture;
		this.events = new ResponseEventReader({
			response: (found, type) => this.#take(found, type),
			itemDone: (item, index) => {
				this.#items[index] = item;
			},
			id: ownId(capture),
		});
	}

	#take(found: FoundResponse, type: unknown): Buffer | Promise<Buffer> {
		const { members, keep } = this.#capture;
		const { json } = found;
		const { status = String(type).slice("response.".length) } = json;
		if (!finished.has(status)) return this.#goOn(found);
		const said = found.write(members);
		this.#isOver = true;
		if (keep === undefined) return found.around(said.bytes);
		const response = captured(status === json.status ? json : { status, ...json }, said, this.#capture, this.#items);
		return keep(response, false).then((changed) => found.around(after(said, changed)));
	}

	#goOn(found: FoundResponse): Buffer | Promise<Buffer> {
		const { members, begin } = this.#capture;
		const { bytes } = found.write(members);
		const beginning = this.#begun === undefined ? begin?.(found.json) : undefined;
		this.#begun ??= bytes;
		return beginning === undefined ? found.around(bytes) : beginning.then(() => found.around(bytes));
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
		keep(captured(json, said, this.#capture, this.#items), true).catch(() => {});
	}
}

const cancelledBy: ReadonlySet<unknown> = new Set([clientGone().code, cancelled().code]);

/** Members of the response. */
function brokenOff(failure: GatewayError | undefined): Json {
	if (failure === undefined) return { status: "incomplete" };
	if (cancelledBy.has(failure.code)) return { status: "cancelled" };
	return { status: "failed", error: { code: failure.code ?? "server_error", message: failure.message } };
}

/** The id that the gateway gives the response; undefined if it has the upstream's. */
function ownId({ members }: ResponseCapture): string | undefined {
	return members.own.id as string | undefined;
}

/**
 * @param json the response, as the upstream has said it
 * @param said the same, as the client gets it
 * @param items those that came one by one, by their place: some upstreams leave them out of the whole response
 */
function captured(
	json: Json,
	said: WrittenResponse,
	capture: ResponseCapture,
	items: readonly (() => Buffer)[],
): CapturedResponse {
	const { id, status = "completed", usage } = json;
	return {
		id: ownId(capture) ?? String(id),
		status: status as ResponseStatus,
		usage,
		parts() {
			const parts = said.parts();
			if (parts.output.length > 0) return { itemIds: idsOf(json.output), ...parts };
			const done = items.flatMap((item) => item());
			return { itemIds: done.flatMap((item) => idOf(item) ?? []), ...parts, output: joinItems(done) };
		},
	};
}

function idsOf(output: unknown): string[] {
	const ids = Array.isArray(output) ? output.map((item: Json | null) => item?.id) : [];
	return ids.filter((id) => typeof id === "string");
}
