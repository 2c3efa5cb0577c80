/** An upload of 2 GB, which no process could hold. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { audioFile, formType, lastBoundary, partBytes } from "../kit/forms.js";
import { gatewayFor } from "../kit/gateway.js";

const megabyte = 1024 * 1024;
const bodyBytes = 2048 * megabyte;
/** The client, the gateway and the upstream are one process. */
const mostBytes = 256 * megabyte;

test("2 GB pass through at flat memory", async () => {
	let received = 0;
	const host = createServer((message, response) => {
		message.on("data", ({ length }: Buffer) => {
			received += length;
		});
		message.on("end", () => response.setHeader("content-type", "application/json").end('{"text":"Long"}'));
	});
	host.listen(0, "127.0.0.1");
	await once(host, "listening");
	onTestFinished(() => void host.close());
	const { port } = host.address() as AddressInfo;
	const gateway = await gatewayFor({ url: `http://127.0.0.1:${port}` }, { "max-upload": "3gb" });

	const [head = Buffer.alloc(0), tail] = [
		Buffer.concat([partBytes({ name: "model", value: "whisper-1" }), partBytes(audioFile(""))]).subarray(0, -2),
		Buffer.concat([Buffer.from("\r\n"), lastBoundary]),
	];
	const length = head.length + bodyBytes + tail.length;
	const asked = request(`${gateway.url}/v1/audio/transcriptions`, {
		method: "POST",
		headers: { "content-type": formType, "content-length": length },
	});
	const answered = once(asked, "response");
	const piece = Buffer.alloc(megabyte, "sound");
	const before = process.memoryUsage().rss;
	let most = before;
	asked.write(head);
	for (let sent = 0; sent < bodyBytes; sent += piece.length) {
		if (!asked.write(piece)) await once(asked, "drain");
		most = Math.max(most, process.memoryUsage().rss);
	}
	asked.end(tail);
	const [response] = (await answered) as [IncomingMessage];
	expect(await json(response)).toEqual({ text: "Long" });
	expect(received).toBe(length);
	expect(most - before).toBeLessThan(mostBytes);
}, 180_000);
