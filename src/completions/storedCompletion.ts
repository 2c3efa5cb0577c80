/** Stored completions and their messages as API resources: OpenAI's, with a few members of our own. */
import type { components } from "../generated/contract.js";
import type { CompletionRecord } from "../store/store.js";

type StoredCompletion = components["schemas"]["StoredCompletion"];
type StoredMessage = components["schemas"]["StoredMessageList"]["data"][number];
type Json = Record<string, unknown>;

/** Parameters that are always present, null if the request has none. */
const absent = {
	tool_choice: null,
	seed: null,
	top_p: null,
	temperature: null,
	presence_penalty: null,
	frequency_penalty: null,
	tools: null,
	response_format: null,
};

/** @returns the answer with the request's parameters, and with the whole request as `request` if `withRequest` */
export function storedCompletion(record: CompletionRecord, withRequest = false): StoredCompletion {
	const { id, status, metadata, durationMs } = record;
	const request = JSON.parse(record.request) as Json;
	const {
		messages,
		prompt,
		model,
		stream,
		stream_options,
		store,
		metadata: _metadata,
		user,
		...requestParameters
	} = request;
	const parameters = { ...absent, ...requestParameters, input_user: user ?? null };
	return {
		...parameters,
		...(JSON.parse(record.response) as StoredCompletion),
		id,
		object: "chat.completion",
		metadata,
		status,
		duration_ms: durationMs,
		...(withRequest ? { request } : {}),
	};
}

/** @returns the request's messages, each with an id */
export function storedMessages(record: CompletionRecord): StoredMessage[] {
	const { messages } = JSON.parse(record.request) as { messages?: (Json & { role: string })[] };
	return (messages ?? []).map((message, place) => {
		const { content = null, name = null } = message;
		const isParts = Array.isArray(content);
		return {
			...message,
			id: `${record.id}-${place}`,
			content: isParts ? null : (content as string | null),
			content_parts: isParts ? content : null,
			name: name as string | null,
		};
	});
}
