/** `llmw connect`: each agent's set-up is shown, written into what is there, taken back, and tried. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentNamed } from "../../src/cli/agents/agents.js";
import { thisMachine } from "../../src/cli/agents/machine.js";
import { runAtTerminal } from "../kit/llmw.js";
import { filesIn, homeWith, modeOf, type Scene, startScene } from "./scene.js";

let scene: Scene;
beforeAll(async () => {
	scene = await startScene();
}, 60_000);
afterAll(() => scene.end());

interface Case {
	agent: string;
	/** What the user has already. */
	before: Record<string, string>;
	/** Where the key comes. */
	keyFile?: string;
	/** Lines of what was there before. */
	kept: Record<string, string[]>;
	checks: string[];
}

const turn = ["key", "models", "stream", "tools", "thinking"];

const cases: Case[] = [
	{
		agent: "claude-code",
		before: {
			".claude/settings.json": '{\n  "permissions": { "allow": ["Bash(ls:*)"] },\n  "env": { "MY": "own" }\n}\n',
		},
		keyFile: ".claude/settings.json",
		kept: { ".claude/settings.json": ['"permissions": { "allow": ["Bash(ls:*)"] }', '"MY": "own"'] },
		checks: [...turn, "counting", "upstream"],
	},
	{
		agent: "codex",
		before: {
			".codex/config.toml":
				'# my Codex\nmodel = "gpt-5.5" # the best\napproval_policy = "never"\n\n[mcp_servers.mine]\ncommand = "x"\n\n[features]\nweb = true\n',
		},
		keyFile: ".codex/.env",
		kept: {
			".codex/config.toml": [
				"# my Codex",
				" # the best",
				'approval_policy = "never"',
				'[mcp_servers.mine]\ncommand = "x"',
				"web = true",
			],
		},
		checks: [...turn, "upstream"],
	},
	{
		agent: "gemini",
		before: { ".gemini/settings.json": '{ "ui": { "theme": "Dark" } }\n', ".gemini/.env": "# mine\nOTHER=1\n" },
		keyFile: ".gemini/.env",
		kept: { ".gemini/settings.json": ['"ui": { "theme": "Dark" }'], ".gemini/.env": ["# mine\nOTHER=1\n"] },
		checks: [...turn, "counting", "upstream"],
	},
	{
		agent: "opencode",
		before: {
			".config/opencode/opencode.jsonc":
				'{\n  // mine\n  "theme": "x",\n  "provider": { "other": { "npm": "y" } },\n}\n',
			".local/share/opencode/auth.json": '{"other": {"type": "api", "key": "sk-of-another-vendor"}}',
		},
		keyFile: ".local/share/opencode/auth.json",
		kept: {
			".config/opencode/opencode.jsonc": ["  // mine\n", '"theme": "x",', '"other": { "npm": "y" }'],
			".local/share/opencode/auth.json": ["sk-of-another-vendor"],
		},
		checks: [...turn, "upstream"],
	},
	{
		agent: "cline",
		before: {
			".cline/data/settings/providers.json":
				'{"version": 1, "lastUsedProvider": "cline", "modes": {"a": 1}, "providers": {"cline": {"settings": {"provider": "cline"}}}}',
		},
		keyFile: ".cline/data/settings/providers.json",
		kept: {
			".cline/data/settings/providers.json": ['"modes": {"a": 1}', '"cline": {"settings": {"provider": "cline"}}'],
		},
		checks: [...turn, "upstream"],
	},
	{
		agent: "continue",
		before: {
			".continue/config.yaml":
				"name: Mine\nversion: 2.0.0\nschema: v1\nmodels:\n  - name: Other # fine\n    provider: ollama\n    model: z\n",
		},
		keyFile: ".continue/.env",
		kept: {
			".continue/config.yaml": [
				"name: Mine\nversion: 2.0.0",
				"- name: Other # fine\n    provider: ollama\n    model: z\n",
			],
		},
		checks: [...turn, "upstream"],
	},
	{
		agent: "zed",
		before: {
			".config/zed/settings.json":
				'// Zed settings\n{\n  "vim_mode": true, // of course\n  "agent": { "dock": "left" },\n}\n',
		},
		kept: {
			".config/zed/settings.json": [
				"// Zed settings",
				'"vim_mode": true, // of course',
				'"dock": "left"',
				'"interleaved_reasoning": true',
			],
		},
		checks: [...turn, "upstream"],
	},
	{
		agent: "aider",
		before: { ".aider.conf.yml": "# my aider\ndark-mode: true\nmodel: gpt-4o\n" },
		keyFile: ".aider.conf.yml",
		kept: { ".aider.conf.yml": ["# my aider", "dark-mode: true"] },
		checks: ["key", "models", "stream", "thinking", "upstream"],
	},
];

