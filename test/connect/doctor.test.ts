/** `llmw doctor` finds each fault that is planted in an agent's configuration, or between it and the gateway. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needs } from "../kit/programs.js";
import { startAnswering } from "./answering.js";
import { homeWith, type Scene, startScene } from "./scene.js";

const agents = ["claude-code", "codex", "gemini", "opencode", "cline", "continue", "zed", "aider"] as const;
type AgentName = (typeof agents)[number];

let scene: Scene;
/** A configuration by `llmw connect` for each agent, by file. */
let key: string;
const ends: (() => void)[] = [];
beforeAll(async () => {
	scene = await startScene();
	key = await scene.key("doctor");
}, 60_000);
afterAll(() => {
	for (const end of ends) end();
	scene.end();
});

/** Files as `llmw connect` writes them, with another gateway's address where one is given. */
function homeOf(agent: AgentName, root = scene.url, secret = key): string {
	const base = `${root}/v1`;
	const files: Record<AgentName, Record<string, string>> = {
		"claude-code": {
			".claude/settings.json": JSON.stringify({
				env: { ANTHROPIC_BASE_URL: root, ANTHROPIC_AUTH_TOKEN: secret, ANTHROPIC_MODEL: "qwen3-coder" },
			}),
		},
		codex: {
			".codex/config.toml": `model = "qwen3-coder"\nmodel_provider = "llmgw"\n[model_providers.llmgw]\nname = "LLMGW"\nbase_url = "${base}"\nenv_key = "LLMGW_KEY"\nwire_api = "responses"\nmodel_catalog_url = "${base}/models"\n`,
			".codex/.env": `LLMGW_KEY=${secret}\n`,
		},
		gemini: {
			".gemini/settings.json":
				'{"security": {"auth": {"selectedType": "gemini-api-key"}}, "model": {"name": "qwen3-coder"}}',
			".gemini/.env": `GOOGLE_GEMINI_BASE_URL=${root}\nGEMINI_API_KEY=${secret}\n`,
		},
		opencode: {
			".config/opencode/opencode.json": `{"model": "llmgw/qwen3-coder", "provider": {"llmgw": {"options": {"baseURL": "${base}"}}}}`,
			".local/share/opencode/auth.json": `{"llmgw": {"type": "api", "key": "${secret}"}}`,
		},
		cline: {
			".cline/data/settings/providers.json": `{"lastUsedProvider": "openai-compatible", "providers": {"openai-compatible": {"settings": {"apiKey": "${secret}", "model": "qwen3-coder", "baseUrl": "${base}"}}}}`,
		},
		continue: {
			".continue/config.yaml": `models:\n  - name: LLMGW qwen3-coder\n    provider: openai\n    model: qwen3-coder\n    apiBase: ${base}\n    apiKey: \${{ secrets.LLMGW_KEY }}\n`,
			".continue/.env": `LLMGW_KEY=${secret}\n`,
		},
		zed: {
			".config/zed/settings.json": `{"language_models": {"openai_compatible": {"LLMGW": {"api_url": "${base}", "available_models": [{"name": "qwen3-coder"}]}}}}`,
		},
		aider: { ".aider.conf.yml": `openai-api-base: ${base}\nopenai-api-key: ${secret}\nmodel: openai/qwen3-coder\n` },
	};
	return homeWith(files[agent]);
}

const zedKey = (agent: AgentName, secret = key): Record<string, string> =>
	agent === "zed" ? { LLMGW_API_KEY: secret } : {};

interface Finding {
	client: string;
	check: string;
	level: string;
	message: string;
}

async function examine(home: string, agent: string, environment: Record<string, string> = {}, ...more: string[]) {
	const { code, stdout, stderr } = await scene.run(home, ["doctor", "--client", agent, "--json", ...more], environment);
	const findings = stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line) as Finding);
	return { code, stderr, findings, problems: findings.filter(({ level }) => level === "problem") };
}

function edit(home: string, file: string, from: string | RegExp, to: string): string {
	const text = readFileSync(join(home, file), "utf8");
	const changed = text.replace(from, to);
	if (changed === text) throw new Error(`${file} has no ${from}`);
	writeFileSync(join(home, file), changed);
	return home;
}

