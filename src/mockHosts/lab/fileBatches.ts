/** The lab's batches of files, in the words of OpenAI's API: each is in progress when it is made, and completed when it is looked at. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { FileShelf } from "../wires/fileShelf.js";
import { jsonAnswer, type LabAnswer } from "./labAnswer.js";

type Json = Record<string, unknown>;

interface LabBatch {
	readonly id: string;
	status: "in_progress" | "completed" | "cancelled";
	readonly [member: string]: unknown;
}

const base = "/v1/batches";
const daySeconds = 86_400;
/** Of each line. */
const inputTokens = 1;
const outputTokens = 11;

export class FileBatches {
	readonly #files: FileShelf;
	readonly #batches = new Map<string, LabBatch>();
	#made = 0;

	constructor(files: FileShelf) {
		this.#files = files;
	}

	/** @param text the request's body @returns undefined if it is not about batches */
	answer(method: string, path: string, text: string, nowMs: number): LabAnswer | undefined {
		if (path !== base && !path.startsWith(`${base}/`)) return undefined;
		const now = Math.floor(nowMs / 1000);
		const [id = "", within = ""] = path.slice(base.length + 1).split("/");
		if (id === "") return method === "POST" ? this.#create(parseObject(text) ?? {}, now) : this.#list();
		const batch = this.#batches.get(id);
		if (batch === undefined) return refusal(404, `No batch found with id '${id}'.`);
		if (batch.status !== "in_progress") return jsonAnswer(batch);
		return jsonAnswer(within === "cancel" ? this.#end(batch, "cancelled", now) : this.#complete(batch, now));
	}

	clear(): void {
		this.#batches.clear();
	}

	#create({ input_file_id: file, endpoint, completion_window, metadata = null }: Json, now: number): LabAnswer {
		const lines = this.#linesOf(file);
		if (lines === undefined) return refusal(400, `Invalid input_file_id: the lab has no file '${file}'.`);
		this.#made += 1;
		const id = `batch_lab${this.#made}`;
		const batch: LabBatch = {
			...{ id, object: "batch", endpoint, errors: null, input_file_id: file, completion_window, metadata },
			...{ status: "in_progress", model: modelIn(lines) ?? null, output_file_id: null, error_file_id: null },
			...{ created_at: now, in_progress_at: now, expires_at: now + daySeconds },
			request_counts: { total: lines.length, completed: 0, failed: 0 },
		};
		this.#batches.set(id, batch);
		return jsonAnswer(batch);
	}

	#complete(batch: LabBatch, now: number): LabBatch {
		const lines = this.#linesOf(batch.input_file_id) ?? [];
		const output = lines.map((line, at) => `${JSON.stringify(answerTo(line, batch, at))}\n`).join("");
		const file = { filename: `${batch.id}_output.jsonl`, mediaType: "application/jsonl", purpose: "batch_output" };
		const [input, answer] = [lines.length * inputTokens, lines.length * outputTokens];
		return this.#end(batch, "completed", now, {
			output_file_id: this.#files.keep(file, Buffer.from(output)).id,
			request_counts: { total: lines.length, completed: lines.length, failed: 0 },
			usage: { input_tokens: input, output_tokens: answer, total_tokens: input + answer },
		});
	}

	#end(batch: LabBatch, status: "completed" | "cancelled", now: number, more: Json = {}): LabBatch {
		const ended = { ...batch, ...more, status, [`${status}_at`]: now };
		this.#batches.set(batch.id, ended);
		return ended;
	}

	#list(): LabAnswer {
		return jsonAnswer({ object: "list", data: [...this.#batches.values()].reverse(), has_more: false });
	}

	#linesOf(file: unknown): Json[] | undefined {
		const content = this.#files.content(String(file));
		return content
			?.toString()
			.split("\n")
			.map(parseObject)
			.filter((line) => line !== undefined);
	}
}

function modelIn([line]: readonly Json[]): unknown {
	return isObject(line?.body) ? line.body.model : undefined;
}

function answerTo({ custom_id, body }: Json, { id, endpoint, created_at: created }: LabBatch, at: number): Json {
	const model = isObject(body) ? body.model : undefined;
	const object = endpoint === "/v1/chat/completions" ? "chat.completion" : "lab.answer";
	const message = { role: "assistant", content: "This is the lab's answer to a request of a batch." };
	const answer = {
		...{ id: `${id}_${at}`, object, created, model, choices: [{ index: 0, message, finish_reason: "stop" }] },
		usage: {
			...{ prompt_tokens: inputTokens, completion_tokens: outputTokens },
			total_tokens: inputTokens + outputTokens,
		},
	};
	return { id: `${id}_${at}`, custom_id, response: { status_code: 200, request_id: "", body: answer }, error: null };
}

function refusal(status: number, message: string): LabAnswer {
	return jsonAnswer({ error: { message, type: "invalid_request_error", param: null, code: null } }, status);
}