/** Words of the first column, with those of the second. */
const found = (stdout: string) =>
	Object.fromEntries([...stdout.matchAll(/^(ok|note|PROBLEM) +(\w+)/gm)].map(([, level, check]) => [check, level]));

const secrets = (text: string) => text.match(/llmw-[\w-]{43}/g) ?? [];

test.each(cases)(
	"$agent is shown, written into what is there, tried, and taken back",
	async ({ agent, before, keyFile, kept, checks }) => {
		const shown = await scene.run(homeWith(), ["connect", agent, "--skip-test"]);
		expect({
			code: shown.code,
			keys: secrets(shown.stdout + shown.stderr).length,
			url: shown.stdout.includes(scene.url),
		}).toEqual({
			code: 0,
			keys: 1,
			url: true,
		});

		const home = homeWith(before);
		const written = await scene.run(home, ["connect", agent, "--write", "--yes"]);
		expect({ code: written.code, stderr: written.stderr }).toMatchObject({ code: 0 });
		expect(Object.keys(found(written.stdout))).toEqual(checks);
		expect(found(written.stdout)).not.toHaveProperty("problem");
		const after = filesIn(home);
		for (const [name, lines] of Object.entries(kept)) for (const line of lines) expect(after[name]).toContain(line);
		// The key is where it belongs, for the user alone, and was shown only if there is no file for it.
		const printed = secrets(written.stdout + written.stderr);
		if (keyFile === undefined) expect(printed).toHaveLength(1);
		else {
			expect(printed).toEqual([]);
			expect(written.stdout).not.toContain("sk-of-another-vendor");
			expect(secrets(Object.values(after).join("\n"))).toHaveLength(1);
			expect(secrets(after[keyFile] ?? "")).toHaveLength(1);
			expect(modeOf(home, keyFile)).toBe("600");
		}

		const environment = keyFile === undefined ? { LLMGW_API_KEY: printed[0] as string } : {};
		const now = agentNamed(agent, "").find(thisMachine({ HOME: home, ...environment }));
		expect({ url: now.baseUrl?.replace(/\/v1$/, ""), model: now.model }).toEqual({
			url: scene.url,
			model: "qwen3-coder",
		});
		expect(now.key).toMatch(/^llmw-[\w-]{43}$/);
		expect(now.findings.filter(({ level }) => level === "problem")).toEqual([]);

		const again = await scene.run(home, ["connect", agent, "--write", "--yes", "--skip-test"], environment);
		expect(again.stderr).toContain("all of it is there already");
		expect(filesIn(home)).toEqual(after);

		const undone = await scene.run(home, ["connect", agent, "--undo", "--yes"]);
		expect(undone.code).toBe(0);
		if (keyFile !== undefined) expect(undone.stderr).toContain("is still valid; llmw keys list shows it");
		const restored = filesIn(home);
		for (const [name, text] of Object.entries(before)) expect(restored[name]).toBe(text);
	},
	60_000,
);

