/** `--log-format json`, as it comes out of the real command. */
import { writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { stringify } from "yaml";
import { createLog } from "../../src/logging/log.js";
import { startAiHost } from "../kit/aiHost.js";
import { hello, postChat, temporaryFile, withoutRateLimit } from "../kit/gateway.js";
import { getAlone, type Llmw, runLlmw, serveLlmw } from "../kit/llmw.js";
import { startLab } from "../kit/routing.js";

interface Line {
	level: string;
	time: string;
	msg: string;
	[field: string]: unknown;
}

/** @throws where a line is no JSON */
function linesOf(text: string): Line[] {
	return text
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line));
}

/** Waits for so many requests' lines. */
function requestLines(llmw: Llmw, count: number): Promise<Line[]> {
	return vi.waitFor(() => {
		const found = linesOf(llmw.stdout()).filter(({ msg }) => msg === "request");
		expect(found.length, llmw.stdout()).toBeGreaterThanOrEqual(count);
		return found;
	}, 10_000);
}

const json = ["--log-format", "json", "--workers", "1"];

async function inFrontOfLab(targets: string[], args: string[] = []) {
	const lab = await startLab();
	const config = stringify({
		overlay: withoutRateLimit(),
		upstreams: { a: { url: lab.url, key: "${LAB_KEY}" }, b: { url: lab.url } },
		defaults: { retry: { firstBackoff: "1ms", maxBackoff: "1ms", attemptsPerTarget: 1 } },
		routes: [{ model: "m", targets }],
	});
	const file = temporaryFile("llmw.yaml", config);
	const llmw = runLlmw(["--bindport", "0", "--config", file, ...json, ...args], { LAB_KEY: "sk-upstream-secret" });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/[^\s"]+)/);
	return { lab, llmw, url, file };
}

test("a request is one line that says all but what was asked and answered", async () => {
	const { lab, llmw, url } = await inFrontOfLab(["a/error:503", "b/ok"]);
	const body = { ...hello, model: "m", stream: true, stream_options: { include_usage: true } };
	await (await postChat(`${url}/v1`, body, { "x-request-id": "mine-1" })).text();
	const [line] = await requestLines(llmw, 1);
	const [, entry] = lab.ledger.entries();
	expect(line).toEqual({
		level: "info",
		time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
		msg: "request",
		request_id: "mine-1",
		method: "POST",
		path: "/v1/chat/completions",
		operation: "createChatCompletion",
		route: "m",
		upstream: "b",
		model: "m",
		response_model: "ok",
		status: 200,
		stream: true,
		duration_ms: expect.any(Number),
		first_token_ms: expect.any(Number),
		attempts: [
			{ target: "a/error:503", outcome: "503", ms: expect.any(Number) },
			{ target: "b/ok", outcome: "200", ms: expect.any(Number) },
		],
		tokens: {
			input: entry?.prompt_tokens,
			cached: 0,
			output: entry?.completion_tokens,
			reasoning: 0,
			audio_input: 0,
			audio_output: 0,
		},
		client: "127.0.0.1",
	});
});

test("no credential and no content is in it, wherever a client puts them", async () => {
	const { llmw, url } = await inFrontOfLab(["a/ok"]);
	const credential = "client-credential-of-no-known-form";
	const authorization = `Bearer ${credential}`;
	await (await postChat(`${url}/v1`, { ...hello, model: `m ${credential}` }, { authorization })).text();
	await (await postChat(`${url}/v1`, { ...hello, model: "m" }, { authorization })).text();
	await fetch(`${url}/v1/${credential}/sk-upstream-secret?key=${credential}`, { headers: { authorization } });
	await requestLines(llmw, 3);
	expect(llmw.stdout()).not.toContain(credential);
	expect(llmw.stdout()).not.toContain("sk-upstream-secret");
	expect(llmw.stdout()).not.toContain("Hello AI");
});

test("levels: failures are errors, refusals warnings, probes only for debugging", async () => {
	const { llmw, url } = await inFrontOfLab(["a/cut:20"], ["--log-level", "debug"]);
	await getAlone(`${url}/healthz`);
	await getAlone(`${url}/nowhere`);
	await (await postChat(`${url}/v1`, { ...hello, model: "m", stream: true })).text();
	const found = await requestLines(llmw, 3);
	expect(found.map(({ level, status, error, broken }) => ({ level, status, error, broken }))).toEqual([
		{ level: "debug", status: 200 },
		{ level: "warn", status: 404, error: "unknown_url" },
		{ level: "error", status: 200, error: "upstream_closed", broken: true },
	]);
});

test("what is below --log-level is left out", async () => {
	const { llmw, url } = await inFrontOfLab(["a/error:500"], ["--log-level", "info"]);
	await getAlone(`${url}/healthz`);
	await (await postChat(`${url}/v1`, { ...hello, model: "m" })).text();
	expect((await requestLines(llmw, 1)).map(({ level }) => level)).toEqual(["error"]);
});

test("a client that leaves is 499", async () => {
	const host = await startAiHost(() => {});
	onTestFinished(() => host.close());
	const llmw = runLlmw(["--bindport", "0", "--aihost", host.url, ...json]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/[^\s"]+)/);
	const leaving = new AbortController();
	const asked = postChatUntil(url, leaving.signal);
	await vi.waitFor(() => expect(host.received).toHaveLength(1));
	leaving.abort();
	await asked;
	const [line] = await requestLines(llmw, 1);
	expect(line).toMatchObject({
		status: 499,
		error: "client_closed",
		level: "info",
		attempts: [{ outcome: "cancelled" }],
	});
});

function postChatUntil(url: string, signal: AbortSignal): Promise<unknown> {
	const headers = { "content-type": "application/json" };
	return fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(hello), signal }).catch(
		() => {},
	);
}

test("all that the gateway says of itself is JSON too: start, complaints, reloads, blocks of --verbose", async () => {
	const { llmw, url, file } = await inFrontOfLab(["a/error:500"], ["--verbose"]);
	await (await postChat(`${url}/v1`, { ...hello, model: "m" })).text();
	await llmw.says(/Hello AI/);
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded: 1 new worker/);
	writeFileSync(file, "upstreams: 5\n");
	llmw.process.kill("SIGHUP");
	await llmw.says(/not reloaded/);
	expect(linesOf(llmw.stdout()).map(({ level, msg }) => `${level} ${msg.slice(0, 8)}`)).toEqual(
		expect.arrayContaining(["info llmw 0.1", "info reloaded", "info ┌ POST /", "error request"]),
	);
	const complaints = linesOf(llmw.stderr());
	expect(complaints.length).toBeGreaterThan(0);
	expect(new Set(complaints.map(({ level }) => level))).toEqual(new Set(["error"]));
});

