import { exec } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runLlmw } from "./kit/llmw.js";
import { needs } from "./kit/programs.js";

test("llmw demo shows a completion, a curl line that works, goes on running, and ends well", async () => {
	const llmw = runLlmw(["demo", "--bindport", "0", "--workers", "1"]);
	await llmw.says(/Stop with Ctrl-C/);
	expect(llmw.stdout()).toContain("> Hello AI\nI am not a model: I am the demo host that comes with llmw.");
	expect(llmw.stdout()).toContain('You said: "Hello AI".');
	expect(llmw.stdout()).toContain("an embedded demo host, which is not a model");
	needs("curl");
	const [curl] = await llmw.says(/curl http[\s\S]*?(?=\n\n)/);
	const { stdout } = await promisify(exec)(
		curl.replace("curl ", "curl --silent --show-error --no-buffer --max-time 20 "),
	);
	const words = stdout
		.split("\n\n")
		.filter((event) => event.startsWith("data: {"))
		.map((event) => JSON.parse(event.slice("data: ".length)).choices[0].delta.content ?? "");
	expect(words.join("")).toContain('You said: "Hello AI".');
	expect(stdout).toMatch(/data: \[DONE\]\n\n$/);
	const [, docs = ""] = await llmw.says(/API reference: (http\S+)/);
	expect((await fetch(docs)).status).toBe(200);
	expect(llmw.process.exitCode).toBe(null);
	llmw.process.kill("SIGTERM");
	expect(await llmw.exited).toBe(0);
	expect(llmw.stderr()).toBe("");
});
