/** What tests write into stores; no more is loaded with it, since processes of tests load it, too. */
import type { NewResponse } from "../../src/store/responseTypes.js";
import type { NewCompletion, NewPrompt } from "../../src/store/store.js";

export function aPrompt(changes: Partial<NewPrompt> = {}): NewPrompt {
	return {
		name: "greeting",
		description: "Says hello",
		metadata: { team: "support" },
		version: { content: { messages: [{ role: "user", content: "Hello {{name}}" }] }, comment: "first" },
		...changes,
	};
}

export function aCompletion(id: string, changes: Partial<NewCompletion> = {}): NewCompletion {
	return {
		id,
		model: "small",
		status: "completed",
		metadata: {},
		createdAt: 1_700_000_000,
		request: '{"messages":[{"role":"user","content":"Hello"}]}',
		response: `{"id":"${id}","object":"chat.completion"}`,
		promptTokens: 9,
		completionTokens: 7,
		durationMs: 12.5,
		...changes,
	};
}

export function aResponse(id: string, changes: Partial<NewResponse> = {}): NewResponse {
	const body = `{"id":"${id}","object":"response","output":[]}`;
	return {
		id,
		model: "small",
		status: "completed",
		createdAt: 1_700_000_000,
		previous: undefined,
		thread: id,
		conversation: undefined,
		home: undefined,
		inputTokens: 9,
		outputTokens: 7,
		requestId: `request-of-${id}`,
		input: `{"role":"user","content":"to ${id}"}`,
		output: `{"id":"msg_${id}","type":"message","content":"of ${id}"}`,
		body,
		outputAt: body.indexOf("[]") + 1,
		request: undefined,
		itemIds: [`msg_${id}`],
		...changes,
	};
}
