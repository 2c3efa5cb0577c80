/** Bytes on a socket, for requests that no HTTP client would send. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawResponse {
	text: string;
	/** Status of the first response; 0 if there was none. */
	status: number;
	head: string;
	body: string;
	/** Whether the server closed the connection in time. */
	closed: boolean;
}

/** One of the responses on a connection. */
export interface RawMessage {
	status: number;
	/** By name in lower case; the last one if it is repeated. */
	headers: Record<string, string>;
	body: string;
}

/** Sends bytes and collects the response until the server closes the connection, for `waitMs` at most. */
export async function sendRaw(port: number, bytes: string | Buffer, waitMs = 20_000): Promise<RawResponse> {
	const connection = openRaw(port);
	connection.send(bytes);
	const closed = await connection.closedWithin(waitMs);
	connection.destroy();
	return firstOf(connection.text(), closed);
}

function firstOf(text: string, closed: boolean): RawResponse {
	const [head = "", ...rest] = text.split("\r\n\r\n");
	const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
	return { text, status, head, body: rest.join("\r\n\r\n"), closed };
}

/** A connection that a test writes to as it likes. */
export interface RawConnection {
	socket: Socket;
	/** A string is sent as Latin-1, each character one byte. */
	send(bytes: string | Buffer): void;
	/** The response so far, as Latin-1. */
	text(): string;
	messages(): RawMessage[];
	/** Waits until this many complete responses have come, or the server has closed the connection. */
	answers(count: number): Promise<RawMessage[]>;
	closed: Promise<void>;
	closedWithin(ms: number): Promise<boolean>;
	destroy(): void;
}

export function openRaw(port: number): RawConnection {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	const chunks: Buffer[] = [];
	const watchers = new Set<() => void>();
	let isClosed = false;
	const notify = () => {
		for (const watcher of watchers) watcher();
	};
	socket.on("data", (chunk) => {
		chunks.push(chunk);
		notify();
	});
	// A server that closes while we still write resets the connection; its response before that counts.
	socket.on("error", () => {});
	const closed = new Promise<void>((resolve) => {
		socket.once("close", () => {
			isClosed = true;
			notify();
			resolve();
		});
	});
	const text = () => Buffer.concat(chunks).toString("latin1");
	const messages = () => readMessages(text());
	return {
		socket,
		send: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
		text,
		messages,
		answers: (count) =>
			new Promise((resolve) => {
				const look = () => {
					const found = messages();
					if (found.length < count && !isClosed) return;
					watchers.delete(look);
					resolve(found);
				};
				watchers.add(look);
				look();
			}),
		closed,
		async closedWithin(ms) {
			if (isClosed) return true;
			let timer: NodeJS.Timeout | undefined;
			const late = new Promise<false>((resolve) => {
				timer = setTimeout(resolve, ms, false);
			});
			const result = await Promise.race([closed.then(() => true), late]);
			clearTimeout(timer);
			return result;
		},
		destroy: () => void socket.destroy(),
	};
}

/** Resolves when the connection is open. */
export async function connected({ socket }: RawConnection): Promise<void> {
	if (socket.connecting) await once(socket, "connect");
}

/** @returns the complete responses in a text, including interim ones (100 Continue) */
export function readMessages(text: string): RawMessage[] {
	const found: RawMessage[] = [];
	for (let rest = text; rest !== ""; ) {
		const end = rest.indexOf("\r\n\r\n");
		if (end === -1) break;
		const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
		const headers = Object.fromEntries(lines.map(readLine));
		const status = Number(statusLine.split(" ")[1]);
		const body = readBody(rest.slice(end + 4), status < 200 ? { "content-length": "0" } : headers);
		if (body === undefined) break;
		found.push({ status, headers, body: body.text });
		rest = rest.slice(end + 4 + body.length);
	}
	return found;
}

function readLine(line: string): [string, string] {
	const colon = line.indexOf(":");
	return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function readBody(text: string, headers: Record<string, string>): { text: string; length: number } | undefined {
	if (headers["transfer-encoding"] === "chunked") return readChunks(text);
	const length = Number(headers["content-length"] ?? 0);
	return text.length < length ? undefined : { text: text.slice(0, length), length };
}

function readChunks(text: string): { text: string; length: number } | undefined {
	let body = "";
	for (let at = 0; ; ) {
		const line = text.indexOf("\r\n", at);
		if (line === -1) return undefined;
		const size = Number.parseInt(text.slice(at, line), 16);
		const end = line + 2 + size + 2;
		if (text.length < end) return undefined;
		body += text.slice(line + 2, end - 2);
		if (size === 0) return { text: body, length: end };
		at = end;
	}
}

export interface RawRequest {
	method?: string;
	target?: string;
	version?: string;
	/** Whole lines without line ends; a `host` line is put before them unless `host` is null. */
	headers?: readonly string[];
	host?: string | null;
	body?: string;
}

/** @returns a request's text exactly as given, valid or not, without adding a length */
export function requestText({
	method = "GET",
	target = "/v1/models",
	version = "HTTP/1.1",
	headers = [],
	host = "localhost",
	body = "",
}: RawRequest): string {
	const lines = [`${method} ${target} ${version}`, ...(host === null ? [] : [`host: ${host}`]), ...headers];
	return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
