import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { TurnRequest, TurnResponse } from "../../src/sockets/turnMessages.js";
import { ChunkedBody } from "../../src/streaming/chunkedBody.js";
import { sendRaw } from "../kit/rawHttp.js";

/** Chunks of these sizes, each of its own letter. */
const sizes = [1, 9, 10, 15, 16, 17, 255, 256, 4095, 4096, 16_383, 16_384, 16_385, 65_535, 65_536, 1_048_576, 3];
const chunks = sizes.map((size, at) => Buffer.alloc(size, 0x61 + at));

/** A server that answers each request with what `write` does. @returns its port */
async function serverOf(write: (response: ServerResponse, body: ChunkedBody) => void): Promise<number> {
	const server = createServer((_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		write(response, new ChunkedBody(response));
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
	return (server.address() as AddressInfo).port;
}

function ask(port: number, method = "GET"): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		request({ port, host: "127.0.0.1", method, agent: false }, resolve).on("error", reject).end();
	});
}

function rawGet(version: string): string {
	return `GET / HTTP/${version}\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
}

test("chunks of any size come as they were written, in their order", async () => {
	const port = await serverOf((_response, body) => {
		for (const bytes of chunks) body.write(bytes);
		body.end();
	});
	const answer = await ask(port);
	expect(answer.headers["transfer-encoding"]).toBe("chunked");
	expect((await buffer(answer)).equals(Buffer.concat(chunks))).toBe(true);
});

test("what was written goes out before the connection is broken", async () => {
	const port = await serverOf((_response, body) => {
		body.write(Buffer.from("some"));
		body.breakOff();
	});
	const { text } = await sendRaw(port, rawGet("1.1"));
	expect(text).toMatch(/\r\n\r\n4\r\nsome\r\n$/);
});

test("chunks that come one turn of the event loop after the other do, too", async () => {
	const port = await serverOf((_response, body) => {
		const left = [...chunks];
		const next = () => {
			const bytes = left.shift();
			if (bytes === undefined) body.end(Buffer.from("last"));
			else {
				body.write(bytes);
				setImmediate(next);
			}
		};
		next();
	});
	const got = await buffer(await ask(port));
	expect(got.equals(Buffer.concat([...chunks, Buffer.from("last")]))).toBe(true);
});

test("each chunk is framed as RFC 9112 says, and an empty one does not end the body", async () => {
	const port = await serverOf((_response, body) => {
		body.write(Buffer.from("0123456789abcdef"));
		body.write(Buffer.alloc(0));
		body.write(Buffer.from("é"));
		body.end();
	});
	const { body } = await sendRaw(port, rawGet("1.1"));
	expect(body).toBe("10\r\n0123456789abcdef\r\n2\r\n\u00c3\u00a9\r\n0\r\n\r\n");
});

test("a client of HTTP/1.0 gets no chunks, and a request for the head no body", async () => {
	const port = await serverOf((_response, body) => {
		body.write(Buffer.from("one "));
		body.end(Buffer.from("two"));
	});
	const old = await sendRaw(port, rawGet("1.0"));
	expect(old.body).toBe("one two");
	expect(old.closed).toBe(true);
	expect(await buffer(await ask(port, "HEAD"))).toHaveLength(0);
});

test("a WebSocket's turn gets events, and no chunks, wherever they are cut", () => {
	const question = { path: "/", head: { search: "", headers: {} }, body: Buffer.alloc(0), turn: undefined };
	const request = new TurnRequest(new Socket(), question);
	const frames: string[] = [];
	const sink = {
		events: (data: readonly Buffer[]) => void frames.push(...data.map(String)),
		whole: () => {},
		over: () => {},
	};
	const response = new TurnResponse(request, sink, 1024);
	response.setHeader("content-type", "text/event-stream");
	response.writeHead(200);
	const body = new ChunkedBody(response);
	body.write(Buffer.from('data: {"a":'));
	body.write(Buffer.from('"b"}\n\n'));
	expect(frames).toEqual(['{"a":"b"}']);
});

test("a writer is told to wait, and when to go on", async () => {
	const piece = Buffer.alloc(64 * 1024, 0x78);
	let waits = 0;
	let left = 200;
	const port = await serverOf((response, body) => {
		const goOn = () => {
			while (left > 0) {
				left -= 1;
				if (body.write(piece)) continue;
				waits += 1;
				response.once("drain", goOn);
				return;
			}
			body.end();
		};
		goOn();
	});
	expect((await buffer(await ask(port))).length).toBe(200 * piece.length);
	expect(waits).toBeGreaterThan(0);
});
