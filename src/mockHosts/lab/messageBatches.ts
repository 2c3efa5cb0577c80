/** The lab's batches of messages, in the words of Anthropic's API: each has ended as soon as it is made. */

import { jsonAnswer, type LabAnswer } from "./labAnswer.js";

type Json = Record<string, unknown>;

interface Request {
	readonly custom_id: string;
	readonly params: { readonly model?: unknown };
}

const base = "/v1/messages/batches";

export class MessageBatches {
	readonly #batches = new Map<string, { batch: Json; requests: readonly Request[] }>();
	#made = 0;

	/** @param text the request's body @returns undefined if it is not about batches */
	answer(method: string, path: string, text: string, nowMs: number): LabAnswer | undefined {
		if (path !== base && !path.startsWith(`${base}/`)) return undefined;
		const [id = "", within = ""] = path.slice(base.length + 1).split("/");
		if (id === "") return method === "POST" ? this.#create(text, nowMs) : this.#list();
		const found = this.#batches.get(id);
		if (found === undefined) return failure(404, "not_found_error", `the lab has no batch ${id}`);
		if (method === "DELETE") {
			this.#batches.delete(id);
			return jsonAnswer({ id, type: "message_batch_deleted" });
		}
		if (within !== "results") return jsonAnswer(found.batch);
		const lines = found.requests.map((request) => `${JSON.stringify(resultOf(request))}\n`);
		return { status: 200, type: "application/x-jsonl", body: lines.join("") };
	}

	clear(): void {
		this.#batches.clear();
	}

	#create(text: string, nowMs: number): LabAnswer {
		const requests = requestsIn(text);
		if (requests === undefined)
			return failure(400, "invalid_request_error", "requests: a list of requests is required");
		this.#made += 1;
		const id = `msgbatch_lab${this.#made}`;
		const now = new Date(nowMs).toISOString();
		const batch = {
			...{ id, type: "message_batch", processing_status: "ended", archived_at: null, cancel_initiated_at: null },
			request_counts: { processing: 0, succeeded: requests.length, errored: 0, canceled: 0, expired: 0 },
			...{ created_at: now, ended_at: now, expires_at: new Date(nowMs + 86_400_000).toISOString() },
			results_url: `https://api.anthropic.com${base}/${id}/results`,
		};
		this.#batches.set(id, { batch, requests });
		return jsonAnswer(batch);
	}

	#list(): LabAnswer {
		const data = [...this.#batches.values()].map(({ batch }) => batch).reverse();
		return jsonAnswer({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
	}
}

function requestsIn(text: string): Request[] | undefined {
	try {
		const { requests } = JSON.parse(text) as { requests?: unknown };
		return Array.isArray(requests) ? (requests as Request[]) : undefined;
	} catch {
		return undefined;
	}
}

function resultOf({ custom_id, params }: Request): Json {
	const message = {
		...{ id: `msg_lab_${custom_id}`, type: "message", role: "assistant", model: params.model },
		content: [{ type: "text", text: "This is the lab's answer to a request of a batch." }],
		...{ stop_reason: "end_turn", stop_sequence: null, usage: { input_tokens: 1, output_tokens: 11 } },
	};
	return { custom_id, result: { type: "succeeded", message } };
}

function failure(status: number, type: string, message: string): LabAnswer {
	return jsonAnswer({ type: "error", error: { type, message } }, status);
}
