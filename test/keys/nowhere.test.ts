/** A client's key goes nowhere, wherever the client puts it: not to a collector of traces, nor into what is stored or logged. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCollector } from "../kit/collector.js";
import { temporaryFile, temporaryFolder, withoutRateLimit } from "../kit/gateway.js";
import { runLlmw } from "../kit/llmw.js";
import { hostOf } from "../kit/spoken.js";
import { completion } from "../kit/translated.js";

const administrator = "administrator-of-sentinels";

const places: readonly ((key: string) => readonly [query: string, headers: Record<string, string>])[] = [
	(key) => ["", { authorization: `Bearer ${key}` }],
	(key) => ["", { "x-api-key": key }],
	(key) => ["", { "x-goog-api-key": key }],
	(key) => ["", { "api-key": key }],
	(key) => [`?alt=sse&key=${key}`, {}],
	(key) => [`?%6bey=${key}`, {}],
	(key) => [`?access_token=${key}`, {}],
];

const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
const messages = [{ role: "user", content: "Hello" }];
const requests: readonly [path: string, body: object][] = [
	["/v1beta/models/m:generateContent", { contents }],
	["/v1beta/models/nobody:generateContent", { contents }],
	["/v1/chat/completions", { model: "m", messages, store: true }],
	["/v1/messages", { model: "m", max_tokens: 9, messages }],
	["/v1/responses", { model: "m", input: "Hello" }],
];

function filesIn(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
}

test("a key is in no span, no stored record, no file and no line of the log", async () => {
	const host = await hostOf(completion({ content: "Hi." }));
	const collector = await startCollector();
	const data = temporaryFolder();
	const config = `
upstreams: {one: {url: "${host.url}/v1"}}
routes: [{model: m, targets: [one]}]
`;
	const flags = ["--config", temporaryFile("llmw.yaml", config), "--data", data, "--overlay", withoutRateLimit()];
	const llmw = runLlmw(
		[
			...flags,
			"--bindport",
			"0",
			"--workers",
			"1",
			"--store-all",
			"--require-keys",
			"--verbose",
			"--log-format",
			"json",
		],
		{
			LLMW_ADMIN_KEY: administrator,
			OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
			OTEL_BSP_SCHEDULE_DELAY: "50",
		},
	);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const ask = (path: string, headers: Record<string, string>, body?: object) =>
		fetch(url + path, {
			method: body === undefined ? "GET" : "POST",
			headers: { "content-type": "application/json", ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
	const made = await ask("/v1/admin/keys", { authorization: `Bearer ${administrator}` }, { name: "sentinel" });
	const { secret } = (await made.json()) as { secret: string };
	expect(secret).toMatch(/\w{20}/);
	let asked = 0;
	for (const place of places)
		for (const [path, body] of requests) {
			const [query, headers] = place(secret);
			const answer = await ask(path + query, headers, body);
			expect([path, answer.status]).toEqual([path, path.includes("nobody") ? 404 : 200]);
			expect(await answer.text()).not.toContain(secret);
			asked += path.includes("nobody") ? 0 : 1;
		}
	const stored = async () => {
		const answer = await ask("/v1/chat/completions?limit=100&include=request", { authorization: `Bearer ${secret}` });
		return ((await answer.json()) as { data: object[] }).data;
	};
	await expect.poll(async () => (await stored()).length, { timeout: 20_000 }).toBe(asked);
	expect(JSON.stringify(await stored())).not.toContain(secret);
	// Each is a span, and has another for its attempt.
	expect(JSON.stringify(await collector.received(2 * asked))).not.toContain(secret);
	for (const file of filesIn(data)) expect([file, readFileSync(file).includes(secret)]).toEqual([file, false]);
	expect(llmw.stdout() + llmw.stderr()).toContain('"/v1/chat/completions"');
	expect(llmw.stdout() + llmw.stderr()).not.toContain(secret);
});
