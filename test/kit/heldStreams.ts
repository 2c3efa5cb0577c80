/** Streams that stay open until a test lets them end, to see whether anything cuts them meanwhile. */
import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { chunk, type Received, startAiHost, startStream, type TestHost } from "./aiHost.js";
import { hello, postChat } from "./gateway.js";

export interface HeldHost extends TestHost {
	/** Ends the open streams and all later ones. */
	release(): void;
}

/** An upstream whose streams send "begin", and "end" when they are released. Other requests are answered at once. */
export async function startHeldHost(): Promise<HeldHost> {
	let release!: () => void;
	const released = new Promise<void>((resolve) => {
		release = resolve;
	});
	const host = await startAiHost(async (request, response) => {
		if (!wantsStream(request)) return answer(response);
		startStream(response);
		response.write(chunk({ content: "begin" }));
		await released;
		response.end(`${chunk({ content: "end" }, "stop")}data: [DONE]\n\n`);
	});
	onTestFinished(() => host.close());
	return { ...host, release };
}

function wantsStream({ body }: Received): boolean {
	return body.length > 0 && (JSON.parse(body.toString()) as { stream?: boolean }).stream === true;
}

function answer(response: ServerResponse): void {
	response.writeHead(200, { "content-type": "application/json" });
	response.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"short"},"finish_reason":"stop"}]}');
}

export interface LiveStream {
	/** Resolves with the whole text when the stream has ended. */
	text: Promise<string>;
}

/** Opens a stream; resolves when its first event has come. */
export async function openStream(url: string): Promise<LiveStream> {
	const response = await postChat(`${url}/v1`, { ...hello, stream: true });
	if (response.status !== 200 || !response.body) throw new Error(`no stream: ${await response.text()}`);
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	const first = await reader.read();
	return { text: readAll(reader, first.value ?? "") };
}

export function openStreams(url: string, count: number): Promise<LiveStream[]> {
	return Promise.all(Array.from({ length: count }, () => openStream(url)));
}

async function readAll(reader: ReadableStreamDefaultReader<string>, begun: string): Promise<string> {
	let text = begun;
	try {
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return text;
			text += value;
		}
	} catch (error) {
		return `${text}<cut: ${error}>`;
	}
}

/** The text of every complete stream of a held upstream. */
export const wholeStream = `${chunk({ content: "begin" })}${chunk({ content: "end" }, "stop")}data: [DONE]\n\n`;
