/**
 * V8 stops optimizing patterns once a process has compiled a megabyte of them. From then on, a pattern that walks the
 * millions of characters of a picture exhausts its stack.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendJson, startAiHost, startStream } from "../kit/aiHost.js";
import { runLlmw } from "../kit/llmw.js";
import { thisFile } from "../kit/thisFile.js";
import { dataOf } from "../kit/translated.js";

const picture = Buffer.alloc(6 * 1024 * 1024, "p").toString("base64");

test("pictures of megabytes pass and are translated in a process that no longer optimizes patterns", async () => {
	const drawn = { type: "image_generation.completed", b64_json: picture };
	const host = await startAiHost((request, response) => {
		if (request.url?.endsWith("/messages")) {
			const content = [{ type: "text", text: "A picture." }];
			const usage = { input_tokens: 1, output_tokens: 2 };
			sendJson(response, { id: "msg_1", type: "message", role: "assistant", content, stop_reason: "end_turn", usage });
			return;
		}
		startStream(response);
		response.end(`event: ${drawn.type}\ndata: ${JSON.stringify(drawn)}\n\n`);
	});
	onTestFinished(() => host.close());
	mkdirSync(thisFile.dataFolder, { recursive: true });
	const config = join(mkdtempSync(join(thisFile.dataFolder, "pictures-")), "llmgw.yaml");
	writeFileSync(
		config,
		`upstreams:
  drawing: { url: "${host.url}/v1" }
  seeing: { provider: anthropic, url: "${host.url}/v1" }
routes:
  - { model: draws, targets: [drawing/draws] }
  - { model: sees, targets: [seeing/sees] }
`,
	);
	const llmw = runLlmw(["--config", config, "--bindport", "0"], {}, { nodeFlags: ["--no-regexp-optimization"] });
	const [, url] = await llmw.says(/listening on (http:\/\/\S+)/);
	const post = (path: string, body: object) =>
		fetch(url + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	const stream = await post("/v1/images/generations", { model: "draws", prompt: "A cat.", stream: true });
	expect([stream.status, dataOf(await stream.text())]).toEqual([200, [drawn]]);
	const content = [{ type: "image_url", image_url: { url: `data:image/png;base64,${picture}` } }];
	const seen = await post("/v1/chat/completions", { model: "sees", messages: [{ role: "user", content }] });
	expect(await seen.json()).toMatchObject({ choices: [{ message: { content: "A picture." } }] });
	const { messages } = JSON.parse(host.received.at(-1)?.body.toString() ?? "") as { messages: [{ content: [object] }] };
	expect(messages[0].content[0]).toEqual({
		type: "image",
		source: { type: "base64", media_type: "image/png", data: picture },
	});
});