test("without a yes nothing is written, and no key is made", async () => {
	const home = homeWith({ ".codex/config.toml": "a = 1\n" });
	const { code, stdout, stderr } = await scene.run(home, ["connect", "codex", "--write", "--name", "not-made"]);
	expect({ code, stderr }).toEqual({
		code: 1,
		stderr: expect.stringContaining("nothing was written; --yes writes it without a question"),
	});
	expect(stdout).toMatch(/^ a = 1\n\+model = "qwen3-coder"$/m);
	expect(stdout).toMatch(/^\+LLMGW_KEY='\(a new key\)'$/m);
	expect(filesIn(home)).toEqual({ ".codex/config.toml": "a = 1\n" });
	expect((await scene.run(home, ["keys", "list"])).stdout).not.toContain("not-made");
});

test("a person at a terminal chooses the model, and says yes", async () => {
	const home = homeWith();
	const args = ["connect", "codex", "--write", "--skip-test", "--url", scene.url];
	const llmw = runAtTerminal(args, { HOME: home });
	await llmw.says(/Which model\? \[1\]/);
	llmw.process.stdin.write("tiny-mini\n");
	await llmw.says(/Write this\? \[y\/N\]/);
	llmw.process.stdin.write("y\n");
	await llmw.exited;
	expect(filesIn(home)[".codex/config.toml"]).toContain('model = "tiny-mini"');
});

test("a file that can't be read, or not changed, is named with the place and stays", async () => {
	const home = homeWith({ ".gemini/settings.json": '{\n  "a": 1\n  "b": 2\n}' });
	const { code, stderr } = await scene.run(home, ["connect", "gemini", "--write", "--yes"]);
	expect({ code, stderr }).toEqual({
		code: 1,
		stderr: `llmw: ${join(home, ".gemini/settings.json")}:3:3: lacks a comma\n`,
	});
	expect(Object.keys(filesIn(home))).toEqual([".gemini/settings.json"]);
});

test("a key that can't be put anywhere is not left behind", async () => {
	const home = homeWith({ ".aider.conf.yml": "a: 1\n" });
	// Nobody can make a file in the folder of the metadata, since it is none.
	mkdirSync(join(home, ".aider.model.metadata.json"));
	const { code } = await scene.run(home, ["connect", "aider", "--name", "lost", "--write", "--yes"]);
	expect(code).toBe(1);
	expect((await scene.run(home, ["keys", "list"])).stdout).not.toMatch(/lost +active/);
});

test("a file that is a link stays one, and keeps its permissions", async () => {
	const home = homeWith({ "dotfiles/config.toml": "a = 1\n" });
	mkdirSync(join(home, ".codex"));
	chmodSync(join(home, "dotfiles/config.toml"), 0o640);
	symlinkSync("../dotfiles/config.toml", join(home, ".codex/config.toml"));
	await scene.run(home, ["connect", "codex", "--write", "--yes", "--skip-test"]);
	expect(readlinkSync(join(home, ".codex/config.toml"))).toBe("../dotfiles/config.toml");
	expect(filesIn(home)["dotfiles/config.toml"]).toContain('model_provider = "llmgw"');
	expect(modeOf(home, "dotfiles/config.toml")).toBe("640");
	expect(readdirSync(join(home, ".codex")).filter((name) => name.includes("backup"))).toHaveLength(1);
});

test("the key gets the limits that are given, and the one before is kept where it still works", async () => {
	const home = homeWith();
	const options = ["--name", "limited", "--owner", "Ann", "--models", "tiny-*", "--tokens-per-day", "5000"];
	await scene.run(home, ["connect", "codex", ...options, "--write", "--yes", "--skip-test"]);
	const key = JSON.parse((await scene.run(home, ["keys", "show", "limited"])).stdout);
	expect(key).toMatchObject({ owner: "Ann", models: ["tiny-*"], limits: { tokens_per_day: 5000 } });
	// Only models that the key is for are chosen.
	expect(filesIn(home)[".codex/config.toml"]).toContain('model = "tiny-mini"');

	const before = filesIn(home)[".codex/.env"];
	await scene.run(home, ["connect", "codex", "--model", "tiny-mini", "--write", "--yes", "--skip-test"]);
	expect(filesIn(home)[".codex/.env"]).toBe(before);
	await scene.run(home, ["keys", "revoke", "limited"]);
	await scene.run(home, ["connect", "codex", "--write", "--yes", "--skip-test"]);
	expect(filesIn(home)[".codex/.env"]).not.toBe(before);
}, 30_000);

