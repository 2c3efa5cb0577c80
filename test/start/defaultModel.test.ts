/** Requests that name no model, in front of hosts that don't have the contract's default. */
import { exec } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { canChatByName, readModelList } from "../../src/upstream/listedModels/chatModels.js";
import { errorOf, hello, jsonOf, postChat, temporaryFile } from "../kit/gateway.js";
import { runLlmw, serveLlmw } from "../kit/llmw.js";
import { readmeCommand, readmeCurl, startOllama } from "../kit/ollama.js";
import { needs } from "../kit/programs.js";

const contractsDefault = "TheBloke/Mistral-7B-Instruct-v0.2-AWQ";
const substitution = /chat completions that name no model ask for (\S+), the first that .* has/;

test("README's Ollama line and its curl get an answer of Ollama's own first model", async () => {
	needs("curl");
	const ollama = await startOllama(["llama3.2:latest", "qwen3:8b"]);
	const words = readmeCommand("Ollama").map((word) => (word === "11434" ? String(ollama.port) : word));
	expect(words).toContain(String(ollama.port));
	const llmw = runLlmw([...words, "--bindport", "0"]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const curl = readmeCurl().replace("http://127.0.0.1:42069", url).replace("curl ", "curl --silent --max-time 20 ");
	const { stdout } = await promisify(exec)(curl);
	expect(stdout).toContain('"content":"Hello"');
	expect(stdout).toMatch(/data: \[DONE\]\n\n$/);
	expect(ollama.asked()).toEqual(["llama3.2:latest"]);
	const [said] = await llmw.says(substitution);
	expect(said).toContain("ask for llama3.2:latest");
	expect(llmw.stdout().match(new RegExp(substitution, "g"))).toHaveLength(1);
	expect(llmw.stderr()).toBe("");
});

test("a model that the client names is never replaced, not even one that the host does not have", async () => {
	const ollama = await startOllama(["llama3.2:latest"]);
	const { url } = await serveLlmw(ollama, ["--workers", "1"]);
	const response = await postChat(`${url}/v1`, { ...hello, model: contractsDefault });
	expect(response.status).toBe(404);
	expect((await errorOf(response)).message).toContain(contractsDefault);
	expect(ollama.asked()).toEqual([contractsDefault]);
});

test("the default stands where the host has it, wherever in its list", async () => {
	const ollama = await startOllama(["llama3.2:latest", contractsDefault]);
	const { url } = await serveLlmw(ollama, ["--workers", "1"]);
	expect((await postChat(`${url}/v1`, hello)).status).toBe(200);
	expect(ollama.asked()).toEqual([contractsDefault]);
});

test("the first model that is pulled later is asked by the next request, and all workers agree", async () => {
	const ollama = await startOllama([]);
	const llmw = await serveLlmw(ollama, ["--workers", "2", "--contract", "no-rate-limit"]);
	await llmw.says(/has no TheBloke/);
	expect((await postChat(`${llmw.url}/v1`, hello)).status).toBe(404);
	ollama.models = ["qwen3:8b"];
	await llmw.says(/listening/);
	const until = async (model: string) => {
		for (;;) {
			const response = await postChat(`${llmw.url}/v1`, hello);
			if (response.status === 200 && (await jsonOf<{ model: string }>(response)).model === model) return;
		}
	};
	await until("qwen3:8b");
	ollama.models = ["llama3.2:latest", "qwen3:8b"];
	await until("llama3.2:latest");
	const before = ollama.asked().length;
	await Promise.all(Array.from({ length: 20 }, () => postChat(`${llmw.url}/v1`, hello)));
	expect(new Set(ollama.asked().slice(before))).toEqual(new Set(["llama3.2:latest"]));
	expect(llmw.stdout()).toContain("ask for llama3.2:latest");
}, 60_000);

test("an upstream that comes up after the gateway is said to be back, and its first model is used", async () => {
	const gone = await startOllama([]);
	const { port } = gone;
	await gone.close();
	const llmw = await serveLlmw({ url: `http://127.0.0.1:${port}` }, ["--workers", "1"]);
	await llmw.says(/can't be reached: it refuses connections/);
	const ollama = await startOllama(["nomic-embed-text:latest", "llama3.2:latest"], port);
	await llmw.says(/answers now/);
	await llmw.says(substitution);
	expect((await postChat(`${llmw.url}/v1`, hello)).status).toBe(200);
	expect(ollama.asked()).toEqual(["llama3.2:latest"]);
});

test("an upstream that restarts is asked for its own model at once, also one that came up after the gateway", async () => {
	const first = await startOllama([]);
	const { port } = first;
	await first.close();
	const llmw = await serveLlmw({ url: `http://127.0.0.1:${port}` }, ["--workers", "1"]);
	await llmw.says(/can't be reached/);
	for (const model of ["llama3.2:latest", "qwen3:8b"]) {
		const ollama = await startOllama([model], port);
		await expect.poll(async () => (await postChat(`${llmw.url}/v1`, hello)).status, { timeout: 20_000 }).toBe(200);
		expect(ollama.asked().at(-1)).toBe(model);
		await ollama.close();
		expect((await postChat(`${llmw.url}/v1`, hello)).status).toBe(502);
	}
});

test("usage and the log name the model that was asked, and a key for another model is refused", async () => {
	const ollama = await startOllama(["llama3.2:latest"]);
	const environment = { LLMW_ADMIN_KEY: "an-admin-of-tests", LLMW_DATA: temporaryFile("x", "").replace(/x$/, "") };
	const llmw = await serveLlmw(ollama, ["--workers", "1", "--require-keys", "--log-format", "json"], environment);
	const admin = { authorization: "Bearer an-admin-of-tests", "content-type": "application/json" };
	const keyFor = async (models: string[]) => {
		const response = await fetch(`${llmw.url}/v1/admin/keys`, {
			method: "POST",
			headers: admin,
			body: JSON.stringify({ name: models.join("-").replace(/\W/g, "-"), models }),
		});
		return { authorization: `Bearer ${(await jsonOf<{ secret: string }>(response)).secret}` };
	};
	const fitting = await postChat(`${llmw.url}/v1`, hello, await keyFor(["llama3.2:*"]));
	expect(fitting.status).toBe(200);
	const other = await postChat(`${llmw.url}/v1`, hello, await keyFor(["qwen-*", contractsDefault]));
	expect(other.status).toBeGreaterThanOrEqual(403);
	expect(other.status).toBeLessThanOrEqual(404);
	expect(ollama.asked()).toEqual(["llama3.2:latest"]);
	await llmw.says(/"status":200.*llama3\.2:latest|llama3\.2:latest.*"status":200/);
	const requests = async () => (await fetch(`${llmw.url}/v1/admin/requests`, { headers: admin })).text();
	await expect.poll(requests, { timeout: 20_000 }).toContain('"llama3.2:latest"');
});

test("routes: a pass-through route gets its upstream's first model, a mapped one its own, and without a fitting route the first name", async () => {
	const ollama = await startOllama(["llama3.2:latest"]);
	const serve = async (routes: string) => {
		const file = temporaryFile("llmw.yaml", `upstreams: { local: { url: "${ollama.url}/v1" } }\nroutes:\n${routes}`);
		const llmw = runLlmw(["--config", file, "--bindport", "0", "--workers", "1"]);
		const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
		await postChat(`${url}/v1`, hello);
		return ollama.asked().splice(-1)[0];
	};
	expect(await serve('  - { model: "*", targets: [local] }\n')).toBe("llama3.2:latest");
	expect(await serve('  - { model: "*", targets: [local/mapped] }\n')).toBe("mapped");
	expect(
		await serve(
			"  - { model: text-embedding-3, targets: [local/e] }\n  - { model: chat, targets: [local/llama3.2:latest] }\n",
		),
	).toBe("llama3.2:latest");
});

describe("models that can't chat are passed over", () => {
	test.each([
		"nomic-embed-text:latest",
		"mxbai-embed-large",
		"bge-m3:latest",
		"BAAI/bge-reranker-v2-m3",
		"intfloat/e5-large-v2",
		"intfloat/multilingual-e5-large",
		"thenlper/gte-large",
		"all-minilm:33m",
		"text-embedding-3-small",
		"Systran/faster-whisper-large-v3",
		"tts-1-hd",
		"omni-moderation-latest",
		"dall-e-3",
		"black-forest-labs/FLUX.1-dev",
	])("%s", (name) => expect(canChatByName(name)).toBe(false));

	test.each([
		"llama3.2:latest",
		"qwen3:8b",
		"Qwen/Qwen3-8B",
		"gpt-oss:20b",
		"gemma3",
		"bigcode/starcoder2",
		"smollm2:135m",
	])("but not %s", (name) => expect(canChatByName(name)).toBe(true));

	test("by what hosts say of them, over what the name suggests", () => {
		const data = [
			{ id: "a", type: "embedding" },
			{ id: "b", capabilities: { completion_chat: false } },
			{ id: "c", architecture: { output_modalities: ["image"] } },
			{ id: "d", task: "feature-extraction" },
			{ id: "embedded-systems-chat", capabilities: ["completion"] },
			{ id: 7 },
			{ id: "line\nbreak" },
			null,
		];
		expect(readModelList("u", { data })).toEqual({
			upstream: "u",
			chat: ["embedded-systems-chat"],
			others: ["a", "b", "c", "d"],
		});
		for (const answer of [undefined, [], {}, { data: {} }, "x", null])
			expect(readModelList("u", answer)).toBe(undefined);
	});
});
