/** Responses as records of a journal; `journal.ts` describes the form. */
import type { JournalFormat } from "./journal.js";
import { bytesIn, parseLine } from "./journalLine.js";
import { responseFolder } from "./journals.js";
import type { ResponseEntry } from "./responseInsert.js";
import { headOf, type NewResponse } from "./responseTypes.js";

/** A record's first line, parsed; the texts' lengths are in bytes, and a request's is there if the request is. */
type RecordLine = { owner: string; input: number; output: number; body: number; request?: number } & Omit<
	NewResponse,
	"input" | "output" | "body" | "request"
>;

export const responseJournal: JournalFormat<ResponseEntry> = {
	folder: responseFolder,
	prefix: `${responseFolder}/`,
	line({ owner, response }) {
		const { input, output, body, request, outputAt, itemIds, isUpdate } = response;
		return JSON.stringify({
			owner,
			outputAt,
			itemIds,
			isUpdate,
			input: bytesIn(input),
			output: bytesIn(output),
			body: bytesIn(body),
			request: request === undefined ? undefined : bytesIn(request),
			...headOf(response),
		});
	},
	texts: ({ response: { input, output, body, request } }) =>
		request === undefined ? [input, output, body] : [input, output, body, request],
	read(line) {
		const record = parseLine<RecordLine>(line, ["input", "output", "body"]);
		if (record === undefined) return undefined;
		const { owner, input, output, body, request, ...head } = record;
		const bytesOfRequest = request === undefined ? 0 : request + 1;
		return {
			bytes: input + 1 + output + 1 + body + 1 + bytesOfRequest,
			read(bytes, start) {
				const outputAt = start + input + 1;
				const bodyAt = outputAt + output + 1;
				const requestAt = bodyAt + body + 1;
				const text = (from: number, length: number) => bytes.toString("utf8", from, from + length);
				const response: NewResponse = {
					...absent,
					...head,
					input: text(start, input),
					output: text(outputAt, output),
					body: text(bodyAt, body),
					request: request === undefined ? undefined : text(requestAt, request),
				};
				return { owner, response };
			},
		};
	},
};

/** Members that JSON leaves out. */
const absent = {
	previous: undefined,
	conversation: undefined,
	home: undefined,
	inputTokens: undefined,
	outputTokens: undefined,
	requestId: undefined,
};
