/** Streams as Ollama's clients know them: one JSON object a line (`application/x-ndjson`). */
import type { ChatEvent } from "../../chat/event.js";
import { joined } from "../../json/gathered.js";
import { noBytes, type Piece } from "../../streaming/piece.js";
import type { ResponseStream } from "../../streaming/responseStream.js";
import type { Transform } from "../../streaming/transform.js";
import { PieceReader } from "../answerReader.js";
import type { ClientFraming, StreamFormat } from "../dialect.js";

const lf = 0x0a;
const dataName = Buffer.from("data: ");

/**
 * White space before a line belongs to the JSON in it, so that every client takes it for nothing. An empty line is half an
 * answer to some.
 */
const blank = Buffer.from(" ");

/** @param format of the stream, whose events become lines */
export function lineFraming(format: StreamFormat): ClientFraming {
	return {
		frame(answer) {
			answer.headers["content-type"] = "application/x-ndjson";
			answer.transforms.push(linesOf(format));
			follow(answer);
		},
		follow,
	};
}

/** What is still to be written, where the stream itself comes in lines: signs of life, and the error that ends it. */
function follow(answer: ResponseStream): void {
	const { dialect } = answer;
	if (dialect === undefined) return;
	const { errors } = dialect;
	const event: typeof errors.event = (failure, requestId) => lineOf(errors.event(failure, requestId));
	answer.dialect = { errors: { event }, comment: blank, textTransform: dialect.textTransform };
}

function lineOf(event: Buffer): Buffer {
	return new EventLines().push(event);
}

function linesOf(format: StreamFormat): Transform {
	const lines = new EventLines();
	let reader: LineReader | undefined;
	return {
		push(piece) {
			const bytes = lines.push(piece.bytes);
			if (bytes.length === 0) return undefined;
			reader ??= new LineReader(format);
			return new LinePiece(bytes, piece, reader);
		},
		end: () => noBytes,
	};
}

/** The data of events, line by line, without what stands around it. An event may come in parts. */
class EventLines {
	/** Bytes of a line whose beginning has come are kept, or left out. */
	#isData = false;
	#isMidLine = false;

	push(bytes: Buffer): Buffer {
		const kept: Buffer[] = [];
		for (let at = 0; at < bytes.length; ) {
			if (!this.#isMidLine) {
				this.#isData =
					bytes.compare(dataName, 0, dataName.length, at, Math.min(bytes.length, at + dataName.length)) === 0;
				if (this.#isData) at += dataName.length;
			}
			const end = bytes.indexOf(lf, at) + 1;
			this.#isMidLine = end === 0;
			if (this.#isData) kept.push(bytes.subarray(at, end === 0 ? bytes.length : end));
			at = end === 0 ? bytes.length : end;
		}
		return joined(kept);
	}
}

/** Lines of a piece, and what the piece has said: read only if somebody asks. */
class LinePiece implements Piece {
	readonly bytes: Buffer;
	readonly #from: Piece;
	readonly #reader: LineReader;
	#events: readonly ChatEvent[] | undefined;

	constructor(bytes: Buffer, from: Piece, reader: LineReader) {
		this.bytes = bytes;
		this.#from = from;
		this.#reader = reader;
	}

	get events(): readonly ChatEvent[] {
		this.#events ??= this.#reader.read(this.#from);
		return this.#events;
	}
}

class LineReader {
	readonly #format: StreamFormat;
	#reader: PieceReader | undefined;

	constructor(format: StreamFormat) {
		this.#format = format;
	}

	read(piece: Piece): readonly ChatEvent[] {
		const read: ChatEvent[] = [];
		this.#reader ??= new PieceReader(this.#format.reader({ needsJson: true }));
		this.#reader.read(piece, { events: (events) => void read.push(...events) });
		return read;
	}
}
