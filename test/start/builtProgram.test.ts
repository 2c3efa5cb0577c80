/** What the build leaves out of the program: nothing that is answered misses it, and no process loads it all the same. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAiHost } from "../kit/aiHost.js";
import { getAlone, runLlmw, storeWriterOf } from "../kit/llmw.js";
import { temporaryFolder } from "../kit/thisFile.js";

/** Node's names for its fetch, which it loads when something uses one of the names that belong to it, and for HTTP/2. */
const leftOut = ["NativeModule internal/deps/undici/undici", "NativeModule http2"];

/** A module that has each process leave the names of Node's modules that it has loaded, in a file of its program's name. */
function reporter(folder: string): string {
	const path = join(folder, "report.cjs");
	writeFileSync(
		path,
		`process.on("exit", () => {
			const name = require("node:path").basename(process.argv[1] ?? "none");
			require("node:fs").writeFileSync(\`${folder}/\${process.pid}-\${name}.json\`, JSON.stringify(process.moduleLoadList));
		});`,
	);
	return path;
}

/** What each process has loaded, by the name of its program. */
function reports(folder: string): Map<string, string[]> {
	const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
	return new Map(
		files.map((file) => [
			file.replace(/^\d+-|\.json$/g, ""),
			JSON.parse(readFileSync(join(folder, file), "utf8")) as string[],
		]),
	);
}

test("no process has loaded Node's own fetch or its HTTP/2 when requests have been answered and recorded", async () => {
	const host = await startAiHost();
	const folder = temporaryFolder();
	const flags = ["--require", reporter(folder)];
	const args = ["--bindport", "0", "--aihost", host.url, "--workers", "1", "--data", join(folder, "data")];
	const llmw = runLlmw(args, {}, { nodeFlags: flags });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	for (const path of ["/", "/ui", "/openapi.json", "/v1/models", "/nowhere"]) await getAlone(url + path);
	const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hello" }] });
	const headers = { "content-type": "application/json" };
	const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
	expect(answer.status).toBe(200);
	await expect.poll(() => storeWriterOf(llmw.pid()), { timeout: 30_000 }).toBeDefined();
	llmw.process.kill("SIGTERM");
	await llmw.exited;
	await expect
		.poll(() => [...reports(folder).keys()].sort(), { timeout: 30_000 })
		.toEqual(["cli.js", "storeWriter.js", "worker.js"]);
	for (const [, loaded] of reports(folder)) {
		expect(loaded).toContain("NativeModule fs");
		for (const name of leftOut) expect(loaded).not.toContain(name);
	}
	// Under these names a process would have reported them.
	execFileSync(process.execPath, [...flags, "-e", "Response; require('http2')"]);
	expect(reports(folder).get("none")).toEqual(expect.arrayContaining(leftOut));
});

test("files are answered with the type of their extension, and texts with their charset", async () => {
	const host = await startAiHost();
	const args = ["--bindport", "0", "--aihost", host.url, "--workers", "1", "--data", temporaryFolder()];
	const [, url = ""] = await runLlmw(args).says(/listening on (http:\/\/\S+)/);
	const files = readdirSync(new URL("../../dist/ui", import.meta.url));
	const fileOf = (extension: string) => `/ui/${files.find((file) => file.endsWith(extension))}`;
	const types = {
		"/": "application/json; charset=utf-8",
		"/ui": "text/html; charset=utf-8",
		"/openapi.json": "application/json; charset=utf-8",
		"/openapi.yaml": "application/yaml",
		[fileOf(".js")]: "text/javascript; charset=utf-8",
		[fileOf(".css")]: "text/css; charset=utf-8",
		[fileOf(".svg")]: "image/svg+xml",
	};
	for (const [path, type] of Object.entries(types)) {
		const { status, headers } = await getAlone(url + path);
		expect({ path, status, type: headers["content-type"] }).toEqual({ path, status: 200, type });
	}
});