test("text stays as it was, with no line for requests", async () => {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	const llmw = await serveLlmw(host, ["--workers", "1"]);
	await (await postChat(`${llmw.url}/v1`, hello)).text();
	await getAlone(`${llmw.url}/nowhere`);
	llmw.process.kill("SIGHUP");
	await llmw.says(/reloaded/);
	expect(llmw.stdout()).toMatch(
		/^llmw \S+ listening on \S+ → \S+ \(1 worker\)\nThere are no keys: .+\nDashboard: .+\nreloaded: 1 new worker\n$/,
	);
});

describe("a log", () => {
	const written = (act: (log: ReturnType<typeof createLog>) => void) => {
		const out: string[] = [];
		const now = () => new Date(0);
		act(createLog({ write: (block) => out.push(block) }, { write: (block) => out.push(`stderr ${block}`) }, now));
		return out;
	};

	test.each([
		["text", "info", ["hello", "stderr llmw: oh"]],
		["text", "error", ["stderr llmw: oh"]],
		["json", "info", [line("info", "hello"), `stderr ${line("error", "oh")}`]],
		["json", "warn", [`stderr ${line("error", "oh")}`]],
	] as const)("of %s from %s on", (logFormat, logLevel, expected) => {
		const out = written((log) => {
			log.follow({ logFormat, logLevel });
			log.print("hello");
			log.complain("oh");
		});
		expect(out).toEqual(expected);
	});

	function line(level: string, msg: string): string {
		return JSON.stringify({ level, time: "1970-01-01T00:00:00.000Z", msg });
	}
});
