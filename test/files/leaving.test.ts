/** Clients that leave in the middle of a file leave nothing behind, and large files take no memory. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startGateway, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";

const boundary = "x-llmw-test";
const megabyte = 1024 * 1024;

async function setUp(flags: Record<string, unknown> = {}) {
	const data = temporaryFolder();
	const gateway = await startGateway("http://127.0.0.1:9", {
		...{ overlay: withoutRateLimit(), data, "upload-memory": "64kb", "max-upload": "4gb", "files-quota": "4gb" },
		...flags,
	});
	onTestFinished(() => gateway.stop());
	const kept = () => readdirSync(join(data, "files"));
	return { gateway, kept };
}

/** A request that has sent the head of a file's part. */
function beginFile(port: number) {
	const sending = request({
		...{ port, path: "/v1/files", method: "POST" },
		headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
	});
	sending.write(
		`--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n` +
			`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large"\r\n\r\n`,
	);
	return sending;
}

async function write(sending: ReturnType<typeof request>, bytes: Buffer): Promise<void> {
	if (!sending.write(bytes)) await once(sending, "drain");
}

test("nothing is left of a file whose client leaves in the middle", async () => {
	const { gateway, kept } = await setUp();
	const sending = beginFile(gateway.port);
	sending.on("error", () => {});
	for (let count = 0; count < 8; count += 1) await write(sending, Buffer.alloc(megabyte));
	await expect.poll(() => kept().length).toBe(1);
	sending.destroy();
	await expect.poll(() => kept()).toEqual([]);
	const { data } = (await (await fetch(`${gateway.baseUrl}/files`)).json()) as { data: unknown[] };
	expect(data).toEqual([]);
});

test("a file of 2 GB is kept and read in little memory, also when a reader leaves", async () => {
	const { gateway, kept } = await setUp();
	const before = process.memoryUsage.rss();
	let most = 0;
	const sending = beginFile(gateway.port);
	const piece = Buffer.alloc(4 * megabyte, "0123456789abcdef");
	for (let count = 0; count < 512; count += 1) {
		await write(sending, piece);
		most = Math.max(most, process.memoryUsage.rss() - before);
	}
	sending.end(`\r\n--${boundary}--\r\n`);
	const [response] = await once(sending, "response");
	const texts: Buffer[] = [];
	for await (const chunk of response) texts.push(chunk);
	const { id, bytes } = JSON.parse(Buffer.concat(texts).toString());
	expect(bytes).toBe(2048 * megabyte);
	const reading = new AbortController();
	const content = await fetch(`${gateway.baseUrl}/files/${id}/content`, { signal: reading.signal });
	expect(content.headers.get("content-length")).toBe(String(bytes));
	await content.body?.getReader().read();
	reading.abort();
	const deleted = await fetch(`${gateway.baseUrl}/files/${id}`, { method: "DELETE" });
	expect(deleted.status).toBe(200);
	expect(kept()).toEqual([]);
	expect(most).toBeLessThan(256 * megabyte);
}, 180_000);
