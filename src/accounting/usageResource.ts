/** Usage as API resources. */

import { tokensResource } from "../chat/tokenCounts.js";
import type { components } from "../generated/contract.js";
import type { CachedUse, UsageAttempt, UsageDimension, UsageRecord, UsageSums } from "../store/usageTypes.js";
import { dollarsOf } from "./price.js";

type Schemas = components["schemas"];

export function requestResource(record: UsageRecord): Schemas["RequestRecord"] {
	const { keyId, keyName, tokens, cost, attempts } = record;
	const answering = attempts.findLast(({ upstream, usage }) => upstream === record.upstream && usage !== null);
	return {
		id: record.id,
		object: "gateway.request",
		created_at: record.createdAt,
		request_id: record.requestId,
		operation: record.operation,
		key: keyId === null ? null : { id: keyId, name: keyName ?? "" },
		team: record.team,
		organisation: record.organisation,
		route: record.route,
		session: record.session && { ...record.session },
		agent: record.agent,
		subagent: record.subagent,
		model: record.model,
		response_model: record.responseModel,
		upstream: record.upstream,
		stream: record.isStream,
		status: record.status,
		outcome: record.outcome,
		error_code: record.errorCode,
		tokens: tokens && tokensResource(tokens),
		units: record.units && { ...record.units },
		is_estimated: record.isEstimated,
		cost: cost === null ? null : dollarsOf(cost),
		duration_ms: record.durationMs,
		first_token_ms: record.firstTokenMs,
		attempts: attempts.map(attemptResource),
		cached: record.cached && cachedResource(record.cached),
		tags: record.tags,
		service_tier: answering?.tier ?? null,
		usage: answering?.usage ?? null,
	};
}

function cachedResource({ kind, saved, similarity }: CachedUse): Schemas["CachedUse"] {
	return { kind, saved: saved === null ? null : dollarsOf(saved), similarity };
}

function attemptResource(attempt: UsageAttempt): Schemas["RequestAttempt"] {
	const { tokens, cost } = attempt;
	return {
		upstream: attempt.upstream,
		model: attempt.model,
		response_model: attempt.responseModel,
		kind: attempt.kind,
		outcome: attempt.outcome,
		status: attempt.status,
		duration_ms: attempt.durationMs,
		tokens: tokens && tokensResource(tokens),
		units: attempt.units && { ...attempt.units },
		is_estimated: attempt.isEstimated,
		cost: cost === null ? null : dollarsOf(cost),
		cost_source: attempt.costSource,
		service_tier: attempt.tier,
	};
}

/** @param tag the tag by whose value the sums are grouped */
export function resultResource(
	sums: UsageSums,
	by: readonly UsageDimension[],
	tag: string | undefined,
): Schemas["UsageResult"] {
	const { tokens, dimensions, keyName } = sums;
	const groups: Partial<Schemas["UsageResult"]> = {};
	for (const dimension of by) {
		const value = dimensions[dimension] ?? null;
		if (dimension === "key") groups.key = value === null ? null : { id: value, name: keyName ?? null };
		else if (dimension === "session") groups.session = { id: value ?? "", name: sums.sessionName ?? "" };
		else groups[dimension] = value;
	}
	if (tag !== undefined) groups.tag = { name: tag, value: sums.tagValue ?? "" };
	return {
		object: "gateway.usage.result",
		...groups,
		requests: sums.requests,
		failed: sums.failed,
		cancelled: sums.cancelled,
		refused: sums.refused,
		attempts: sums.attempts,
		estimated: sums.estimated,
		input_tokens: tokens.input,
		cached_tokens: tokens.cached,
		cache_write_tokens: tokens.written,
		cache_write_1h_tokens: tokens.writtenForHour,
		audio_input_tokens: tokens.audioInput,
		image_input_tokens: tokens.imageInput,
		output_tokens: tokens.output,
		reasoning_tokens: tokens.reasoning,
		audio_output_tokens: tokens.audioOutput,
		image_output_tokens: tokens.imageOutput,
		...sums.units,
		cost: sums.cost === undefined ? null : dollarsOf(sums.cost),
		cached_requests: sums.cachedRequests,
		saved: dollarsOf(sums.saved),
		duration_ms: sums.durationMs,
	};
}
