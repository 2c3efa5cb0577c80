/** What the gateway itself says on a WebSocket of responses: errors, and the events of a turn that generates nothing. */
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";

/** Headers of an answer that tell a client what to do next; all others are of HTTP. */
const told = /^(?:retry-after(?:-ms)?|x-should-retry|x-request-id|x-llmgw-attempts|x-ratelimit-.+)$/;

export interface ErrorWords {
	readonly status: number;
	readonly error: {
		readonly code?: unknown;
		readonly message?: unknown;
		readonly param?: unknown;
		readonly type?: unknown;
	};
	readonly headers?: Readonly<Record<string, string>>;
}

export function errorFrame({ status, error, headers = {} }: ErrorWords, streamId?: string): Buffer {
	return frame({
		type: "error",
		status,
		...(streamId === undefined ? {} : { stream_id: streamId }),
		error,
		...(Object.keys(headers).length === 0 ? {} : { headers }),
	});
}

export function errorFrameOf(error: GatewayError, streamId?: string): Buffer {
	return errorFrame({ status: error.status, error: error.envelope().error, headers: error.headers }, streamId);
}

/** The error that an answer over HTTP has. */
export function errorIn(body: Buffer, response: ServerResponse): ErrorWords {
	const json = parseObject(body.toString());
	const given = isObject(json?.error)
		? json.error
		: { message: json?.message ?? json?.detail ?? "The request failed." };
	const error = { type: "api_error", param: null, code: null, ...given };
	return { status: response.statusCode, error, headers: headersOf(response) };
}

function headersOf(response: ServerResponse): Record<string, string> {
	const all = Object.entries(response.getHeaders());
	return Object.fromEntries(all.filter(([name]) => told.test(name)).map(([name, value]) => [name, String(value)]));
}

/** The connection has lived as long as it may. */
export function ageError(maxAgeMs: number): ErrorWords {
	const minutes = Math.max(1, Math.round(maxAgeMs / 60_000));
	return {
		status: 400,
		error: {
			type: "invalid_request_error",
			code: "websocket_connection_limit_reached",
			message: `Responses websocket connection limit reached (${minutes} minutes). Create a new websocket connection to continue.`,
			param: null,
		},
	};
}

export function previousNotFound(id: string): ErrorWords["error"] {
	return {
		type: "invalid_request_error",
		code: "previous_response_not_found",
		message: `Previous response with id '${id}' not found.`,
		param: "previous_response_id",
	};
}

/** The events of a response that was made ready, and says nothing. */
export function warmUpFrames(model: string, inputTokens: number): { readonly id: string; readonly frames: Buffer[] } {
	const now = Math.floor(Date.now() / 1000);
	const id = `resp_${randomBytes(24).toString("hex")}`;
	const response = {
		id,
		object: "response",
		created_at: now,
		model,
		output: [],
		error: null,
		incomplete_details: null,
	};
	const usage = {
		input_tokens: inputTokens,
		input_tokens_details: { cached_tokens: 0 },
		output_tokens: 0,
		output_tokens_details: { reasoning_tokens: 0 },
		total_tokens: inputTokens,
	};
	return {
		id,
		frames: [
			frame({
				type: "response.created",
				sequence_number: 0,
				response: { ...response, status: "in_progress", usage: null },
			}),
			frame({
				type: "response.completed",
				sequence_number: 1,
				response: { ...response, status: "completed", completed_at: now, usage },
			}),
		],
	};
}

/** Events of a whole response, for a client that asked for them of an upstream, or a plugin, that makes none. */
export function wholeResponseFrames(response: Record<string, unknown>): Buffer[] {
	const output = Array.isArray(response.output) ? response.output : [];
	const begun = { ...response, status: "in_progress", output: [], usage: null };
	const events: Record<string, unknown>[] = [
		{ type: "response.created", response: begun },
		...output.flatMap((item, index) => [
			{ type: "response.output_item.added", output_index: index, item },
			{ type: "response.output_item.done", output_index: index, item },
		]),
		{ type: `response.${endings.has(response.status) ? response.status : "completed"}`, response },
	];
	return events.map(({ type, ...event }, number) => frame({ type, sequence_number: number, ...event }));
}

const endings: ReadonlySet<unknown> = new Set(["completed", "incomplete", "failed"]);

/** An answer to a frame that would change a response under way. */
export function steerFailed(previousId: unknown, input: unknown, streamId?: string): Buffer {
	return frame({
		type: "response.steer.failed",
		sequence_number: 0,
		...(streamId === undefined ? {} : { stream_id: streamId }),
		steer: { previous_response_id: previousId, input },
		error: { code: "steering_not_supported", message: "This gateway does not steer responses that are under way." },
	});
}

export function injectFailed(responseId: unknown, input: unknown, streamId?: string): Buffer {
	return frame({
		type: "response.inject.failed",
		sequence_number: 0,
		...(streamId === undefined ? {} : { stream_id: streamId }),
		response_id: responseId,
		input,
		error: { code: "response_not_found", message: "This gateway adds no input to responses that are under way." },
	});
}

const openBrace = 1;

/** The same event, for the lane of that name. */
export function inLane(data: Buffer, streamId: string): Buffer {
	// The object has members: each event has its type.
	return Buffer.concat([Buffer.from(`{"stream_id":${JSON.stringify(streamId)},`), data.subarray(openBrace)]);
}

function frame(json: object): Buffer {
	return Buffer.from(JSON.stringify(json));
}
