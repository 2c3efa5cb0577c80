/** Recorded exchanges with a vendor, replayed by an upstream; and what their answers say, in whichever dialect. */
import { readFileSync } from "node:fs";

export interface RecordedExchange {
	readonly id: string;
	/** The operation: `chat.completions`, `responses`, `converse`, … */
	readonly api: string;
	readonly stream: boolean;
	readonly request: { readonly url: string; readonly body: unknown };
	readonly response: {
		readonly status: number;
		readonly headers: Readonly<Record<string, string>>;
		readonly body?: unknown;
		/** For bytes that are no text. */
		readonly body_base64?: string;
	};
}

/** @param vendor a file in `test/dialects/recordings`, without its ending */
export function exchangesWith(vendor: string): RecordedExchange[] {
	const text = readFileSync(new URL(`../dialects/recordings/${vendor}.jsonl`, import.meta.url), "utf8");
	return text
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as RecordedExchange);
}

export function recordedBytes({ response: { body, body_base64: bytes } }: RecordedExchange): Buffer {
	if (bytes !== undefined) return Buffer.from(bytes, "base64");
	return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

export type Body = Record<string, unknown>;

/** What was asked; undefined if it was not recorded, or is no JSON object. */
export function recordedRequest({ request: { body } }: RecordedExchange): Body | undefined {
	let parsed: unknown = body;
	try {
		if (typeof body === "string") parsed = JSON.parse(body);
	} catch {
		return undefined;
	}
	return typeof parsed === "object" && parsed !== null ? (parsed as Body) : undefined;
}

/** What an answer says, whichever dialect has said it. */
export interface Said {
	text: string;
	/** Names of tools with their arguments. */
	calls: [name: string, input: unknown][];
	/** In the words of chat completions. */
	finish: string | undefined;
	input: number | undefined;
	output: number | undefined;
}

/** The JSON objects of an event stream. */
export function eventsIn(stream: string): Body[] {
	return stream
		.split(/\r?\n/)
		.filter((line) => /^data: ?\{/.test(line))
		.map((line) => JSON.parse(line.replace(/^data: ?/, "")) as Body);
}

interface Call {
	index?: number;
	id?: string;
	function: { name?: string; arguments?: string };
}

interface Choice {
	delta?: Body;
	message?: Body;
	finish_reason?: string | null;
	usage?: Body;
}

/** @param answer a whole chat completion, or the chunks of one */
export function saidByChat(answer: Body | readonly Body[]): Said {
	const all = Array.isArray(answer) ? (answer as readonly Body[]) : [answer as Body];
	const said: Said = { text: "", calls: [], finish: undefined, input: undefined, output: undefined };
	const calls: { name: string; text: string }[] = [];
	for (const one of all) {
		const [choice] = (one.choices ?? []) as Choice[];
		const usage = [one.usage, choice?.usage, (one.x_groq as Body | undefined)?.usage].find(
			(counts) => typeof counts === "object" && counts !== null && Number((counts as Body).prompt_tokens) > 0,
		) as Record<string, number> | undefined;
		if (usage !== undefined) {
			// Who reports more cached tokens than there are counts them apart.
			const cached = (one.usage as { prompt_tokens_details?: { cached_tokens?: number } } | undefined)
				?.prompt_tokens_details?.cached_tokens;
			const prompt = usage.prompt_tokens as number;
			said.input = cached !== undefined && cached > prompt ? prompt + cached : prompt;
			said.output = usage.completion_tokens;
		}
		if (choice === undefined) continue;
		// Together's word for a text's own end.
		said.finish = choice.finish_reason === "eos" ? "stop" : (choice.finish_reason ?? said.finish);
		const message = (Array.isArray(answer) ? choice.delta : choice.message) ?? {};
		said.text += textOf(message.content);
		for (const [place, call] of ((message.tool_calls ?? []) as Call[]).entries()) {
			const index = call.index ?? (call.id === undefined || !Array.isArray(answer) ? place : calls.length);
			calls[index] ??= { name: "", text: "" };
			const known = calls[index] as { name: string; text: string };
			known.name += call.function.name ?? "";
			known.text += call.function.arguments ?? "";
		}
	}
	said.calls = calls.map(({ name, text }) => [name, inputOf(text)]);
	return said;
}

function textOf(content: unknown): string {
	if (!Array.isArray(content)) return typeof content === "string" ? content : "";
	return content.map((part: Body) => (typeof part.text === "string" ? part.text : "")).join("");
}

export function inputOf(text: string): unknown {
	return text === "" ? {} : JSON.parse(text);
}

const finishOf: Readonly<Record<string, string>> = {
	end_turn: "stop",
	stop_sequence: "stop",
	max_tokens: "length",
	tool_use: "tool_calls",
	refusal: "content_filter",
};

/** @param answer a whole message of Anthropic's API, or its events */
export function saidByMessages(answer: Body | readonly Body[]): Said {
	const said: Said = { text: "", calls: [], finish: undefined, input: undefined, output: undefined };
	const count = (usage: unknown) => {
		if (typeof usage !== "object" || usage === null) return;
		const {
			input_tokens: input,
			cache_read_input_tokens: read = 0,
			output_tokens: output,
		} = usage as Record<string, number>;
		if (input !== undefined) said.input = input + read;
		if (output !== undefined) said.output = output;
	};
	if (!Array.isArray(answer)) {
		const { content, stop_reason: reason, usage } = answer as { content: Body[]; stop_reason: string; usage: Body };
		for (const block of content) {
			if (block.type === "text") said.text += block.text;
			if (block.type === "tool_use") said.calls.push([String(block.name), block.input]);
		}
		said.finish = finishOf[reason];
		count(usage);
		return said;
	}
	const inputs = new Map<unknown, { name: string; text: string }>();
	for (const event of answer as readonly (Body & Record<string, Body | undefined>)[]) {
		const { index, content_block: block, delta } = event;
		if (String(event.type) === "content_block_start" && block?.type === "tool_use")
			inputs.set(index, { name: String(block.name), text: "" });
		if (delta?.type === "text_delta") said.text += delta.text;
		const call = inputs.get(index);
		if (delta?.type === "input_json_delta" && call !== undefined) call.text += delta.partial_json;
		if (String(event.type) === "message_delta") said.finish = finishOf[String(delta?.stop_reason)];
		count(event.usage);
	}
	said.calls = [...inputs.values()].map(({ name, text }) => [name, inputOf(text)]);
	return said;
}
