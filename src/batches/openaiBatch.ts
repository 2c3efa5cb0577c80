/** A batch as OpenAI's API has it. */
import type { BatchMoment, BatchRecord } from "../store/batchTypes.js";

export function openaiBatch(record: BatchRecord) {
	const { moments, tokens, faults } = record;
	const isOver = moments.completed ?? moments.failed ?? moments.expired ?? moments.cancelled;
	const at = (moment: BatchMoment) => moments[moment] ?? null;
	return {
		id: record.id,
		object: "batch" as const,
		endpoint: record.endpoint,
		model: record.model ?? null,
		errors: faults.length === 0 ? null : { object: "list" as const, data: [...faults] },
		input_file_id: record.inputFile ?? "",
		completion_window: record.window,
		status: record.isCancelling && isOver === undefined ? ("cancelling" as const) : record.status,
		output_file_id: record.outputFile ?? null,
		error_file_id: record.errorFile ?? null,
		created_at: record.createdAt,
		in_progress_at: at("in_progress"),
		expires_at: record.expiresAt,
		finalizing_at: at("finalizing"),
		completed_at: at("completed"),
		failed_at: at("failed"),
		expired_at: at("expired"),
		cancelling_at: at("cancelling"),
		cancelled_at: at("cancelled"),
		request_counts: { total: record.total, completed: record.completed, failed: record.failed },
		usage: {
			input_tokens: tokens.input,
			input_tokens_details: { cached_tokens: tokens.cached },
			output_tokens: tokens.output,
			output_tokens_details: { reasoning_tokens: tokens.reasoning },
			total_tokens: tokens.input + tokens.output,
		},
		metadata: record.metadata ?? null,
	};
}
