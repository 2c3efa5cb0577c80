/** What an upstream says of a batch that it runs, in the words in which the gateway keeps its own. */
import { tokensOf } from "../dialects/usageCounts.js";
import { isObject } from "../json/isObject.js";
import type { BatchEnding, BatchFault, BatchKind, BatchMoment, BatchStatus, SeenBatch } from "../store/batchTypes.js";

type Json = Readonly<Record<string, unknown>>;

const day = 24 * 3600;
const endings: readonly unknown[] = ["completed", "failed", "expired", "cancelled"] satisfies BatchEnding[];
const statuses: readonly unknown[] = ["validating", "in_progress", "finalizing", ...endings];
const moments: readonly BatchMoment[] = [
	...(["in_progress", "finalizing", "cancelling"] as const),
	...(["completed", "failed", "expired", "cancelled"] as const),
];

export function isEnding(status: BatchStatus): status is BatchEnding {
	return endings.includes(status);
}

/** @param said the batch as the upstream's API has it @param nowSeconds since the epoch */
export function seenBatch(kind: BatchKind, said: Json, nowSeconds: number): SeenBatch {
	const seen = kind === "openai" ? seenFiles(said, nowSeconds) : seenMessages(said, nowSeconds);
	const { status } = seen;
	if (!isEnding(status)) return seen;
	return { ...seen, moments: { ...seen.moments, [status]: seen.moments[status] ?? nowSeconds } };
}

function seenFiles(said: Json, nowSeconds: number): SeenBatch {
	const { status, model, request_counts: counts, usage, errors } = said;
	const { total, completed, failed } = isObject(counts) ? counts : {};
	const tokens = isObject(usage) ? tokensOf(usage) : undefined;
	return {
		status: statuses.includes(status) ? (status as BatchStatus) : "in_progress",
		isCancelling: status === "cancelling",
		endpoint: textOf(said.endpoint) ?? "",
		window: textOf(said.completion_window) ?? "",
		model: textOf(model),
		inputFile: textOf(said.input_file_id),
		outputFile: textOf(said.output_file_id),
		errorFile: textOf(said.error_file_id),
		moments: Object.fromEntries(
			moments.flatMap((moment) => {
				const at = said[`${moment}_at`];
				return typeof at === "number" ? [[moment, at]] : [];
			}),
		),
		faults: isObject(errors) && Array.isArray(errors.data) ? errors.data.filter(isObject).map(faultOf) : [],
		...{ total: countOf(total), completed: countOf(completed), failed: countOf(failed) },
		tokens: {
			...{ input: tokens?.input ?? 0, cached: tokens?.cached ?? 0 },
			...{ output: tokens?.output ?? 0, reasoning: tokens?.reasoning ?? 0 },
		},
		expiresAt: typeof said.expires_at === "number" ? said.expires_at : nowSeconds + day,
	};
}

function seenMessages(said: Json, nowSeconds: number): SeenBatch {
	const { processing_status: status, request_counts: counts } = said;
	const { processing, succeeded, errored, canceled, expired } = isObject(counts) ? counts : {};
	const all = [processing, succeeded, errored, canceled, expired].map(countOf);
	const cancelledAt = secondsOf(said.cancel_initiated_at);
	const ending = countOf(canceled) > 0 ? "cancelled" : "completed";
	const endedAt = secondsOf(said.ended_at);
	return {
		status: status === "ended" ? ending : "in_progress",
		isCancelling: status === "canceling",
		...{ endpoint: "/v1/messages", window: "24h" },
		...{ model: undefined, inputFile: undefined, outputFile: undefined, errorFile: undefined },
		moments: {
			...(cancelledAt === undefined ? {} : { cancelling: cancelledAt }),
			...(endedAt === undefined ? {} : { [ending]: endedAt }),
		},
		faults: [],
		total: all.reduce((sum, count) => sum + count, 0),
		...{ completed: countOf(succeeded), failed: countOf(errored) },
		tokens: { input: 0, cached: 0, output: 0, reasoning: 0 },
		expiresAt: secondsOf(said.expires_at) ?? nowSeconds + day,
	};
}

function faultOf({ code, message, param, line }: Json): BatchFault {
	return {
		...{ code: textOf(code) ?? "", message: textOf(message) ?? "", param: textOf(param) ?? null },
		line: typeof line === "number" ? line : null,
	};
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}

function countOf(value: unknown): number {
	return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function secondsOf(value: unknown): number | undefined {
	const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
	return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
