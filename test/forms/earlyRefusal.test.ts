/** An upstream that refuses an upload before it has all of it, and closes the connection. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openaiFor } from "../batches/kit.js";
import { gatewayWith, route, upstream } from "../kit/routing.js";

const refusal = JSON.stringify({ error: { message: "Larger than 25 MB", code: "too_large" } });

async function startRefusing(end: (socket: Socket) => void) {
	const server = createServer((socket) => {
		socket.on("error", () => {});
		socket.once("data", () => {
			socket.write(
				`HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${refusal.length}\r\n\r\n${refusal}`,
			);
			end(socket);
		});
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

test.each<[string, (socket: Socket) => void]>([
	["ends it", (socket) => socket.end()],
	["closes it at once", (socket) => socket.destroySoon()],
	["reads no more", (socket) => socket.pause()],
])("an upstream's 413 in the middle of an upload reaches the client when it %s", async (_way, end) => {
	const url = await startRefusing(end);
	const gateway = await gatewayWith(
		{
			upstreams: [upstream("theirs", url, { provider: "openai", key: "k" })],
			routes: [route(["theirs"], { models: ["*"] })],
		},
		{ "upload-memory": "64kb" },
	);
	const file = new File([Buffer.alloc(8 * 1024 * 1024)], "large.bin");
	const sending = openaiFor(gateway.url).files.create({ file, purpose: "user_data" });
	await expect(sending).rejects.toMatchObject({ status: 413, code: "too_large" });
});
