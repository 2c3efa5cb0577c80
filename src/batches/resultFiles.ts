/** The two files of a batch that is over: its answers, and what has failed or was never answered. */
import type { AnsweredLine, BatchEnd, BatchEnding, BatchRecord, BatchStore } from "../store/batchTypes.js";
import { newId } from "../store/newId.js";
import type { BatchServices } from "./services.js";

const pageSize = 100;

/** All lines of a batch in their order, a page at a time. */
export async function* answeredLines(store: BatchStore, sequence: number): AsyncGenerator<AnsweredLine[]> {
	for (let after = 0; ; ) {
		const page = await store.answers(sequence, after, pageSize);
		const last = page.at(-1);
		if (last === undefined) return;
		yield page;
		after = last.number;
	}
}

/** The purpose of files with answers, as OpenAI calls it. */
export const batchOutput = "batch_output";

/** Writes both or none. @returns their ids; a file that would be empty is not written */
export async function writeResultFiles(
	store: BatchStore,
	files: BatchServices["files"],
	record: BatchRecord,
	status: BatchEnding,
): Promise<Pick<BatchEnd, "outputFile" | "errorFile">> {
	const write = (part: string, textOf: (line: AnsweredLine) => string | undefined) => {
		const file = { filename: `${record.id}_${part}.jsonl`, purpose: batchOutput, mediaType: "application/jsonl" };
		return files.create(record.owner, file, contentOf(store, record.sequence, textOf));
	};
	const output = record.completed > 0 ? await write("output", outputLine) : undefined;
	const hasExpired = status === "expired" && record.completed + record.failed < record.total;
	const isErrorFree = record.failed === 0 && !hasExpired;
	try {
		const error = isErrorFree ? undefined : await write("error", (line) => errorLine(line, status === "expired"));
		return { outputFile: output?.id, errorFile: error?.id };
	} catch (thrown) {
		// Both are written again.
		if (output !== undefined) await files.remove(record.owner, output).catch(() => {});
		throw thrown;
	}
}

async function* contentOf(
	store: BatchStore,
	sequence: number,
	textOf: (line: AnsweredLine) => string | undefined,
): AsyncGenerator<Buffer> {
	for await (const page of answeredLines(store, sequence)) {
		const text = page.flatMap((line) => textOf(line) ?? []).join("");
		if (text !== "") yield Buffer.from(text);
	}
}

function outputLine(line: AnsweredLine): string | undefined {
	return line.answer === undefined || line.answer.isFailed ? undefined : answerLine(line);
}

function errorLine(line: AnsweredLine, isExpired: boolean): string | undefined {
	if (line.answer !== undefined) return line.answer.isFailed ? answerLine(line) : undefined;
	if (!isExpired) return undefined;
	const id = newId("batch_req_", 24);
	return `${JSON.stringify({ id, custom_id: line.customId, response: null, error: expired })}\n`;
}

const expired = {
	code: "batch_expired",
	message: "This request could not be executed before the completion window expired.",
};

/** The body goes into it as it is, without the line breaks it may have between its members. */
function answerLine({ customId, answer }: AnsweredLine): string {
	if (answer === undefined) return "";
	const { status, requestId, body } = answer;
	const response = `{"status_code":${status},"request_id":${JSON.stringify(requestId)},"body":${oneLine(body)}}`;
	return `{"id":${JSON.stringify(requestId)},"custom_id":${JSON.stringify(customId)},"response":${response},"error":null}\n`;
}

/** JSON has line breaks between its parts only. */
export function oneLine(json: string): string {
	return json.replaceAll(/[\r\n]+/g, "");
}
