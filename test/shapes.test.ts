/**
 * Objects that are made alike share a shape: V8 calls it a map, and compiles code for it. `{ ...object, more }` makes a new one
 * each time where `object` has no member `more`; `{ more, ...object }` doesn't. With a new shape for each object, code that reads
 * it is slow, and old shapes are garbage among what lives for long.
 */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAiHost } from "./kit/aiHost.js";
import { runLlmw } from "./kit/llmw.js";
import { overChat } from "./kit/responses.js";
import { temporaryFolder } from "./kit/thisFile.js";

/** Of each way. */
const requests = 120;
/** The first few find code that has not run before. */
const warmUps = 20;

/** Makes a shape that stands out, for each request. */
const marker = `let count = 0;
export default { name: "marker", stage: "edge", middleware: () => (_ctx, next) => {
	({})["mark" + count++] = true;
	return next();
} };`;

const messages = [{ role: "user", content: "Hello" }];
const ways: Record<string, readonly [path: string, body: object]> = {
	"chat, passed": ["/v1/chat/completions", { messages }],
	"chat, passed as a stream": ["/v1/chat/completions", { messages, stream: true }],
	"messages, translated": ["/v1/messages", { messages, max_tokens: 10 }],
	"messages, translated as a stream": ["/v1/messages", { messages, max_tokens: 10, stream: true }],
	"responses, kept": ["/v1/responses", { input: "Hello" }],
	"responses, kept as a stream": ["/v1/responses", { input: "Hello", stream: true }],
};

test("requests make no shapes of their own", async () => {
	const perRequest = await shapesOf(Object.values(ways));
	expect(perRequest).toHaveLength(Object.keys(ways).length * requests + 1);
	const often = Object.keys(ways).map((way, place) => {
		const first = 1 + place * requests;
		const seen = perRequest.slice(first + warmUps, first + requests).flatMap((sites) => [...sites]);
		const isOften = (site: string) => seen.filter((other) => other === site).length > (requests - warmUps) / 3;
		return [way, [...new Set(seen)].filter(isOften)];
	});
	expect(often).toEqual(Object.keys(ways).map((way) => [way, []]));
});

/** @returns where in the code a worker has made shapes, as V8 gives it with line and column, before the first request and after each */
async function shapesOf(asked: readonly (readonly [path: string, body: object])[]): Promise<ReadonlySet<string>[]> {
	const host = await startAiHost(overChat);
	onTestFinished(() => host.close());
	const folder = mkdtempSync(join(temporaryFolder(), "shapes-"));
	const plugin = join(folder, "marker.mjs");
	writeFileSync(plugin, marker);
	const nodeFlags = ["--log-maps", "--no-log-maps-details", `--logfile=${join(folder, "v8.log")}`];
	const gateway = ["--bindport", "0", "--workers", "1", "--aihost", host.url, "--plugin", plugin];
	const llmw = runLlmw(gateway, {}, { nodeFlags });
	const [, url] = await llmw.says(/listening on (http:\/\/\S+)/);
	for (const [path, body] of asked.flatMap((one) => Array.from({ length: requests }, () => one))) {
		const response = await fetch(url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ model: "test-model", ...body }),
		});
		const text = await response.text();
		expect([response.status, text]).toEqual([200, text]);
	}
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
	const log = logs.map((name) => readFileSync(join(folder, name), "latin1")).find((text) => text.includes(",mark1\n"));
	const shapes = [new Set<string>()];
	for (const line of (log ?? "").split("\n")) {
		const [event, kind, , , , , row, column, ...what] = line.split(",");
		if (event !== "map" || kind === "NormalizeCached") continue;
		if (/^mark\d+$/.test(what.at(-1) ?? "")) shapes.push(new Set());
		else shapes.at(-1)?.add([kind, row, column, ...what].join(","));
	}
	return shapes;
}
