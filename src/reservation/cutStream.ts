/** Ends a stream that says more than its limits have left, as one whose length was limited. */

import { GatewayError } from "../contract/gatewayError.js";
import type { Exchange } from "../exchange.js";
import type { Answer } from "../upstream/answer.js";
import type { Attempt } from "../upstream/attempt.js";
import { choicesAsked } from "../upstream/routing/choices.js";
import { tokensOf } from "../upstream/tokens.js";

export interface Cutting {
	readonly exchange: Exchange;
	readonly answer: Answer;
	/** Tokens of the prompt, for the usage that a client asks for. */
	readonly input: number;
	/** Tokens of the answer that are reserved. */
	readonly reserved: number;
	/** Reserves so many more, where that is possible. */
	extend(tokens: number): Promise<boolean>;
	/** The stream is cut. */
	told(): void;
}

/** Asked for before what is reserved is used up, so that the stream needn't wait. */
const marginTokens = 16;
/** Asked for at a time; less where a limit has only that left. */
const pieceTokens = 128;
const leastPieceTokens = 8;
/** So many are ended, however many were asked for. */
const mostChoices = 128;

const nothing: Buffer = Buffer.alloc(0);

/** To be called before the answer's first byte is taken. */
export function cutAtLimit(cutting: Cutting): void {
	const { answer, exchange, extend, told } = cutting;
	let { reserved } = cutting;
	let piece = pieceTokens;
	let isAsking = false;
	let isUsedUp = false;
	let isPaused = false;
	let isCut = false;
	let id: string | undefined;

	const cut = () => {
		isCut = true;
		told();
		answer.endEarly(new GatewayError(499, "A limit is used up.", { code: "limit_reached" }));
	};
	const ask = () => {
		isAsking = true;
		// Where nobody can say what is left any more, nothing is.
		extend(piece).then(answered, () => {
			piece = leastPieceTokens;
			answered(false);
		});
	};
	const answered = (isGranted: boolean) => {
		isAsking = false;
		if (isGranted) reserved += piece;
		else if (piece > leastPieceTokens) piece = Math.max(leastPieceTokens, piece >> 1);
		else isUsedUp = true;
		if (isPaused) answer.resume();
		isPaused = false;
		follow();
	};
	const follow = () => {
		if (isCut || !answer.isUnderWay) return;
		const said = outputOf(exchange);
		if (isUsedUp && said >= reserved) {
			cut();
			return;
		}
		if (!isUsedUp && !isAsking && said + marginTokens > reserved) ask();
		// What is said beyond what is reserved waits for the answer.
		if (!isAsking || said <= reserved) return;
		isPaused = true;
		answer.pause();
	};

	answer.transforms.push({
		push(bytes) {
			if (isCut) return nothing;
			id ??= idIn(bytes);
			// In the next turn: what has come now is still to be sent.
			queueMicrotask(follow);
			return bytes;
		},
		end: () => (isCut ? closing(cutting, id) : nothing),
	});
}

/** Of all attempts: a client pays for those that broke as well. */
function outputOf({ attempts }: Exchange): number {
	return attempts.reduce((sum, attempt) => sum + saidBy(attempt), 0);
}

/** Some hosts count with each piece. */
function saidBy({ events, outputEstimate }: Attempt): number {
	const reported = events === undefined ? undefined : tokensOf(events.usage);
	return reported === undefined ? outputEstimate : reported.output + (events?.piecesSinceUsage ?? 0);
}

/** All chunks of a completion have the same. */
function idIn(bytes: Buffer): string | undefined {
	return /"id"\s*:\s*"([^"\\]+)"/.exec(bytes.toString("latin1"))?.[1];
}

/** What OpenAI's hosts send when `max_tokens` are reached. */
function closing({ exchange, input, answer }: Cutting, id: string | undefined): Buffer {
	const { body, operation, attempts, receivedAt } = exchange;
	const json = body?.json ?? {};
	const isChat = operation?.id === "createChatCompletion";
	const base = {
		id: id ?? `${isChat ? "chatcmpl" : "cmpl"}-${exchange.id}`,
		object: isChat ? "chat.completion.chunk" : "text_completion",
		created: Math.floor(receivedAt / 1000),
		model: attempts.findLast(({ model }) => model !== undefined)?.model ?? json.model,
	};
	const finish = isChat ? { delta: {} } : { text: "" };
	const choices = Array.from({ length: Math.min(mostChoices, choicesAsked(json)) }, (_none, index) => ({
		index,
		...finish,
		logprobs: null,
		finish_reason: "length",
	}));
	const events: object[] = [{ ...base, choices }];
	if ((json.stream_options as { include_usage?: unknown } | null | undefined)?.include_usage === true)
		events.push({ ...base, choices: [], usage: usageSaid(input, outputOf(exchange)) });
	const lines = [...events.map((event) => JSON.stringify(event)), operation?.streamTerminator ?? "[DONE]"];
	const start = answer.isMidEvent ? "\n\n" : "";
	return Buffer.from(start + lines.map((line) => `data: ${line}\n\n`).join(""));
}

function usageSaid(input: number, output: number): object {
	return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
