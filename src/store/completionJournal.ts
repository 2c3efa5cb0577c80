/** Completions as records of a journal; `journal.ts` describes the form. */
import type { Entry } from "./completionInsert.js";
import type { JournalFormat } from "./journal.js";
import { bytesIn, parseLine } from "./journalLine.js";
import { completionFolder } from "./journals.js";
import type { Metadata } from "./page.js";
import type { CompletionStatus } from "./store.js";

/** A record's first line, parsed. */
interface RecordLine {
	owner: string;
	id: string;
	model: string;
	status: CompletionStatus;
	metadata: Metadata;
	createdAt: number;
	promptTokens?: number;
	completionTokens?: number;
	durationMs: number;
	/** Lengths of the texts, in bytes. */
	request: number;
	response: number;
}

export const completionJournal: JournalFormat<Entry> = {
	folder: completionFolder,
	prefix: "",
	line: lineOf,
	texts: ({ completion: { request, response } }) => [request, response],
	read(line) {
		const record = parseLine<RecordLine>(line, ["request", "response"]);
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
	},
};

/** Serialised by hand: only the client's own texts need escaping. */
function lineOf({ owner, completion }: Entry): string {
	const { id, model, status, metadata, createdAt, promptTokens, completionTokens, durationMs } = completion;
	const pairs = isEmpty(metadata) ? "{}" : JSON.stringify(metadata);
	const counts =
		(promptTokens === undefined ? "" : `"promptTokens":${promptTokens},`) +
		(completionTokens === undefined ? "" : `"completionTokens":${completionTokens},`);
	return (
		`{"owner":${JSON.stringify(owner)},"id":${JSON.stringify(id)},"model":${JSON.stringify(model)},` +
		`"status":"${status}","metadata":${pairs},"createdAt":${createdAt},${counts}"durationMs":${durationMs},` +
		`"request":${bytesIn(completion.request)},"response":${bytesIn(completion.response)}}`
	);
}

function isEmpty(metadata: Metadata): boolean {
	for (const _name in metadata) return false;
	return true;
}
