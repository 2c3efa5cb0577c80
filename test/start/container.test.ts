/** The container image as far as it can be tried without an engine: its variables, its health check, its volume, its user. */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectSettings, readSettings } from "../../src/settings/settings.js";
import { startDemoHost } from "../kit/aiHost.js";
import { temporaryFile, temporaryFolder } from "../kit/gateway.js";
import { type Llmw, resultOf, runLlmw } from "../kit/llmw.js";

const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8").replaceAll("\\\n", " ");
const image = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
const [, settings = ""] = /^ENV (.*)$/m.exec(image) ?? [];
const variables = Object.fromEntries(
	settings
		.trim()
		.split(/\s+/)
		.map((pair) => pair.split("=") as [string, string]),
);
const [, healthcheck = "[]"] = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(image) ?? [];

/** The image's variables, with folders of this machine in place of the image's. */
function inImage(): Record<string, string> {
	const home = temporaryFolder();
	return { ...variables, LLMW_DEFAULT_DATA: join(home, "data"), LLMW_DATA: "", XDG_RUNTIME_DIR: "", TMPDIR: home };
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function healthIn(environment: Record<string, string>) {
	const [program, ...words] = JSON.parse(healthcheck) as string[];
	expect(program).toBe("llmw");
	return resultOf(words, environment);
}

async function listening(llmw: Llmw): Promise<URL> {
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return new URL(url);
}

test("it stores in a volume that its user owns, and listens on all addresses", () => {
	expect(image).toMatch(/^VOLUME \/data$/m);
	expect(image).toMatch(/^USER node$/m);
	expect(image).toMatch(/install -d -o node -g node -m 700 \/data/);
	expect(readSettings({}, variables)).toMatchObject({ bindip: "0.0.0.0", bindport: 42069, dataFolder: "/data" });
	const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
	expect(page).toMatch(/docker run .*-v \w+:\/data /);
});

describe("its health check finds the gateway", () => {
	test("at the port of a flag", async () => {
		const environment = inImage();
		const { url } = await startDemoHost();
		const port = await freePort();
		const llmw = runLlmw(["--bindport", String(port), "--aihost", url, "--workers", "1"], environment);
		expect((await listening(llmw)).port).toBe(String(port));
		const healthy = await healthIn(environment);
		expect(healthy).toMatchObject({ code: 0, stderr: "" });
		expect(healthy.stdout).toContain(`:${port}/healthz`);
		llmw.process.kill("SIGTERM");
		await llmw.exited;
		expect((await healthIn(environment)).code).toBe(1);
	});

	test("at the port of a file, which wins over the image's variables", async () => {
		const environment = inImage();
		const { url } = await startDemoHost();
		const [port, data] = [await freePort(), join(temporaryFolder(), "own")];
		const file = temporaryFile(
			"llmw.yaml",
			`bindip: 127.0.0.1\nbindport: ${port}\ndata: ${data}\nworkers: 1\nupstreams: { demo: { url: "${url}/v1" } }\nroutes: [{ model: "*", targets: [demo] }]\n`,
		);
		const llmw = runLlmw(["--config", file], environment);
		expect((await listening(llmw)).host).toBe(`127.0.0.1:${port}`);
		expect(llmw.stdout()).not.toContain("every other address");
		expect(await healthIn(environment)).toMatchObject({ code: 0 });
	});

	test("but says so where there are several", async () => {
		const environment = inImage();
		const { url } = await startDemoHost();
		const flags = ["--bindport", "0", "--aihost", url, "--workers", "1"];
		await Promise.all([listening(runLlmw(flags, environment)), listening(runLlmw(flags, environment))]);
		const result = await healthIn(environment);
		expect(result.code).toBe(1);
		expect(result.stderr).toContain("several gateways run here");
	});
});

describe("LLMW_DEFAULT_… variables", () => {
	const flags = { aihost: "http://127.0.0.1:9" };

	test("stand below flags, variables and the file", () => {
		const environment = { LLMW_DEFAULT_WORKERS: "3", LLMW_DEFAULT_OVERLAY: '["a.yaml","b.yaml"]' };
		expect(readSettings(flags, environment)).toMatchObject({ workers: 3, overlays: ["a.yaml", "b.yaml"] });
		expect(readSettings(flags, { ...environment, LLMW_WORKERS: "4" }).workers).toBe(4);
		expect(readSettings({ ...flags, workers: "5" }, { ...environment, LLMW_WORKERS: "4" }).workers).toBe(5);
		expect(readSettings(flags, { LLMW_DEFAULT_WORKERS: "" }).workers).toBeGreaterThan(0);
	});

	test("are named where they are wrong, and known to llmw check", async () => {
		const { problems } = inspectSettings(flags, { LLMW_DEFAULT_BINDPORT: "many" });
		expect(problems).toMatchObject([{ where: "LLMW_DEFAULT_BINDPORT" }]);
		const checked = await resultOf(["check"], { LLMW_DEFAULT_DATA: "/data", LLMW_DEFAULT_DATTA: "/data" });
		expect(checked.code).toBe(0);
		expect(checked.stderr).toContain("no setting has the variable LLMW_DEFAULT_DATTA; did you mean LLMW_DEFAULT_DATA?");
		expect(checked.stderr).not.toMatch(/LLMW_DEFAULT_DATA$/m);
	});
});