test.each(agents)(
	"%s: all is well, and an unknown, an expired and a missing key, a wrong path and a wrong port are found",
	async (agent) => {
		const well = await examine(homeOf(agent), agent, zedKey(agent));
		expect(well).toMatchObject({ code: 0, problems: [] });
		expect(well.findings.filter(({ level }) => level === "ok").map(({ check }) => check)).toEqual(
			expect.arrayContaining(["address", "key", "models", "contract", "stream", "upstream"]),
		);
		expect(JSON.stringify(well.findings)).not.toContain(key);

		const only = async (home: string, environment = zedKey(agent)) => {
			const { code, problems } = await examine(home, agent, environment, "--skip-turn");
			expect({ code, count: problems.length, problems }).toMatchObject({ code: 1, count: 1 });
			return problems[0]?.message;
		};
		const unknown = `llmw-${"x".repeat(43)}`;
		expect(await only(homeOf(agent, scene.url, unknown), zedKey(agent, unknown))).toMatch(
			/^401: .*not known here.*llmw connect/,
		);
		const missing = agent === "zed" ? homeOf(agent) : homeOf(agent, scene.url, "");
		expect(await only(missing, {})).toMatch(/there is none in .*, and this gateway wants one: llmw connect/);
		const isVersioned = agent !== "claude-code" && agent !== "gemini";
		const wrong = homeOf(agent, isVersioned ? `${scene.url}/v1/chat/completions` : `${scene.url}/v1`);
		expect(await only(isVersioned ? withoutVersion(homeOf(agent)) : wrong)).toMatch(
			isVersioned ? /must end with \/v1/ : /must not end with \/v1/,
		);
		const nowhere = homeOf(agent, "http://127.0.0.1:1");
		const { code, findings } = await examine(nowhere, agent, zedKey(agent));
		expect(code).toBe(1);
		expect(findings).toContainEqual(
			expect.objectContaining({
				check: "gateway",
				level: "problem",
				message: expect.stringContaining("no gateway runs there"),
			}),
		);
		expect(findings).toContainEqual(expect.objectContaining({ level: "note", message: `one runs at ${scene.url}` }));
	},
	60_000,
);

const files: Partial<Record<AgentName, string>> = {
	codex: ".codex/config.toml",
	opencode: ".config/opencode/opencode.json",
	cline: ".cline/data/settings/providers.json",
	continue: ".continue/config.yaml",
	zed: ".config/zed/settings.json",
	aider: ".aider.conf.yml",
};

function withoutVersion(home: string): string {
	for (const file of Object.values(files))
		try {
			return edit(home, file, `${scene.url}/v1`, scene.url);
		} catch {}
	throw new Error("no file");
}

