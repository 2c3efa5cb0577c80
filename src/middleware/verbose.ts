/** `--verbose`: what clients ask and what upstreams answer, in one block per request, for people. */
import { usageOf } from "../accounting/exchangeUsage.js";
import { dollarsOf } from "../accounting/price.js";
import type { ChatEvent, ToolCallDelta } from "../chat/event.js";
import { answerReader } from "../dialects/answerReader.js";
import type { Dialect } from "../dialects/dialect.js";
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Ending } from "../exchange/outcome.js";
import type { ExchangeUsage } from "../exchange/usage.js";
import { secretsIn } from "../keys/credentials.js";
import {
	jsonWithoutSecrets,
	type Legible,
	legibleWithout,
	type Paint,
	paintFor,
	withoutSecret,
} from "../logging/verboseText.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { defineLink, type GatewayContext } from "./link.js";

/** The part of an answer's text that is kept, in characters. */
const maxKeptCharacters = 8_000;

/** A longer list (messages, parameters, parts) shows only this many at each end. */
const maxShown = 10;

export const verbose = defineLink({
	name: "verbose",
	stage: "edge",
	middleware: ({ print, settings, prices }) => {
		const paint = paintFor(process.env, process.env.LLMW_COLOR === "1");
		const keys = settings.routing.upstreams.flatMap(({ key, headers }) => [key ?? "", ...Object.values(headers)]);
		return async (ctx, next) => {
			const { exchange } = ctx.state;
			const watched: Watched = { text: "", reasoning: "", other: "", tools: new Map(), choices: 0, chunks: 0 };
			exchange.onOver(({ atMs }) => {
				const legible = legibleWithout([...keys, ...secretsIn(ctx.req.headers)]);
				print(block(ctx, usageOf(exchange, prices), { ...watched, atMs }, { paint, legible }));
			});
			await next();
			if (exchange.answer) watch(exchange.answer, exchange.operation?.dialect, watched);
		};
	},
});

interface Pen {
	paint: Paint;
	legible: Legible;
}

/** An answer as it is put together from what the client is sent. */
interface Watched {
	/** The first choice's. */
	text: string;
	reasoning: string;
	/** An answer that is no completion. */
	other: string;
	tools: Map<number, string>;
	choices: number;
	chunks: number;
	firstMs?: number;
	finish?: string;
}

/** When it was over, `atMs`. */
type Seen = Watched & Pick<Ending, "atMs">;

interface Message {
	role?: string;
	content?: unknown;
	tool_calls?: { index?: number; function?: { name?: string; arguments?: string } }[];
}

function watch(answer: ResponseStream, dialect: Dialect | undefined, watched: Watched): void {
	const reader = answerReader(answer, dialect, {
		events(said) {
			for (const event of said) note(event, watched);
		},
		other: (text) => keep(watched, "other", shown(text)),
	});
	answer.observers.push({
		chunk(piece) {
			watched.firstMs ??= performance.now();
			watched.chunks += 1;
			reader.chunk(piece);
		},
		end: reader.end,
	});
}

function shown(text: string): string {
	try {
		return jsonWithoutSecrets(JSON.parse(text));
	} catch {
		return text;
	}
}

function note(event: ChatEvent, watched: Watched): void {
	if (event.type === "error") keep(watched, "other", event.message ?? "");
	if (!("choice" in event)) return;
	watched.choices = Math.max(watched.choices, event.choice + 1);
	if (event.choice !== 0) return;
	if (event.type === "text") keep(watched, "text", event.text);
	else if (event.type === "reasoning") keep(watched, "reasoning", event.text);
	else if (event.type === "finish") watched.finish = event.vendorReason;
	else if (event.type === "tool_call") {
		const before = watched.tools.get(event.place) ?? "";
		if (before.length < maxKeptCharacters) watched.tools.set(event.place, before + toolCall(event));
	}
}

function toolCall({ name, arguments: text }: ToolCallDelta): string {
	return (name === "" ? "" : `${name} `) + text;
}

function keep(watched: Watched, field: "text" | "reasoning" | "other", more: string): void {
	if (watched[field].length < maxKeptCharacters) watched[field] += more;
}

/** Text as it is; anything else, since requests that were refused are shown too, as JSON. */
function textOf(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "string" ? value : jsonWithoutSecrets(value);
}

/** A long list with its middle left out. */
function few<Item>(list: readonly Item[], show: (item: Item) => string): string[] {
	if (list.length <= 2 * maxShown) return list.map(show);
	const left = `… ${list.length - 2 * maxShown} more …`;
	return [...list.slice(0, maxShown).map(show), left, ...list.slice(-maxShown).map(show)];
}

function describeInput(json: unknown, pen: Pen): string[] {
	if (typeof json !== "object" || json === null || Array.isArray(json)) return [];
	const { paint, legible } = pen;
	const { messages, prompt, input, ...parameters } = json as Record<string, unknown>;
	const settled = few(
		Object.entries(parameters),
		([name, value]) => `${paint.dim(legible(name))} ${legible(textOf(withoutSecret(name, value)))}`,
	);
	const lines = settled.length > 0 ? [settled.join("  ")] : [];
	if (Array.isArray(messages)) lines.push(...few(messages, (message) => describeMessage(message, pen)));
	for (const text of [prompt, input])
		if (text !== undefined) lines.push(`${paint.cyan("input".padEnd(9))} ${describeContent(text, legible)}`);
	return lines;
}

