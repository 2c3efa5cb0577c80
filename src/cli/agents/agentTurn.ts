/** One turn through the gateway, as an agent would take it, and what came of it. */
import fetch, { type Response } from "node-fetch";
import type { ChatEvent } from "../../chat/event.js";
import { PieceReader } from "../../dialects/answerReader.js";
import { anthropicMessages } from "../../dialects/anthropicMessages/index.js";
import type { Dialect, StreamFormat } from "../../dialects/dialect.js";
import { geminiContent } from "../../dialects/gemini/index.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { openaiResponses } from "../../dialects/openaiResponses/index.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { unread } from "../../streaming/piece.js";
import { errorText, reasonOf } from "../commands/gatewayApi.js";
import type { AgentDialect } from "./agent.js";
import type { AgentRequest } from "./agentRequests.js";

/** Longer than a model on a slow machine takes to be loaded. */
const longestMs = 180_000;

const dialects: Record<AgentDialect, Dialect> = {
	messages: anthropicMessages,
	responses: openaiResponses,
	gemini: geminiContent,
	chat: openaiChat,
};

/** Why a request came to nothing. */
export interface Failure {
	/** Undefined if there was no answer. */
	readonly status: number | undefined;
	/** The gateway's word, or the system's; empty if there is none. */
	readonly code: string;
	readonly param: string;
	readonly message: string;
	/** What the gateway itself advises. */
	readonly hint?: string | undefined;
}

export interface Turn {
	readonly failure: Failure | undefined;
	readonly requestId: string | undefined;
	/** As `x-llmgw-attempts` lists them; undefined if there was only one. */
	readonly attempts: string | undefined;
	readonly firstOutputMs: number | undefined;
	readonly wholeMs: number;
	readonly hasText: boolean;
	readonly hasCall: boolean;
	readonly hasReasoning: boolean;
	readonly isWhole: boolean;
	/** Seconds that the gateway's clock is ahead of this one. */
	readonly clockAheadSeconds: number | undefined;
}

export async function takeTurn(root: string, dialect: AgentDialect, request: AgentRequest): Promise<Turn> {
	const startedMs = performance.now();
	const seen = { hasText: false, hasCall: false, hasReasoning: false, isWhole: false };
	let firstOutputMs: number | undefined;
	let failure: Failure | undefined;
	const take = (event: ChatEvent) => {
		if (event.type === "text") seen.hasText = true;
		if (event.type === "tool_call") seen.hasCall = true;
		if (event.type === "reasoning") seen.hasReasoning = true;
		if (event.type === "text" || event.type === "tool_call" || event.type === "reasoning")
			firstOutputMs ??= performance.now() - startedMs;
		if (event.type === "finish" || event.type === "end") seen.isWhole = true;
		if (event.type === "error")
			failure ??= { status: 200, code: "", param: "", message: event.message ?? "the stream broke" };
	};
	const sent = await send(root, request);
	if ("code" in sent) failure = sent;
	else if (!sent.ok) failure = await refusalIn(sent);
	else failure = (await readStream(sent, dialects[dialect], take)) ?? failure;
	const headers = "code" in sent ? undefined : sent.headers;
	return {
		...seen,
		failure,
		requestId: headers?.get("x-request-id") ?? undefined,
		attempts: headers?.get("x-llmgw-attempts") ?? undefined,
		firstOutputMs,
		wholeMs: performance.now() - startedMs,
		clockAheadSeconds: clockAhead(headers?.get("date")),
	};
}

/** The JSON of an answer that is not streamed, or why there is none. */
export async function askFor(root: string, request: AgentRequest): Promise<{ json: unknown } | Failure> {
	const sent = await send(root, request);
	if ("code" in sent) return sent;
	if (!sent.ok) return refusalIn(sent);
	try {
		return { json: await sent.json() };
	} catch {
		return { status: sent.status, code: "", param: "", message: "answered with no JSON" };
	}
}

async function send(root: string, { method, path, headers, body }: AgentRequest): Promise<Response | Failure> {
	try {
		return await fetch(root + path, {
			method,
			redirect: "manual",
			headers,
			signal: AbortSignal.timeout(longestMs),
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
	} catch (error) {
		const { code = "" } = error as { code?: string };
		return { status: undefined, code, param: "", message: reasonOf(error) };
	}
}

async function refusalIn(response: Response): Promise<Failure> {
	const text = await response.text().catch(() => "");
	return { status: response.status, message: errorText(text) || `status ${response.status}`, ...detailsIn(text) };
}

/** Anthropic's and Google's envelopes have the gateway's code among their details. */
function detailsIn(text: string): Pick<Failure, "code" | "param" | "hint"> {
	const { error } = parseObject(text) ?? {};
	if (!isObject(error)) return { code: "", param: "", hint: undefined };
	const { code, param, details, hint } = error;
	const [detail] = [details].flat().filter(isObject);
	const own = [code, detail?.error_code, detail?.reason].find((one) => typeof one === "string") ?? "";
	return {
		code: String(own).toLowerCase(),
		param: typeof param === "string" ? param : "",
		hint: typeof hint === "string" ? hint : undefined,
	};
}

async function readStream(
	response: Response,
	dialect: Dialect,
	take: (event: ChatEvent) => void,
): Promise<Failure | undefined> {
	const reader = new PieceReader((dialect.stream as StreamFormat).reader());
	const listener = { events: (events: readonly ChatEvent[]) => events.forEach(take) };
	const isStream = response.headers.get("content-type")?.includes("text/event-stream") === true;
	if (!isStream) return { status: 200, code: "", param: "", message: "the answer is no event stream" };
	try {
		for await (const bytes of response.body as AsyncIterable<Buffer>) reader.read(unread(bytes), listener);
		return undefined;
	} catch (error) {
		return { status: 200, code: "", param: "", message: `the stream broke off (${reasonOf(error)})` };
	}
}

function clockAhead(date: string | null | undefined): number | undefined {
	const then = Date.parse(date ?? "");
	return Number.isFinite(then) ? Math.round((then - Date.now()) / 1000) : undefined;
}
