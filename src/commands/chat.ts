/** `llmw chat`: asks a gateway and streams its answer to the terminal. */
import { createParser } from "eventsource-parser";
import fetch from "node-fetch";
import { messageOf, Problems } from "../contract/problem.js";

export interface ChatRequest {
	/** With `/v1`. */
	baseUrl: string;
	prompt: string;
	model: string | undefined;
	key: string | undefined;
}

interface Chunk {
	choices?: { delta?: { content?: string | null } }[];
	error?: { message?: string };
}

/**
 * Writes the answer's text as it comes.
 *
 * @throws Problems when the gateway can't be reached, refuses, or the stream breaks.
 */
export async function chat(request: ChatRequest, write: (text: string) => void): Promise<void> {
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
				...(request.model === undefined ? {} : { model: request.model }),
				messages: [{ role: "user", content: request.prompt }],
				stream: true,
			}),
		});
	} catch (error) {
		throw fail(`can't be reached (${messageOf(error)})`);
	}
	if (!response.ok || !response.body) throw fail(`answered ${response.status}: ${errorText(await response.text())}`);
	const reader = answerReader(write, fail);
	try {
		for await (const bytes of response.body) if (reader.read(bytes as Buffer)) return;
	} catch (error) {
		throw error instanceof Problems ? error : fail(`the answer broke off (${messageOf(error)})`);
	} finally {
		write("\n");
	}
	throw fail("the stream ended before the answer was whole");
}

/** Writes the text of a stream. `read` says true when the answer is whole. */
function answerReader(write: (text: string) => void, fail: (message: string) => Problems) {
	let isWhole = false;
	const decoder = new TextDecoder();
	const parser = createParser({
		onEvent({ data }) {
			if (data === "[DONE]") isWhole = true;
			else if (!isWhole) write(textOf(data, fail));
		},
	});
	return {
		read(bytes: Buffer): boolean {
			parser.feed(decoder.decode(bytes, { stream: true }));
			return isWhole;
		},
	};
}

function textOf(data: string, fail: (message: string) => Problems): string {
	let chunk: Chunk;
	try {
		chunk = JSON.parse(data) as Chunk;
	} catch {
		throw fail(`sent what is no completion chunk: ${data.slice(0, 200)}`);
	}
	if (chunk.error) throw fail(chunk.error.message ?? "the stream broke");
	return chunk.choices?.[0]?.delta?.content ?? "";
}

function errorText(body: string): string {
	try {
		return (JSON.parse(body) as { error: { message: string } }).error.message;
	} catch {
		return body.slice(0, 200);
	}
}

/** The prompt from the command line, with what is piped in below it. */
export async function readPrompt(words: readonly string[]): Promise<string> {
	const given = words.join(" ");
	if (process.stdin.isTTY) return given;
	let piped = "";
	for await (const text of process.stdin.setEncoding("utf8")) piped += text;
	return [given, piped.trim()].filter((part) => part !== "").join("\n\n");
}
