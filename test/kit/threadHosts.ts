/** Upstreams that answer turns of a thread, with and without a memory of their own, and what their models were given. */
import { onTestFinished } from "vitest";
import { startAiHost } from "./aiHost.js";
import { upstream } from "./routing.js";
import { type Question, type Reply, send, startWire, wires } from "./wires.js";

type Json = Readonly<Record<string, unknown>>;

/** @param lines what the model is given, one line for each text, call and result */
export type TurnAnswer = (lines: readonly string[], question: Question) => Reply;

export interface ThreadHost {
	/** What the model was given for each answer. */
	readonly given: string[][];
	/** Bodies as they came. */
	readonly bodies: Json[];
	readonly settings: ReturnType<typeof upstream>;
}

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const textOf = (content: unknown) =>
	typeof content === "string"
		? content
		: listOf(content)
				.map(({ text }) => text)
				.join("");

function chatLines(messages: readonly Json[]): string[] {
	return messages.flatMap(({ role, content, tool_calls, tool_call_id }) => {
		if (role === "tool") return [`result ${tool_call_id}: ${textOf(content)}`];
		const text = textOf(content ?? "");
		const calls = listOf(tool_calls).map(({ id }) => `call ${id}`);
		return text === "" ? calls : [`${role}: ${text}`, ...calls];
	});
}

function itemLines(items: readonly Json[]): string[] {
	return items.flatMap(({ type, role, content, call_id, output }) => {
		if (type === "function_call") return [`call ${call_id}`];
		if (type === "function_call_output") return [`result ${call_id}: ${textOf(output)}`];
		return role === undefined ? [] : [`${role}: ${textOf(content)}`];
	});
}

/** One that speaks chat completions alone. */
export async function startChatOnly(answer: TurnAnswer): Promise<ThreadHost> {
	const given: string[][] = [];
	const bodies: Json[] = [];
	const host = await startWire("chat", (question, _response, { body }) => {
		const json = JSON.parse(body.toString()) as Json;
		const lines = chatLines(listOf(json.messages));
		bodies.push(json);
		given.push(lines);
		return answer(lines, question);
	});
	return { given, bodies, settings: host.settings() };
}

/** One that speaks Responses, keeps what it has answered, and goes on from it by its id. */
export async function startKeeping(answer: TurnAnswer): Promise<ThreadHost> {
	const given: string[][] = [];
	const bodies: Json[] = [];
	const threads = new Map<unknown, readonly Json[]>();
	const items = new Map<unknown, Json>();
	const host = await startAiHost(async ({ body, url }, response) => {
		const json = JSON.parse(body.toString()) as Json;
		const { previous_response_id: previous, input: said } = json;
		const earlier = threads.get(previous);
		if (typeof previous === "string" && earlier === undefined) {
			const error = { message: "There is none.", type: "invalid_request_error", code: "previous_response_not_found" };
			response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
			return;
		}
		const brought = typeof said === "string" ? [{ role: "user", content: said }] : listOf(said);
		const named = (item: Json) => (item.type === "item_reference" ? (items.get(item.id) ?? item) : item);
		const input = [...(earlier ?? []), ...brought.map(named)];
		const question = wires.responses.read({ ...json, input }, url);
		const lines = itemLines(input);
		bodies.push(json);
		given.push(lines);
		const reply = { ...answer(lines, question), id: `kept${given.length}` };
		const { id, output } = wires.responses.whole(reply, question.model) as { id: string; output: Json[] };
		threads.set(id, [...input, ...output]);
		for (const item of output) items.set(item.id, item);
		await send(response, wires.responses, reply, question);
	});
	onTestFinished(() => host.close());
	return { given, bodies, settings: upstream("one", host.url, { provider: "openai", key: "secret" }) };
}

/** Each kind of host, for whole answers and for streams. */
export const threadScenes = (
	[
		["that speaks chat completions alone", startChatOnly],
		["that keeps responses itself", startKeeping],
	] as const
).flatMap(([name, start]) => [false, true].map((isStream) => [name, isStream, start] as const));

export const report = { city: "Paris", degrees: 21 };

/** What the model is given of a turn with both calls, after its question. */
export const looked = (turn: number) => [
	"assistant: Looking.",
	`call paris${turn}`,
	`call rome${turn}`,
	`result paris${turn}: fine in Paris`,
	`result rome${turn}: fine in Rome`,
];

/** Two calls for a question about the weather, and a text of its own for anything else. */
export const answerTurn: TurnAnswer = (lines, { hasSchema, wantsReasoning, results, tools: offered }) => {
	const thoughts = wantsReasoning ? { reasoning: "Let me think." } : {};
	if (hasSchema) return { words: [JSON.stringify(report)] };
	const isAsked = offered.length > 0 && lines.at(-1)?.endsWith("weather?");
	if (!isAsked || results.length > 0) return { ...thoughts, words: ["After ", `${lines.length}.`] };
	const call = (city: string) => ({ id: `${city.toLowerCase()}${lines.length}`, name: "weather", input: { city } });
	return { ...thoughts, words: ["Looking."], calls: [call("Paris"), call("Rome")] };
};