test.each<[string, AgentName, (home: string) => unknown, Record<string, string>, RegExp]>([
	[
		"wire_api",
		"codex",
		(home) => edit(home, ".codex/config.toml", 'wire_api = "responses"', 'wire_api = "chat"'),
		{},
		/wire_api .* must be "responses"/,
	],
	[
		"a provider that is not selected",
		"codex",
		(home) => edit(home, ".codex/config.toml", 'model_provider = "llmgw"\n', ""),
		{},
		/no model_provider = "llmgw" that selects it/,
	],
	[
		"a provider that is not there",
		"codex",
		(home) => edit(home, ".codex/config.toml", '"llmgw"', '"other"'),
		{},
		/has no \[model_providers\.other\]/,
	],
	[
		"a broken file",
		"codex",
		(home) => edit(home, ".codex/config.toml", 'base_url = "', "base_url = '"),
		{},
		/config\.toml:5:12: lacks the end of a text/,
	],
	[
		"a variable in place of the file's key",
		"codex",
		() => {},
		{ LLMGW_KEY: `llmw-${"y".repeat(43)}` },
		/not known here/,
	],
	[
		"the way of signing in",
		"gemini",
		(home) => edit(home, ".gemini/settings.json", "gemini-api-key", "oauth-personal"),
		{},
		/selectedType .* must be "gemini-api-key"/,
	],
	[
		"a proxy",
		"claude-code",
		() => {},
		{ HTTP_PROXY: "http://10.0.0.1:3128" },
		/HTTP_PROXY is set.*add 127\.0\.0\.1 to NO_PROXY/,
	],
	[
		"another host of Claude's",
		"claude-code",
		() => {},
		{ CLAUDE_CODE_USE_BEDROCK: "1" },
		/CLAUDE_CODE_USE_BEDROCK .* is set/,
	],
	[
		"a whole path",
		"opencode",
		(home) => edit(home, ".config/opencode/opencode.json", /\/v1"/, '/v1/chat/completions"'),
		{},
		/must not end with \/chat\/completions/,
	],
	[
		"no URL",
		"cline",
		(home) => edit(home, ".cline/data/settings/providers.json", /http:[^"]+/, "localhost:42069"),
		{},
		/is no http or https URL/,
	],
	[
		"a model that no route takes",
		"continue",
		(home) => edit(home, ".continue/config.yaml", "model: qwen3-coder", "model: gone"),
		{},
		/404: .*; no route takes "gone"/,
	],
	[
		"a model without tools and with little room",
		"zed",
		(home) => edit(home, ".config/zed/settings.json", '"qwen3-coder"', '"no-tools"'),
		zedKey("zed", ""),
		/can't call tools|context of 8192/,
	],
	[
		"a model of another vendor",
		"aider",
		(home) => edit(home, ".aider.conf.yml", "openai/qwen3-coder", "qwen3-coder"),
		{},
		/must begin with openai\//,
	],
])("%s is found", async (_what, agent, plant, environment, expected) => {
	const home = homeOf(agent);
	plant(home);
	const { code, problems } = await examine(home, agent, {
		...zedKey(agent),
		...Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")),
	});
	expect(problems.map(({ message }) => message).join("\n")).toMatch(expected);
	expect(code).toBe(1);
});

test("keys that are expired, for other models, or used up are found", async () => {
	const problemOf = async (name: string, ...options: string[]) => {
		const secret = await scene.key(name, ...options);
		return {
			secret,
			of: async () =>
				(await examine(homeOf("opencode", scene.url, secret), "opencode")).problems
					.map(({ message }) => message)
					.join("\n"),
		};
	};
	const short = await problemOf("short", "--expires", "1s");
	const other = await problemOf("other", "--models", "tiny-mini");
	const once = await problemOf("once", "--requests-per-day", "1");
	expect(await other.of()).toMatch(/403: .*llmw keys update KEY --models/);
	await once.of();
	expect(await once.of()).toMatch(/429: .*; a limit is used up/);
	await expect.poll(() => short.of(), { timeout: 20_000 }).toMatch(/401: .*expired: llmw keys update KEY --expires/);
}, 60_000);

test("a gateway with the contract's own bounds is too narrow", async () => {
	const narrow = await startScene("");
	ends.push(() => narrow.end());
	const overlay =
		"overlay: 1.0.0\ninfo: {title: few, version: 1.0.0}\nactions:\n  - {target: $, update: {x-rate-limit: {max: 20, window: 15m}}}\n";
	const home = homeWith({ "few.yaml": overlay });
	const few = await startScene(`contract: openai\noverlay: [${join(home, "few.yaml")}]\n`);
	ends.push(() => few.end());
	const problems = async (root: string, agent: AgentName) =>
		(await examine(homeOf(agent, root), agent, zedKey(agent), "--skip-turn")).problems.map(({ message }) => message);
	expect(await problems(narrow.url, "aider")).toEqual([
		expect.stringMatching(/answers end after 128 tokens, .*--contract openai/),
		expect.stringMatching(/a temperature of 0, and the gateway takes 0\.1 to 1; .*--contract openai/),
	]);
	expect(await problems(narrow.url, "codex")).toEqual([]);
	expect(await problems(few.url, "codex")).toEqual([expect.stringMatching(/only 20 requests in 15m/)]);
}, 60_000);

test("a certificate that nobody trusts is found", async () => {
	needs("openssl");
	const [keyFile, cert] = [join(homeWith(), "key"), join(homeWith(), "cert")];
	const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-out", cert, "-subj", "/CN=127.0.0.1"];
	execFileSync("openssl", ["req", "-x509", ...made], { stdio: "ignore" });
	const tls = createServer({ key: readFileSync(keyFile), cert: readFileSync(cert) });
	tls.listen(0, "127.0.0.1");
	await once(tls, "listening");
	ends.push(() => tls.close());
	const { port } = tls.address() as AddressInfo;
	const { problems } = await examine(homeOf("opencode", `https://127.0.0.1:${port}`), "opencode");
	expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
});

test("TLS where none is spoken is found", async () => {
	const { problems } = await examine(homeOf("opencode", scene.url.replace("http:", "https:")), "opencode");
	expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("use http where no TLS is spoken")]);
});

test("a clock that differs is found", async () => {
	const late = await startAnswering(scene.url, { date: new Date(Date.now() - 3_600_000).toUTCString() });
	ends.push(late.end);
	const { problems } = await examine(homeOf("opencode", late.url), "opencode");
	expect(problems).toEqual([
		expect.objectContaining({ check: "clock", message: expect.stringMatching(/3\d{3} s behind .*NTP/) }),
	]);
});

test("without a client all that are here are looked at, and one that asks elsewhere is none of them", async () => {
	const home = homeOf("codex");
	mkdirSync(join(home, "bin"));
	writeFileSync(join(home, "bin/claude"), "#!/bin/sh\n", { mode: 0o755 });
	const { code, stdout } = await scene.run(home, ["doctor", "--skip-turn"], { PATH: join(home, "bin") });
	expect({ code, stdout }).toEqual({
		code: 0,
		stdout: expect.stringMatching(/^Claude Code\n[\s\S]*note +address .*llmw connect claude-code\nCodex\n/),
	});
	expect(await scene.run(home, ["doctor", "--client", "claude-code"])).toMatchObject({ code: 1 });
	const empty = await scene.run(homeWith(), ["doctor"]);
	expect(empty).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("no agent is on this machine") });
	expect((await scene.run(home, ["doctor", "--client", "vim"])).stderr).toMatch(
		/^llmw: --client: there is no agent "vim"/,
	);
});
