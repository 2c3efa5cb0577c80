/** Upstreams that answer turns of a conversation: over chat completions, or over Responses, with or without a memory. */
import type { ServerResponse } from "node:http";
import { type HostAnswer, startAiHost, type TestHost } from "./aiHost.js";

type Json = Record<string, unknown>;

/** Each answer says how many messages or items it was sent; every request but the last of a turn gets a call of a tool. */
export interface TurnHost extends TestHost {
	/** What it was sent, parsed. */
	asked(): Json[];
}

const send = (response: ServerResponse, json: Json) => {
	response.writeHead(200, { "content-type": "application/json" });
	response.end(JSON.stringify(json));
};

const sendEvents = (response: ServerResponse, events: readonly Json[], end = "") => {
	response.writeHead(200, { "content-type": "text/event-stream" });
	for (const event of events)
		response.write(`${event.type === undefined ? "" : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`);
	response.end(end);
};

/** Answers each request with a text that says how many messages there were. */
export const overChat: HostAnswer = ({ body }, response) => {
	const { messages, stream } = JSON.parse(body.toString()) as { messages: Json[]; stream?: boolean };
	const text = `${messages.length} messages`;
	const usage = { prompt_tokens: messages.length, completion_tokens: 2, total_tokens: messages.length + 2 };
	const head = { id: "c", created: 1, model: "parrot" };
	if (!stream) {
		const choice = { index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" };
		send(response, { ...head, object: "chat.completion", choices: [choice], usage });
		return;
	}
	const chunk = (delta: Json, finish: string | null = null) => ({
		...head,
		object: "chat.completion.chunk",
		choices: [{ index: 0, delta, finish_reason: finish }],
	});
	const pieces = text.split(" ").map((word) => chunk({ content: word }));
	sendEvents(response, [chunk({ role: "assistant" }), ...pieces, { ...chunk({}, "stop"), usage }], "data: [DONE]\n\n");
};

let responses = 0;

/** The same in the words of Responses. `usage` has a member that nobody knows, and there is one more item of an unknown type. */
export const overResponses: HostAnswer = ({ body }, response) => {
	const { input, stream } = JSON.parse(body.toString()) as { input: unknown; stream?: boolean };
	const count = Array.isArray(input) ? input.length : 1;
	responses += 1;
	const id = `resp_host${responses}`;
	const message = {
		id: `msg_${responses}`,
		type: "message",
		role: "assistant",
		status: "completed",
		content: [{ type: "output_text", text: `${count} items`, annotations: [] }],
	};
	const output = [{ type: "novelty", id: `nov_${responses}`, precise: 1e21 }, message];
	const head = { id, object: "response", created_at: 1, model: "parrot", previous_response_id: null, store: false };
	const whole = {
		...head,
		status: "completed",
		output,
		usage: { input_tokens: count, output_tokens: 2, total_tokens: 9, odd: 1 },
	};
	if (!stream) {
		send(response, whole);
		return;
	}
	const begun = { ...head, status: "in_progress", output: [], usage: null };
	const events: Json[] = [
		{ type: "response.created", response: begun },
		{ type: "response.in_progress", response: begun },
		...output.flatMap((item, index) => [
			{ type: "response.output_item.added", output_index: index, item },
			{ type: "response.output_item.done", output_index: index, item },
		]),
		{ type: "response.completed", response: whole },
	];
	sendEvents(
		response,
		events.map((event, number) => ({ ...event, sequence_number: number })),
	);
};

export async function startTurnHost(answer: HostAnswer = overResponses): Promise<TurnHost> {
	const host = await startAiHost(answer);
	return Object.assign(host, {
		asked: () =>
			host.received.filter(({ body }) => body.length > 0).map(({ body }) => JSON.parse(body.toString()) as Json),
	});
}
