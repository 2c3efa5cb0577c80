/** A batch as Anthropic's API has it, what it is made of, and its results. */
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import type { AnsweredLine, BatchLine, BatchRecord, BatchStore } from "../store/batchTypes.js";
import { answeredLines, oneLine } from "./resultFiles.js";

/** @param origin of the gateway, as the client sees it: `https://llm.example.com` */
export function messageBatch(record: BatchRecord, origin: string) {
	const { id, moments, total, completed, failed } = record;
	const endedAt = moments.completed ?? moments.failed ?? moments.expired ?? moments.cancelled;
	const isOver = endedAt !== undefined;
	const left = total - completed - failed;
	const isCancelled = isOver && record.status === "cancelled";
	return {
		id,
		type: "message_batch" as const,
		processing_status: isOver
			? ("ended" as const)
			: record.isCancelling
				? ("canceling" as const)
				: ("in_progress" as const),
		request_counts: {
			processing: isOver ? 0 : left,
			succeeded: completed,
			errored: failed,
			canceled: isCancelled ? left : 0,
			expired: isOver && !isCancelled ? left : 0,
		},
		created_at: timeOf(record.createdAt),
		expires_at: timeOf(record.expiresAt),
		ended_at: isOver ? timeOf(endedAt) : null,
		cancel_initiated_at: moments.cancelling === undefined ? null : timeOf(moments.cancelling),
		archived_at: null,
		results_url: isOver ? `${origin}/v1/messages/batches/${id}/results` : null,
	};
}

function timeOf(seconds: number): string {
	return new Date(seconds * 1000).toISOString();
}

/** The contract has checked that there are requests, each with an id and parameters. @throws GatewayError 400, 403 */
export function linesOfRequests(
	requests: readonly { custom_id: string; params: Record<string, unknown> }[],
	checkModel: (model: string) => void,
): { lines: BatchLine[]; model: string | undefined } {
	const ids = new Set<string>();
	const models = new Set<string>();
	const lines = requests.map(({ custom_id: customId, params }, index) => {
		const place = `requests[${index}]`;
		if (ids.size === ids.add(customId).size)
			throw refused(`${place}.custom_id is the same as an earlier one's: each must be another`, `${place}.custom_id`);
		const { model, stream } = params;
		if (typeof model !== "string") throw refused(`${place}.params.model must be a text`, `${place}.params.model`);
		if (stream === true)
			throw refused(`${place}.params.stream must not be true: batches have no streams`, `${place}.params.stream`);
		models.add(model);
		return { number: index + 1, customId, request: JSON.stringify(params) };
	});
	for (const model of models) checkModel(model);
	return { lines, model: models.size === 1 ? [...models][0] : undefined };
}

function refused(message: string, param: string): GatewayError {
	return new GatewayError(400, message, { code: "invalid_value", param });
}

/** JSON Lines. */
export async function* resultsOf(store: BatchStore, record: BatchRecord): AsyncGenerator<Buffer> {
	for await (const page of answeredLines(store, record.sequence))
		yield Buffer.from(page.map((line) => `${resultLine(line, record.status === "cancelled")}\n`).join(""));
}

function resultLine({ customId, answer }: AnsweredLine, isCancelled: boolean): string {
	return `{"custom_id":${JSON.stringify(customId)},"result":${resultOf(answer, isCancelled)}}`;
}

function resultOf(answer: AnsweredLine["answer"], isCancelled: boolean): string {
	if (answer === undefined) return `{"type":"${isCancelled ? "canceled" : "expired"}"}`;
	if (!answer.isFailed) return `{"type":"succeeded","message":${oneLine(answer.body)}}`;
	return JSON.stringify({ type: "errored", error: errorOf(answer.body, answer.requestId) });
}

/** What broke off has no words of Anthropic's. */
function errorOf(body: string, requestId: string) {
	const json = parseObject(body);
	if (json?.type === "error") return json;
	const error = isObject(json?.error) ? json.error : {};
	return { type: "error", error: { type: "api_error", message: error.message ?? "" }, request_id: requestId };
}
