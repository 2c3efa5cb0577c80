/** `llmw chat`: asks a gateway and streams its answer to the terminal. */
import fetch from "node-fetch";
import type { ChatEvent } from "../../chat/event.js";
import { type AnswerListener, PieceReader } from "../../dialects/answerReader.js";
import type { StreamFormat } from "../../dialects/dialect.js";
import { openaiChat } from "../../dialects/openaiChat/index.js";
import { headerSafe } from "../../errors/headerSafe.js";
import { messageOf, Problems } from "../../errors/problem.js";
import { unread } from "../../streaming/piece.js";
import { errorText, keyHint, reasonOf } from "./gatewayApi.js";
import { optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";

export interface ChatOptions {
	/** With `/v1`. */
	baseUrl: string;
	prompt: string;
	model: string | undefined;
	key: string | undefined;
	maxTokens: number | undefined;
}

/** Why an answer ended, where that is not the model's own end. */
const endings: Record<string, string> = {
	length: "the answer was cut off at max_tokens; --max-tokens N allows more",
	content_filter: "the answer was cut off by a content filter",
	tool_calls: "the model asks for a tool to be called, which llmw chat can't do",
	function_call: "the model asks for a function to be called, which llmw chat can't do",
};

/**
 * Writes the answer's text as it comes.
 *
 * @returns what else there is to know of it: that it was cut off, or is a refusal
 * @throws Problems when the gateway can't be reached, refuses, or the stream breaks.
 */
export async function chat(request: ChatOptions, write: (text: string) => void): Promise<string | undefined> {
	const url = `${request.baseUrl}/chat/completions`;
	const fail = (message: string) => new Problems([{ where: url, message }]);
	let response: Awaited<ReturnType<typeof fetch>>;
	try {
		response = await fetch(url, {
			method: "POST",
			redirect: "manual",
			headers: {
				"content-type": "application/json",
				...(request.key === undefined ? {} : { authorization: `Bearer ${request.key}` }),
			},
			body: JSON.stringify({
				model: request.model,
				max_tokens: request.maxTokens,
				messages: [{ role: "user", content: request.prompt }],
				stream: true,
			}),
		});
	} catch (error) {
		throw fail(`can't be reached (${reasonOf(error)})`);
	}
	if (!response.ok || !response.body) {
		const text = errorText(await response.text());
		throw fail(`answered ${response.status}${text === "" ? "" : `: ${text}`}${keyHint(response.status, request.key)}`);
	}
	const reader = answerReader(write, fail);
	try {
		for await (const bytes of response.body) if (reader.read(bytes as Buffer)) return reader.note();
	} catch (error) {
		throw error instanceof Problems ? error : fail(`the answer broke off (${reasonOf(error)})`);
	} finally {
		write("\n");
	}
	throw fail("the stream ended before the answer was whole");
}

/** Writes the text of a stream. `read` returns true when the answer is whole. */
function answerReader(write: (text: string) => void, fail: (message: string) => Problems) {
	let isWhole = false;
	let isRefusal = false;
	let finish = "stop";
	const reader = new PieceReader((openaiChat.stream as StreamFormat).reader());
	const take = (event: ChatEvent) => {
		if (event.type === "text" || event.type === "refusal") write(event.text);
		if (event.type === "refusal") isRefusal = true;
		if (event.type === "finish") finish = event.vendorReason;
		if (event.type === "error") throw fail(event.message ?? "the stream broke");
		isWhole ||= event.type === "end";
	};
	const listener: AnswerListener = {
		events(said) {
			for (const event of said) if (!isWhole) take(event);
		},
		other(data) {
			if (!isWhole) throw fail(`sent what is no completion chunk: ${data.slice(0, 200)}`);
		},
	};
	return {
		read(bytes: Buffer): boolean {
			reader.read(unread(bytes), listener);
			return isWhole;
		},
		note(): string | undefined {
			if (finish !== "stop") return endings[finish] ?? `the answer ended with finish_reason ${JSON.stringify(finish)}`;
			return isRefusal ? "the model refused" : undefined;
		},
	};
}

/**
 * Values of `--url`, `--model`, `--key` and `--max-tokens`, or of their variables.
 *
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems that name the option or the variable
 */
export function readChatOptions(
	flags: Readonly<Record<string, unknown>>,
	environment: NodeJS.ProcessEnv,
	gatewayUrl: string,
): Omit<ChatOptions, "prompt"> {
	const read = optionReader(flags, environment);
	return {
		baseUrl: read("url", readBaseUrl) ?? readBaseUrl(gatewayUrl),
		model: read("model", String),
		key: read("key", headerSafe),
		maxTokens: read("max-tokens", wholeNumber),
	};
}

/** With a prompt on the command line, how long the other end of a pipe may take to send its first byte. */
const silenceMs = 3_000;

/**
 * The prompt from the command line, with what is piped in below it; a `-` among the words stands for stdin too.
 *
 * Without a prompt, or with `-`, it waits for stdin as long as it takes. Otherwise stdin may well be a pipe into which
 * nobody will ever write (a service, a job of CI), so it only waits for its beginning.
 */
export async function readPrompt(words: readonly string[], note: (line: string) => void): Promise<string> {
	const given = words.filter((word) => word !== "-").join(" ");
	if (process.stdin.isTTY) return given;
	const isAsked = given === "" || words.includes("-");
	const piped = await readStdin(isAsked ? undefined : silenceMs);
	if (piped === undefined)
		note(`nothing came on stdin in ${silenceMs / 1000} s, so only the prompt is sent; - waits for it`);
	return [given, (piped ?? "").trim()].filter((part) => part !== "").join("\n\n");
}

/** All of stdin; undefined if it stays silent for so long. */
async function readStdin(limitMs: number | undefined): Promise<string | undefined> {
	const { stdin } = process;
	let isSilent = false;
	const giveUp = () => {
		isSilent = true;
		stdin.destroy();
	};
	const timer = limitMs === undefined ? undefined : setTimeout(giveUp, limitMs);
	let piped = "";
	try {
		for await (const text of stdin.setEncoding("utf8")) {
			clearTimeout(timer);
			piped += text;
		}
	} catch (error) {
		if (!isSilent) throw new Problems([{ where: "stdin", message: `can't be read (${messageOf(error)})` }]);
	} finally {
		clearTimeout(timer);
	}
	return isSilent ? undefined : piped;
}
