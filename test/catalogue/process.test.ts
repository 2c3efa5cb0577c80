/** The whole way: upstreams are asked by the real command, its workers know what they said, and `llmw models` shows it. */
import { expect, onTestFinished, test } from "vitest";
import { configFile } from "../config/files.js";
import { sendJson, startAiHost } from "../kit/aiHost.js";
import { jsonOf, postChat } from "../kit/gateway.js";
import { resultOf, runLlmw } from "../kit/llmw.js";

const picture = [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }];

test("upstreams say what their models can do, and workers act on it", async () => {
	const vllm = await startAiHost(
		(_request, response) =>
			sendJson(response, {
				data: [{ id: "qwen", owned_by: "vllm", max_model_len: 32_768, architecture: { input_modalities: ["text"] } }],
			}),
		{ listsModels: true },
	);
	const shown: unknown[] = [];
	const ollama = await startAiHost(
		(request, response) => {
			if (request.url === "/v1/models")
				return sendJson(response, { data: [{ id: "gemma3:4b", owned_by: "library", created: 7 }] });
			const body = JSON.parse(request.body.toString() || "{}");
			if (request.url !== "/api/show")
				return sendJson(
					response,
					{ model: "gemma3:4b", choices: [{ index: 0, message: { role: "assistant", content: "seen" } }] },
					Object.keys(body).length === 0 ? 400 : 200,
				);
			shown.push(body);
			sendJson(response, { capabilities: ["completion", "vision"], model_info: { "gemma3.context_length": 131_072 } });
		},
		{ listsModels: true },
	);
	onTestFinished(() => Promise.all([vllm.close(), ollama.close()]).then(() => undefined));
	const config = configFile(`
bindport: 0
workers: 2
upstreams:
  gpu: {url: ${JSON.stringify(vllm.url)}}
  desk: {url: ${JSON.stringify(ollama.url)}}
routes:
  - {model: chat, targets: [{upstream: gpu, model: qwen, capabilities: {output: 900}}, desk/gemma3:4b]}
`);
	const llmw = runLlmw(["--config", config]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const { port } = new URL(url);
	const models = async (...more: string[]) => (await resultOf(["models", "--bindport", port, ...more])).stdout;
	const untilKnown = async (text: string) => {
		for (;;) {
			const said = await models();
			if (said.includes(text)) return said;
		}
	};
	const said = await untilKnown("131072 u");
	expect(said).toMatch(/^MODEL +TARGET +CONTEXT +OUTPUT +TAKES +CAN/);
	expect(said).toMatch(/chat +gpu\/qwen +32768 u +900 c +no images \(u\)/);
	expect(said).toMatch(
		/\n +desk\/gemma3:4b +131072 u +– +images \(u\), no audio \(u\) +no tools \(u\), no reasoning \(u\)/,
	);
	expect(shown).toEqual([{ model: "gemma3:4b" }]);
	expect(JSON.parse(await models("chat", "--json"))).toMatchObject({
		id: "chat",
		route: "chat",
		targets: [
			{ upstream: "gpu", known: { context_window: { value: 32_768, source: "upstream" } } },
			{ upstream: "desk", known: { images: { value: true, source: "upstream" } } },
		],
	});
	const { data } = await jsonOf<{ data: object[] }>(await fetch(`${url}/v1/models`));
	expect(data).toMatchObject([{ id: "chat", context_window: 32_768, max_output_tokens: 900 }]);
	const answer = await postChat(`${url}/v1`, { model: "chat", messages: [{ role: "user", content: picture }] });
	expect(await jsonOf(answer)).toMatchObject({ choices: [{ message: { content: "seen" } }] });
	expect(vllm.received.filter(({ url: path }) => path.endsWith("/chat/completions"))).toEqual([]);
}, 120_000);

test("llmw models says when there is none", async () => {
	const host = await startAiHost((_request, response) => sendJson(response, { data: [] }), { listsModels: true });
	onTestFinished(() => host.close());
	const llmw = runLlmw(["--bindport", "0", "--aihost", host.url, "--workers", "1"]);
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const { port } = new URL(url);
	const none = await resultOf(["models", "gpt-*", "--bindport", port]);
	expect([none.code, none.stdout]).toEqual([0, ""]);
	expect(none.stderr).toContain("no model matches gpt-*");
	const unknown = await resultOf(["models", "gpt-9", "--bindport", port]);
	expect([unknown.code, unknown.stdout]).toEqual([1, ""]);
	expect(unknown.stderr).toContain("there is no model gpt-9");
	const wrong = await resultOf(["models", "a", "b", "--bindport", port]);
	expect([wrong.code === 0, wrong.stderr]).toEqual([false, expect.stringContaining("b: unexpected argument")]);
}, 60_000);