test.each([
	[
		"a model that no route takes",
		["--model", "no-such-model"],
		/PROBLEM +turn +404: .*no-such-model.*; no route takes "no-such-model"/,
	],
	[
		"an upstream that refuses",
		["--model", "refused"],
		/PROBLEM +turn +401: .*; the upstream does not take .*llmw check --live/,
	],
	["a stream that breaks", ["--model", "cut"], /PROBLEM +turn +/],
	[
		"a model without tools",
		["--model", "no-tools"],
		/PROBLEM +turn +400: .*takes tools\.; its targets can't .*--model/,
	],
])("%s is told with advice", async (_what, options, expected) => {
	const { code, stdout } = await scene.run(homeWith(), [
		"connect",
		"claude-code",
		...options,
		"--key",
		await scene.key(`advice-${options[1]}`),
	]);
	expect(stdout).toMatch(expected);
	expect(code).toBe(/PROBLEM/.test(stdout) ? 1 : 0);
});

test("what is not meant is refused, and what is there is listed", async () => {
	const home = homeWith({
		".codex/config.toml": 'model_provider = "x"\n[model_providers.x]\nbase_url = "http://10.0.0.1/v1"\n',
	});
	const refused = async (...args: string[]) => (await scene.run(home, ["connect", ...args])).stderr;
	expect(await refused("emacs")).toContain('there is no agent "emacs"; it is one of claude-code, codex');
	expect(await refused("codex", "more")).toContain("more: unexpected argument");
	expect(await refused("codex", "--undo")).toContain("there is no copy beside");
	expect(await refused("codex", "--key", "llmw-x", "--name", "y")).toContain("is a key that is there already");
	const { stdout } = await scene.run(home, ["connect"]);
	expect(stdout).toMatch(/^codex +Codex +– +http:\/\/10\.0\.0\.1\/v1$/m);
	expect(existsSync(join(home, ".claude"))).toBe(false);
});

test("a program on the path is known by its package, without being run", async () => {
	const home = homeWith({
		"node_modules/@openai/codex/package.json": '{"name": "@openai/codex", "version": "0.171.0"}',
		"node_modules/@openai/codex/bin/codex.js": "#!/bin/sh\ntouch ran\n",
	});
	chmodSync(join(home, "node_modules/@openai/codex/bin/codex.js"), 0o755);
	mkdirSync(join(home, "bin"));
	symlinkSync("../node_modules/@openai/codex/bin/codex.js", join(home, "bin/codex"));
	writeFileSync(join(home, "bin/claude"), "#!/bin/sh\n", { mode: 0o755 });
	const { stdout } = await scene.run(home, ["connect"], { PATH: join(home, "bin") });
	expect(stdout).toMatch(/^codex +Codex +0\.171\.0 /m);
	expect(stdout).toMatch(/^claude-code +Claude Code +installed /m);
	expect(existsSync(join(home, "ran"))).toBe(false);
});

test("a gateway without keys gets none", async () => {
	const open = await startScene("contract: openai\n");
	try {
		const home = homeWith();
		const { code, stderr } = await open.run(home, ["connect", "opencode", "--write", "--yes"]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("this gateway has no keys") });
		expect(Object.keys(filesIn(home))).toEqual([".config/opencode/opencode.json"]);
		const refused = await open.run(home, ["connect", "opencode", "--name", "first"]);
		expect(refused.stderr).toContain("the first one closes it to all who have none");
		const claude = await open.run(home, ["connect", "claude-code"]);
		expect(claude).toMatchObject({ code: 0, stdout: expect.stringContaining('"ANTHROPIC_AUTH_TOKEN": "no-key"') });
		await open.run(home, ["connect", "claude-code", "--write", "--yes", "--skip-test"]);
		const { stdout } = await open.run(home, ["doctor", "--client", "claude-code", "--skip-turn"]);
		expect(stdout).toMatch(/^ok +key +none is needed$/m);
	} finally {
		open.end();
	}
}, 60_000);
