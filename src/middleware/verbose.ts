/** `--verbose`: what clients ask and what AI hosts answer, in one block per request, for people. */
import { createParser } from "eventsource-parser";
import type { Exchange } from "../exchange.js";
import { definePlugin, type GatewayContext } from "../plugin.js";
import type { Answer } from "../upstream/answer.js";
import { legible, type Paint, paintFor, shorten } from "../verbose/text.js";

/** What is kept of an answer's text and of a body that is no completion. */
const maxKeptCharacters = 8_000;

export const verbose = definePlugin({
	name: "verbose",
	stage: "edge",
	middleware: (_options, { print }) => {
		const paint = paintFor(process.env, process.env.LLMW_COLOR === "1");
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			const watched: Watched = { text: "", reasoning: "", tools: [], chunks: 0 };
			let input: string[] = [];
			exchange.onClose(() => print(block(ctx, exchange, input, watched, paint)));
			try {
				await next();
			} finally {
				input = describeInput(exchange.body?.json, paint);
			}
			if (exchange.answer) watch(exchange.answer, watched);
		};
	},
});

/** An answer as it is put together from what the client is sent. */
interface Watched {
	text: string;
	reasoning: string;
	tools: string[];
	chunks: number;
	firstMs?: number;
	finish?: string;
	usage?: { prompt_tokens?: number; completion_tokens?: number; total_tokens?: number };
}

interface Choice {
	delta?: Message;
	message?: Message;
	text?: string;
	finish_reason?: string | null;
}

interface Message {
	content?: string | null;
	reasoning_content?: string | null;
	tool_calls?: { index?: number; function?: { name?: string; arguments?: string } }[];
}

function watch(answer: Answer, watched: Watched): void {
	const parser = answer.isStream ? createParser({ onEvent: ({ data }) => readEvent(data, watched) }) : undefined;
	const decoder = new TextDecoder();
	let body = "";
	answer.observers.push({
		chunk(bytes) {
			watched.firstMs ??= performance.now();
			watched.chunks += 1;
			const text = decoder.decode(bytes, { stream: true });
			if (parser) parser.feed(text);
			else if (body.length < 1_000_000) body += text;
		},
		end() {
			if (!parser) readEvent(body, watched);
		},
	});
}

function readEvent(data: string, watched: Watched): void {
	if (data === "" || data === "[DONE]") return;
	try {
		const event = JSON.parse(data) as { choices?: Choice[]; usage?: Watched["usage"] | null; error?: unknown };
		if (event.usage) watched.usage = event.usage;
		const choice = event.choices?.[0];
		if (choice) readChoice(choice, watched);
		else if (event.error !== undefined) keep(watched, "text", JSON.stringify(event.error));
	} catch {
		keep(watched, "text", data);
	}
}

function readChoice(choice: Choice, watched: Watched): void {
	const message = choice.delta ?? choice.message;
	keep(watched, "text", message?.content ?? choice.text ?? "");
	keep(watched, "reasoning", message?.reasoning_content ?? "");
	for (const [position, call] of (message?.tool_calls ?? []).entries()) {
		const index = call.index ?? position;
		const before = watched.tools[index] ?? "";
		watched.tools[index] =
			before + (call.function?.name ? `${call.function.name} ` : "") + (call.function?.arguments ?? "");
	}
	if (choice.finish_reason) watched.finish = choice.finish_reason;
}

function keep(watched: Watched, field: "text" | "reasoning", more: string): void {
	if (watched[field].length < maxKeptCharacters) watched[field] += more;
}

function describeInput(json: Record<string, unknown> | undefined, paint: Paint): string[] {
	if (typeof json !== "object" || json === null || Array.isArray(json)) return [];
	const { messages, prompt, input, ...parameters } = json;
	const lines = Object.entries(parameters).map(
		([name, value]) =>
			`${paint.dim(name)} ${legible(shorten(typeof value === "string" ? value : JSON.stringify(value)))}`,
	);
	const shown = lines.length > 0 ? [lines.join("  ")] : [];
	if (Array.isArray(messages)) {
		for (const message of messages as ({ role?: string; content?: unknown } | null)[])
			shown.push(`${paint.cyan(legible(String(message?.role)).padEnd(9))} ${describeContent(message?.content)}`);
	}
	for (const text of [prompt, input])
		if (text !== undefined) shown.push(`${paint.cyan("input".padEnd(9))} ${describeContent(text)}`);
	return shown;
}

function describeContent(content: unknown): string {
	if (typeof content === "string") return legible(shorten(content));
	if (!Array.isArray(content))
		return content === undefined || content === null ? "" : legible(shorten(JSON.stringify(content)));
	return content
		.map((part: { type?: string; text?: string } | string | null) => {
			if (typeof part === "string") return legible(shorten(part));
			return part?.type === "text"
				? legible(shorten(part.text ?? ""))
				: `[${legible(String(part?.type ?? typeof part))}]`;
		})
		.join(" ");
}

function block(ctx: GatewayContext, exchange: Exchange, input: string[], watched: Watched, paint: Paint): string {
	const { failure, receivedAt, receivedMs } = exchange;
	const now = performance.now();
	const status = ctx.res.headersSent ? ctx.res.statusCode : 499;
	const ms = (until: number) => `${Math.round(until - receivedMs)} ms`;
	const time = new Date(receivedAt).toISOString().slice(11, 23);
	const head = `${paint.bold(`${ctx.method} ${legible(ctx.path)}`)}  ${paint.dim(`${time}  ${exchange.clientAddress}  ${exchange.id}`)}`;
	const { usage } = watched;
	const facts = [
		status < 400 && !failure ? paint.green(String(status)) : paint.red(String(failure?.status ?? status)),
		watched.firstMs === undefined ? "" : `first byte ${ms(watched.firstMs)}`,
		`total ${ms(now)}`,
		exchange.answer?.isStream ? `${watched.chunks} chunks` : "",
		usage ? `tokens ${usage.prompt_tokens ?? "?"} in + ${usage.completion_tokens ?? 0} out` : "",
		watched.finish ? `finish ${legible(watched.finish)}` : "",
		...Object.entries(exchange.tags).map(([name, value]) => `${name} ${legible(value)}`),
	].filter((fact) => fact !== "");
	const output = [
		watched.reasoning === "" ? "" : `${paint.magenta("reasoning")} ${legible(shorten(watched.reasoning))}`,
		watched.text === "" ? "" : `${paint.magenta("assistant")} ${legible(shorten(watched.text))}`,
		...watched.tools.map((call) => `${paint.magenta("tool call")} ${legible(shorten(call))}`),
		failure ? paint.red(legible(failure.message)) : "",
	].filter((line) => line !== "");
	return [
		`┌ ${head}`,
		...input.map((line) => `│ ${line}`),
		`├ ${facts.join("  ")}`,
		...output.map((line) => `│ ${line}`),
		"└",
	].join("\n");
}
