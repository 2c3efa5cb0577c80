import { exec } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "./kit/gateway.js";
import { resultOf, runLlmw, serveLlmw } from "./kit/llmw.js";
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

test("llmw demo names the dashboard and how to make keys, and works beside a data folder with keys, which it leaves alone", async () => {
	const data = temporaryFolder();
	const own = { LLMW_DATA: data, LLMW_ADMIN_KEY: "an-admin-of-tests" };
	const real = await serveLlmw({ url: "http://127.0.0.1:9" }, ["--workers", "1"], own);
	const made = await resultOf(["keys", "create", "real", "--url", real.url], own);
	expect(made.code).toBe(0);
	real.process.kill("SIGTERM");
	await real.exited;
	const before = readdirSync(data, { recursive: true }).sort();
	const temporary = temporaryFolder();
	const environment = { ...own, LLMW_REQUIRE_KEYS: "1", LLMW_CONFIG: "/no/such/file.yaml", TMPDIR: temporary };
	const demo = runLlmw(["demo", "--bindport", "0", "--workers", "1"], environment);
	await demo.says(/Stop with Ctrl-C/);
	const [, ui = ""] = await demo.says(/Dashboard: (http\S+\/ui)/);
	expect((await fetch(ui)).status).toBe(200);
	expect(demo.stdout()).toContain("llmw keys create my-app");
	const [folder = ""] = readdirSync(temporary).filter((name) => name.startsWith("llmgw-demo-"));
	expect(folder).not.toBe("");
	// What it has used is written there while it runs.
	await expect.poll(() => readdirSync(join(temporary, folder)).length, { timeout: 20_000 }).toBeGreaterThan(0);
	demo.process.kill("SIGTERM");
	expect(await demo.exited).toBe(0);
	expect(existsSync(join(temporary, folder))).toBe(false);
	expect(readdirSync(data, { recursive: true }).sort()).toEqual(before);
});

test("llmw demo leaves nothing where it could not start", async () => {
	const temporary = temporaryFolder();
	mkdirSync(join(temporary, "runtime"));
	const environment = { TMPDIR: temporary, XDG_RUNTIME_DIR: join(temporary, "runtime") };
	const { code, stderr } = await resultOf(["demo", "--bindip", "192.0.2.1", "--workers", "1"], environment);
	expect(code).toBe(1);
	expect(stderr).toContain("192.0.2.1");
	expect(readdirSync(temporary)).toEqual(["runtime"]);
});

test("llmw demo says which flags mean nothing to it", async () => {
	const demo = runLlmw(["demo", "--bindport", "0", "--workers", "1", "--data", "/no/such/folder"]);
	await demo.says(/--data is left out: llmw demo stores in a folder of its own/);
	await demo.says(/Stop with Ctrl-C/);
	expect(existsSync("/no/such/folder")).toBe(false);
});
