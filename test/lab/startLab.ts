/** Labs for tests, and requests to them as they look on the wire. */
import { once } from "node:events";
import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createLab, type Lab, type LabOptions } from "../../src/mockHosts/lab/lab.js";

/** Listening on a free loopback port; closed when the test ends. */
export async function startLab(options: LabOptions = {}): Promise<{ lab: Lab; url: string }> {
	const lab = createLab(options);
	lab.listen(0, "127.0.0.1");
	await once(lab, "listening");
	onTestFinished(() => {
		lab.close();
		lab.closeAllConnections();
	});
	return { lab, url: `http://127.0.0.1:${(lab.address() as AddressInfo).port}` };
}

/** Waits that only end when the test says so. */
export function heldWaits() {
	const held: { ms: number; release(): void }[] = [];
	const watchers: (() => void)[] = [];
	return {
		held,
		wait: (ms: number, signal: AbortSignal) =>
			new Promise<void>((release, reject) => {
				if (ms === 0) return release();
				signal.addEventListener("abort", () => reject(signal.reason));
				held.push({ ms, release });
				for (const resolve of watchers.splice(0)) resolve();
			}),
		/** Resolves when something waits. */
		async next() {
			while (held.length === 0) await new Promise<void>((resolve) => watchers.push(resolve));
			return held.shift() as (typeof held)[number];
		},
	};
}

export interface Seen {
	status: number | undefined;
	headers: IncomingHttpHeaders;
	text: string;
	/** `end` after a clean end, else the code of the error, else `open`. */
	ending: string;
}

export const question = [{ role: "user", content: "Tell me all of it" }];

export function chatBody(model: string, more: object = {}): string {
	return JSON.stringify({ model, messages: question, ...more });
}

interface AskOptions {
	path?: string;
	leaveAfter?: RegExp;
	agent?: Agent | false;
}

/** One request, on a connection of its own unless there is an agent, until it ends, breaks, or has said `leaveAfter`; then the client leaves. */
export function ask(
	url: string,
	body: string,
	{ path = "/v1/chat/completions", leaveAfter, agent = false }: AskOptions = {},
): Promise<Seen> {
	return new Promise((resolve) => {
		const seen: Seen = { status: undefined, headers: {}, text: "", ending: "open" };
		const end = (ending: string) => {
			if (seen.ending === "open") seen.ending = ending;
			resolve(seen);
		};
		const headers = { "content-type": "application/json", authorization: "Bearer sk-secret" };
		const asking = request(`${url}${path}`, { method: "POST", agent, headers }, (response) => {
			seen.status = response.statusCode;
			seen.headers = response.headers;
			const look = () => {
				if (!leaveAfter?.test(seen.text)) return;
				resolve(seen);
				asking.destroy();
			};
			response.setEncoding("utf8").on("data", (text: string) => {
				seen.text += text;
				look();
			});
			look();
			response.on("end", () => end("end"));
			response.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
		});
		asking.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
		asking.end(body);
	});
}

export interface Chunk {
	choices: {
		index: number;
		text?: string;
		delta?: { role?: string; content?: string; reasoning_content?: string; tool_calls?: ToolDelta[] };
		finish_reason: string | null;
	}[];
	usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
	error?: { message: string };
}

interface ToolDelta {
	index: number;
	id?: string;
	function: { name?: string; arguments: string };
}

/** The events of a stream's text that are JSON, and the data of the others. */
export function eventsOf(text: string): { chunks: Chunk[]; others: string[] } {
	const chunks: Chunk[] = [];
	const others: string[] = [];
	for (const event of text.split("\n\n").filter((part) => part !== "")) {
		const data = event.replace(/^(event: \w+\n)?data: /, "");
		try {
			chunks.push(JSON.parse(data) as Chunk);
		} catch {
			others.push(data);
		}
	}
	return { chunks, others };
}

/** The content of a choice, and its pieces one by one. */
export function contentOf(text: string, choice = 0): { content: string; pieces: string[]; finish: string | null } {
	const choices = eventsOf(text)
		.chunks.flatMap(({ choices = [] }) => choices)
		.filter(({ index }) => index === choice);
	const pieces = choices.map(({ delta, text }) => text ?? delta?.content ?? "").filter((piece) => piece !== "");
	return { content: pieces.join(""), pieces, finish: choices.at(-1)?.finish_reason ?? null };
}
