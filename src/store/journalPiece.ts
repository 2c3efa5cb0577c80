/** Reads stored completions from a journal file; `journal.ts` describes the format. */
import type { Entry } from "./completionInsert.js";
import type { RecordLine } from "./journal.js";
import { type Piece, type RecordReader, readPiece } from "./journalFiles.js";

export function readCompletions(path: string, from: number, most: number): Piece<Entry> {
	return readPiece(path, from, most, readRecord);
}

const readRecord: RecordReader<Entry> = (line) => {
	const record = parseLine(line);
	if (record === undefined) return undefined;
	const { owner, request, response, ...completion } = record;
	return {
		bytes: request + 1 + response + 1,
		read(bytes, start) {
			const responseAt = start + request + 1;
			const texts = {
				request: bytes.toString("utf8", start, responseAt - 1),
				response: bytes.toString("utf8", responseAt, responseAt + response),
			};
			return { owner, completion: { promptTokens: undefined, completionTokens: undefined, ...completion, ...texts } };
		},
	};
};

function parseLine(line: string): RecordLine | undefined {
	try {
		const record = JSON.parse(line) as RecordLine | null;
		return Number.isInteger(record?.request) && Number.isInteger(record?.response) ? (record as RecordLine) : undefined;
	} catch {
		return undefined;
	}
}
