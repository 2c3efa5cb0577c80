/** Attributes of spans, by OpenTelemetry's names (semantic-conventions-genai, gen-ai-spans.md); the gateway's own begin with `llmgw`. */

import { sumOfTokens, type TokenCounts } from "../chat/tokenCounts.js";
import { tokensOf } from "../dialects/usageCounts.js";
import type { Exchange } from "../exchange/exchange.js";
import { type Ending, generativeOperation } from "../exchange/outcome.js";
import { sentModel } from "../settings/sentModel.js";
import type { Attempt } from "../upstream/attempt.js";
import type { TracedServerUse } from "../upstream/callRequest.js";
import type { TracedContent } from "./requestTrace.js";

export type Attributes = Record<string, string | number | boolean | string[] | undefined>;

/** Limit of names in spans, since clients may name models as they like. */
export const maxNameLength = 200;

export function requestedModel({ body }: Exchange): string | undefined {
	const model = body?.json.model;
	return typeof model === "string" ? model.slice(0, maxNameLength) : undefined;
}

/** @returns the attributes of the span of a client's request */
export function requestAttributes(
	exchange: Exchange,
	{ status, isBroken, code }: Ending,
	content: TracedContent | undefined,
): Attributes {
	const { operation, route, attempts } = exchange;
	const isGenerative = operation?.upstreamPath !== undefined;
	const chosen = attempts.findLast(({ isChosen }) => isChosen);
	const hasFailed = status >= 500 || isBroken;
	return {
		"http.route": operation?.path,
		"http.response.status_code": status,
		"client.address": exchange.clientAddress,
		"gen_ai.operation.name": isGenerative ? generativeOperation(operation) : undefined,
		"gen_ai.request.model": requestedModel(exchange),
		"gen_ai.response.model": chosen?.model,
		"gen_ai.response.finish_reasons": chosen && reasonsOf(chosen),
		...usageAttributes(sumOfTokens(attempts.map(({ usage }) => ({ tokens: tokensOf(usage) })))),
		"llmgw.request_id": exchange.id,
		"llmgw.route": route?.name,
		"error.type": hasFailed ? (code ?? String(status)) : undefined,
		"gen_ai.input.messages": content?.input,
		"gen_ai.output.messages": content?.output,
	};
}

/** @returns the attributes of the span of an attempt. @param url the upstream's base URL */
export function attemptAttributes(exchange: Exchange, attempt: Attempt, url: string): Attributes {
	const { target, head, fault, isCancelled, isRescue, isHedge, firstOutputMs, startedMs } = attempt;
	const address = new URL(url);
	return {
		"gen_ai.operation.name": generativeOperation(exchange.operation),
		"gen_ai.provider.name": target.upstream,
		"gen_ai.request.model": sentModel(target, requestedModel(exchange)),
		"gen_ai.response.model": attempt.model,
		"gen_ai.response.finish_reasons": reasonsOf(attempt),
		"gen_ai.request.stream": exchange.body?.json.stream === true,
		"gen_ai.response.time_to_first_chunk": firstOutputMs === undefined ? undefined : (firstOutputMs - startedMs) / 1000,
		...usageAttributes(tokensOf(attempt.usage)),
		"llmgw.service_tier": attempt.tier,
		"server.address": address.hostname,
		"server.port": portOf(address),
		"http.response.status_code": head?.status,
		"llmgw.target": target.name,
		"llmgw.attempt.kind": isRescue ? "rescue" : isHedge ? "hedge" : undefined,
		"error.type": fault?.kind ?? (isCancelled ? "cancelled" : undefined),
	};
}

/** @returns the attributes of the span of what an MCP server was asked for */
export function serverUseAttributes({ operation, server, host, tool, outcome }: TracedServerUse): Attributes {
	return {
		"gen_ai.operation.name": operation === "call" ? "execute_tool" : undefined,
		"gen_ai.tool.name": tool?.slice(0, maxNameLength),
		"mcp.method.name": operation === "call" ? "tools/call" : "tools/list",
		"server.address": host.hostname,
		"server.port": portOf(host),
		"llmgw.mcp.server": server,
		"error.type": outcome === "completed" ? undefined : outcome,
	};
}

function portOf({ port, protocol }: URL): number {
	return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}

function reasonsOf({ finishReasons }: Attempt): string[] | undefined {
	return finishReasons.length === 0 ? undefined : finishReasons;
}

function usageAttributes(tokens: TokenCounts | undefined): Attributes {
	return {
		"gen_ai.usage.input_tokens": tokens?.input,
		"gen_ai.usage.output_tokens": tokens?.output,
		"gen_ai.usage.cache_read.input_tokens": tokens?.cached || undefined,
		"gen_ai.usage.cache_creation.input_tokens": tokens?.written || undefined,
		"gen_ai.usage.reasoning.output_tokens": tokens?.reasoning || undefined,
	};
}
