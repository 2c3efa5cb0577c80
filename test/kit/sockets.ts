/** A client's WebSocket of responses, whose frames a test takes one after the other. */
import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import { chunk, type HostAnswer, startStream } from "./aiHost.js";

export interface Frame {
	type: string;
	status?: number;
	stream_id?: string;
	sequence_number?: number;
	delta?: string;
	error?: { code: string | null; message: string; param: string | null; type: string };
	headers?: Record<string, string>;
	response?: { id: string; status: string; model: string; output: object[]; usage: Record<string, number> | null };
	item?: Record<string, unknown>;
	[member: string]: unknown;
}

export interface TestSocket {
	readonly socket: WebSocket;
	/** An object goes as JSON, anything else as it is. */
	send(frame: object | string): void;
	/** The next frame that nobody has taken. Rejects if the connection closes before it. */
	next(): Promise<Frame>;
	/** Sends a turn, and takes all its frames. */
	turn(members: object): Promise<Frame[]>;
	/** Takes frames until one ends a turn. */
	rest(): Promise<Frame[]>;
	readonly closed: Promise<{ code: number; reason: string }>;
	close(): void;
}

const endings = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);

/** Resolves once the connection is open. @throws Refused if it is not let through */
export function openSocket(
	url: string,
	options: ClientOptions = {},
	path = "/v1/responses",
	protocols: string[] = [],
): Promise<TestSocket> {
	const socket = new WebSocket(url.replace(/^http/, "ws") + path, protocols, options);
	const frames: Frame[] = [];
	const waiting: { resolve(frame: Frame): void; reject(error: Error): void }[] = [];
	let isClosed = false;
	const closed = new Promise<{ code: number; reason: string }>((resolve) => {
		socket.on("close", (code, reason) => {
			isClosed = true;
			for (const { reject } of waiting.splice(0)) reject(new Error(`closed with ${code} ${reason}`));
			resolve({ code, reason: reason.toString() });
		});
	});
	socket.on("message", (data: Buffer) => {
		const frame = JSON.parse(data.toString()) as Frame;
		const next = waiting.shift();
		if (next === undefined) frames.push(frame);
		else next.resolve(frame);
	});
	const opened: TestSocket = {
		socket,
		send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
		next() {
			const frame = frames.shift();
			if (frame !== undefined) return Promise.resolve(frame);
			if (isClosed) return Promise.reject(new Error("closed"));
			return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
		},
		async rest() {
			const taken: Frame[] = [];
			do taken.push(await opened.next());
			while (!endings.has(taken.at(-1)?.type ?? ""));
			return taken;
		},
		turn(members) {
			opened.send({ type: "response.create", model: "test-model", ...members });
			return opened.rest();
		},
		closed,
		close: () => socket.close(),
	};
	return new Promise((resolve, reject) => {
		socket.on("open", () => resolve(opened));
		socket.on("unexpected-response", (_request, response: IncomingMessage) => void refusal(response).then(reject));
		socket.on("error", reject);
	});
}

/** What a handshake was answered with instead. */
export class Refused extends Error {
	constructor(
		readonly status: number,
		readonly body: { error?: { code: string; message: string } },
		readonly headers: IncomingMessage["headers"],
	) {
		super(`refused with ${status}`);
	}
}

async function refusal(response: IncomingMessage): Promise<Refused> {
	const parts: Buffer[] = [];
	for await (const part of response) parts.push(part as Buffer);
	const text = Buffer.concat(parts).toString();
	return new Refused(response.statusCode ?? 0, text === "" ? {} : JSON.parse(text), response.headers);
}

/** The texts of a turn's deltas, together. */
export function textOf(frames: readonly Frame[]): string {
	return frames.map(({ type, delta }) => (type === "response.output_text.delta" ? delta : "")).join("");
}

/** A host of chat completions that says how many messages it was sent, and the last of them. */
export const countingHost: HostAnswer = ({ body }, response) => {
	const { messages } = JSON.parse(body.toString()) as { messages: { content: unknown }[] };
	startStream(response);
	response.write(chunk({ content: `${messages.length}: ` }));
	response.write(chunk({ content: JSON.stringify(messages.at(-1)?.content) }));
	response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
};
