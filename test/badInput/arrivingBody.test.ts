/** A body that comes in pieces is copied into one buffer, and each piece's memory given back at once. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { arrivingBody } from "../../src/exchange/arrivingBody.js";
import { freeBytes } from "../../src/exchange/freeBytes.js";

/** Sends a body and has the server read it. @returns what it has read, and the pieces that Node gave it */
async function read(sent: Buffer, lengthOf: (request: IncomingMessage) => number | undefined) {
	const pieces: Buffer[] = [];
	const server = createServer();
	onTestFinished(() => void server.close());
	await once(server.listen(0, "127.0.0.1"), "listening");
	const arrived = new Promise<Buffer>((resolve, reject) => {
		server.on("request", (request, response) => {
			request.on("data", (piece: Buffer) => pieces.push(piece));
			arrivingBody(request, lengthOf(request), () => undefined).then(resolve, reject);
			request.on("end", () => response.end());
		});
	});
	const { port } = server.address() as AddressInfo;
	await (await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: sent })).text();
	return { body: await arrived, pieces };
}

const announced = ({ headers }: IncomingMessage) => Number(headers["content-length"]);
const ofLength = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_none, index) => (index * 31) & 0xff));

test("a body is whole though its pieces are gone", async () => {
	const sent = ofLength(1_000_000);
	const { body, pieces } = await read(sent, announced);
	expect(body.equals(sent)).toBe(true);
	expect(pieces.length).toBeGreaterThan(1);
	expect(pieces.filter(({ buffer }) => buffer.byteLength > 0)).toEqual([]);
});

test("one that comes in a single piece is that piece", async () => {
	const sent = ofLength(1000);
	const { body, pieces } = await read(sent, announced);
	expect(body.equals(sent)).toBe(true);
	expect(pieces).toEqual([body]);
});

test("pieces are kept of one whose length nobody has announced until it is whole", async () => {
	const sent = ofLength(1_000_000);
	const { body } = await read(sent, () => undefined);
	expect(body.equals(sent)).toBe(true);
});

test("memory that others have a part of stays", () => {
	const memory = Buffer.allocUnsafeSlow(10).fill("x");
	freeBytes(memory.subarray(0, 5));
	expect(memory.toString()).toBe("xxxxxxxxxx");
	freeBytes(memory);
	expect(memory).toHaveLength(0);
});
