/** Answers that can be sent again: many of them, the end of the gateway, old protocols, and settings that other parts go by. */
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findAnswers } from "../../src/replay/answerFile.js";
import { temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { serveLlmw } from "../kit/llmw.js";
import { ask, gatewayOver, question, startSteppedHost, wholeStream } from "./kit.js";

const key = (value: string) => ({ "idempotency-key": value });
const streamed = { ...question, stream: true };

describe("over four workers", { timeout: 60_000 }, () => {
	test("a thousand equal requests at once are one at the upstream", async () => {
		const host = await startSteppedHost();
		const flags = ["--workers", "4", "--data", temporaryFolder(), "--overlay", withoutRateLimit()];
		const { url } = await serveLlmw(host, flags);
		const equal = Array.from({ length: 1_000 }, () => ask(url, streamed, key("same")));
		await host.step();
		await Promise.all(equal.map((client) => client.until("One")));
		host.finish();
		for (const client of equal) expect(await client.body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});

	test("an answer whose client has left is given to its end before the gateway stops, and is there after it", async () => {
		const host = await startSteppedHost();
		const flags = ["--workers", "4", "--data", temporaryFolder(), "--drain-timeout", "60s"];
		const llmw = await serveLlmw(host, flags);
		const first = ask(llmw.url, streamed, key("k"));
		await host.step();
		await first.until("One");
		first.leave();
		llmw.process.kill("SIGTERM");
		await llmw.says(/drain|stop/i);
		host.finish();
		expect(await llmw.exited).toBe(0);
		const again = await serveLlmw(host, flags);
		expect(await ask(again.url, streamed, key("k")).body).toBe(wholeStream);
		expect(host.received).toHaveLength(1);
	});
});

test("a client of HTTP/1.0 gets its answer again", async () => {
	const host = await startSteppedHost();
	host.finish();
	const { port } = await gatewayOver(host);
	const body = JSON.stringify(question);
	const send = () =>
		new Promise<string>((resolve, reject) => {
			let text = "";
			const socket = connect(port, "127.0.0.1", () => {
				socket.write(
					`POST /v1/chat/completions HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: old\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
				);
			});
			socket.setEncoding("utf8").on("data", (part: string) => {
				text += part;
			});
			socket.on("end", () => resolve(text)).on("error", reject);
		});
	const [first, second] = [await send(), await send()];
	expect(second).toMatch(/^HTTP\/1\.1 200 .*x-llmgw-replay: replayed/s);
	expect(second.split("\r\n\r\n")[1]).toBe(first.split("\r\n\r\n")[1]);
	expect(host.received).toHaveLength(1);
});

test.each([
	["usage is off", { usage: "false" }, streamed],
	["completions are stored", {}, { ...streamed, store: true }],
	["all completions are stored", { "store-all": true }, streamed],
])("an answer is given again where %s, and stored once", async (_name, flags, body) => {
	const host = await startSteppedHost();
	host.finish();
	const { url, gateway } = await gatewayOver(host, flags);
	const first = await ask(url, body, key("k")).body;
	expect(await ask(url, body, key("k")).body).toBe(first);
	expect(host.received).toHaveLength(1);
	const stored = (await (await fetch(`${url}/v1/chat/completions`)).json()) as { data: unknown[] };
	expect(stored.data).toHaveLength(gateway.services.settings.storeAll || "store" in body ? 1 : 0);
});

test("what an earlier process has left unfinished is removed after a day", async () => {
	const folder = join(temporaryFolder(), "answers");
	mkdirSync(folder);
	for (const name of ["old.part", "new.part", "broken.answer"]) writeFileSync(join(folder, name), "{");
	utimesSync(join(folder, "old.part"), new Date(0), new Date(0));
	expect(await findAnswers(folder, Date.now())).toEqual([]);
	expect(readdirSync(folder)).toEqual(["new.part"]);
	expect(existsSync(join(folder, "old.part"))).toBe(false);
});