function describeMessage(message: Message | null, { paint, legible }: Pen): string {
	const said = [
		describeContent(message?.content, legible),
		Array.isArray(message?.tool_calls) ? legible(textOf(message.tool_calls)) : "",
	];
	const role = paint.cyan(legible(textOf(message?.role)).padEnd(9));
	return [role, ...said.filter((part) => part !== "")].join(" ");
}

function describeContent(content: unknown, legible: Legible): string {
	const isParts = Array.isArray(content) && content.every((part) => typeof part === "object" && part !== null);
	if (!isParts) return legible(textOf(content));
	return few(content as { type?: unknown; text?: unknown }[], ({ type, text }) =>
		type === "text" ? legible(textOf(text)) : `[${legible(textOf(type))}]`,
	).join(" ");
}

function block(ctx: GatewayContext, used: ExchangeUsage, watched: Seen, pen: Pen): string {
	const { paint, legible } = pen;
	const { exchange } = ctx.state;
	const time = new Date(exchange.receivedAt).toISOString().slice(11, 23);
	const failure = exchange.failure ?? (ctx.res.headersSent ? undefined : clientGone());
	const key = exchange.caller === undefined ? "" : `  key ${legible(exchange.caller.keyName)}`;
	const from = `${time}  ${legible(exchange.clientAddress)}  ${exchange.id}${key}`;
	return [
		`┌ ${paint.bold(`${ctx.method} ${legible(ctx.path)}`)}  ${paint.dim(from)}`,
		...describeInput(exchange.body?.json, pen).map((line) => `│ ${line}`),
		`├ ${describeOutcome(ctx, failure, used, watched, pen)}`,
		...describeOutput(failure, watched, pen).map((line) => `│ ${line}`),
		"└",
	].join("\n");
}

/** Status, timing and usage. */
function describeOutcome(
	ctx: GatewayContext,
	failure: GatewayError | undefined,
	used: ExchangeUsage,
	watched: Seen,
	{ paint, legible }: Pen,
): string {
	const { exchange } = ctx.state;
	const { firstMs, finish, choices, chunks, atMs } = watched;
	const { headersSent, statusCode } = ctx.res;
	// The failure came after a head that promised success.
	const isBroken = headersSent && failure !== undefined && ![499, statusCode].includes(failure.status);
	const status = isBroken ? statusCode : (failure?.status ?? statusCode);
	const ms = (until: number) => `${Math.round(until - exchange.receivedMs)} ms`;
	return [
		isBroken || status >= 400 ? paint.red(`${status}${isBroken ? " broken off" : ""}`) : paint.green(String(status)),
		firstMs === undefined ? "" : `first byte ${ms(firstMs)}`,
		`total ${ms(atMs)}`,
		exchange.answer?.isStream ? `${chunks} ${chunks === 1 ? "chunk" : "chunks"}` : "",
		describeUsage(used),
		choices > 1 ? `first of ${choices} choices` : "",
		finish ? `finish ${legible(textOf(finish))}` : "",
		...describeAttempts(exchange, atMs).map(legible),
		...Object.entries(exchange.tags).map(([name, value]) => `${legible(name)} ${legible(value)}`),
	]
		.filter((fact) => fact !== "")
		.join("  ");
}

/** `tokens 12 in + 30 out  $0.0021`; `about` if the upstream did not count them. */
function describeUsage({ tokens, isEstimated, cost }: ExchangeUsage): string {
	if (tokens === undefined) return "";
	const counted = `tokens ${isEstimated ? "about " : ""}${tokens.input} in + ${tokens.output} out`;
	return cost === undefined ? counted : `${counted}  $${dollarsOf(cost)}`;
}

/** If it took more than one attempt: `a/qwen 503 → b/qwen 200`; and what was left out of a stream. */
function describeAttempts({ attempts }: Exchange, atMs: number): string[] {
	const dropped = attempts.reduce((sum, { events }) => sum + (events?.dropped ?? 0), 0);
	const facts = dropped === 0 ? [] : [`unreadable events left out ${dropped}`];
	if (attempts.length < 2) return facts;
	const each = attempts.map(({ target, outcome, startedMs, endedMs = atMs, isRescue }) => {
		const what = `${target.name} ${outcome} ${Math.round(endedMs - startedMs)} ms`;
		return isRescue ? `${what} (rescue)` : what;
	});
	return [`attempts ${each.join(" → ")}`, ...facts];
}

function describeOutput(failure: GatewayError | undefined, watched: Watched, { paint, legible }: Pen): string[] {
	const { reasoning, text, other, tools } = watched;
	return [
		...(reasoning === "" ? [] : [`${paint.magenta("reasoning")} ${legible(reasoning)}`]),
		...(text === "" ? [] : [`${paint.magenta("assistant")} ${legible(text)}`]),
		...(other === "" ? [] : [`${paint.magenta("answer   ")} ${legible(other)}`]),
		...few([...tools.values()], (call) => `${paint.magenta("tool call")} ${legible(call)}`),
		...(failure ? [paint.red(legible(failure.message))] : []),
	];
}
