/** Every YAML block and every shell block of README and docs: what they show is checked, parsed and run. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { check } from "../src/cli/commands/check.js";
import { configKeys } from "../src/settings/config/configSchema.js";
import { readConfig } from "../src/settings/config/readConfig.js";
import { inspectSettings } from "../src/settings/settings.js";
import { startDemoHost } from "./kit/aiHost.js";
import { faultsForEditors } from "./kit/editorSchema.js";
import { temporaryFolder } from "./kit/gateway.js";
import { runLlmw } from "./kit/llmw.js";
import { needs } from "./kit/programs.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = ["README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))];
const read = (page: string) => readFileSync(join(root, page === "README.md" ? page : `docs/${page}`), "utf8");

interface Block {
	page: string;
	language: string;
	text: string;
	/** The page and the first line: enough to find it, and to notice a new one. */
	name: string;
}

const blocks: Block[] = pages.flatMap((page) =>
	[...read(page).matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = "", text = ""]) => ({
		page,
		language,
		text,
		name: `${page}: ${text.split("\n", 1)[0]}`,
	})),
);
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** Blocks that are not llmw's to check or to run. A new one has to be named here, with the reason. */
const others: Readonly<Record<string, string>> = {
	"observability.md: scrape_configs:": "Prometheus' own configuration",
	"README.md: npm test": "runs this",
	"README.md: ANTHROPIC_BASE_URL=http://127.0.0.1:42069 ANTHROPIC_AUTH_TOKEN=llmw-… claude": "needs the agents",
	"agents.md: ANTHROPIC_BASE_URL=http://127.0.0.1:42069 ANTHROPIC_AUTH_TOKEN=llmw-… claude": "needs the agent",
	'agents.md: ANTHROPIC_BASE_URL=http://127.0.0.1:42069 ANTHROPIC_CUSTOM_HEADERS="x-llmgw-key: llmw-…" claude':
		"needs the agent",
	"agents.md: LLMGW_KEY=llmw-… codex": "needs the agent",
	"agents.md: GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:42069 GEMINI_API_KEY=llmw-… gemini -m gemini-2.5-pro":
		"needs the agent",
	"agents.md: LLMGW_KEY=llmw-… opencode -m llmgw/qwen3-coder": "needs the agent",
	"agents.md: LLMGW_API_KEY=llmw-… zed": "needs the editor",
	"agents.md: OPENAI_API_BASE=http://127.0.0.1:42069/v1 OPENAI_API_KEY=llmw-… aider --model openai/qwen3-coder":
		"needs the agent",
	"agents.md: npm install --ignore-scripts --prefix ~/agents @anthropic-ai/claude-code @openai/codex @google/gemini-cli opencode-ai":
		"installs the agents",
	"operations.md: docker build -t llmgw .": "needs Docker",
	"performance.md: npm run bench                            # everything, about 40 minutes": "takes minutes",
	"performance.md: npm run bench -- --subjects bare,llmgw --only requests,latency,fixedRate,frontier,streams,limited --name run1":
		"takes minutes",
	"performance.md: npm run bench -- --subjects bare,llmgw,portkey --only requests,frontier --rounds 1 \\":
		"needs another gateway",
	'lab.md: curl -s http://127.0.0.1:8089/v1/chat/completions -d \'{"model": "ok", "messages": [{"role": "user", "content": "?"}]}\' \\':
		"needs jq, and a lab at its own port",
	'lab.md: curl -s http://127.0.0.1:8089/v1/chat/completions -d \'{"model": "ok,cache=vllm", "messages": [{"role": "user", "content": "Once more, and then once more, what do you have of this?"}]}\' \\':
		"needs jq, and a lab at its own port",
	"prompt-cache.md: for turn in 1 2; do": "needs jq, and a lab behind the gateway",
};

const isOther = ({ name }: Block) => others[name] !== undefined;

test("what is not checked here is there, and is known", () => {
	expect(Object.keys(others).filter((name) => !blocks.some((block) => block.name === name))).toEqual([]);
	expect(of("yaml", "yml").length).toBeGreaterThan(12);
	expect(of("sh", "bash", "shell", "console").length).toBeGreaterThan(20);
	const known = ["yaml", "sh", "bash", "json", "toml", "ts", "js", "mermaid"];
	expect(blocks.filter(({ language }) => !known.includes(language)).map(({ name }) => name)).toEqual([]);
});

const anUpstream = { upstreams: { any: { url: "http://127.0.0.1:1/v1" } } };

const ofRoutes = ["strategy", "retry", "rescue", "hedge", "fallbackOn", "strict", "learn", "promptCache"];

/**
 * A block as the file that it is, or is a part of: an overlay; a configuration; the members of a route (`strategy`) or of a
 * target (`when`, `canary`, …), with an upstream to lead to. Several lines with the same member are several blocks.
 */
function filesOf(text: string): { flag: string; text: string }[] {
	const lines = text.trimEnd().split("\n");
	const members = new Set(lines.map((line) => line.split(":", 1)[0]));
	if (lines.length > 1 && members.size === 1) return lines.flatMap(filesOf);
	const value = parse(text) as Record<string, unknown>;
	if (value.overlay !== undefined) return [{ flag: "--overlay", text }];
	const names = Object.keys(value);
	if (names.every((name) => configKeys().includes(name))) {
		const isWhole = value.routes === undefined || value.upstreams !== undefined;
		return [{ flag: "--config", text: isWhole ? text : JSON.stringify({ ...anUpstream, ...value }) }];
	}
	const isOfRoute = names.every((name) => ofRoutes.includes(name));
	const [ofRoute, ofTarget] = isOfRoute ? [value, {}] : [{}, value];
	const route = { model: "any", targets: [{ upstream: "any", ...ofTarget }], ...ofRoute };
	return [{ flag: "--config", text: JSON.stringify({ ...anUpstream, routes: [route] }) }];
}

/** What stands in a file of credentials that a block names. */
const userOfGoogle = { type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c" };

describe("YAML", () => {
	test.each(of("yaml", "yml").filter((block) => !isOther(block)))("$name", { timeout: 120_000 }, async ({ text }) => {
		const notes = vi.spyOn(process.stderr, "write").mockReturnValue(true);
		onTestFinished(() => notes.mockRestore());
		for (const file of filesOf(text)) {
			const folder = temporaryFolder();
			writeFileSync(join(folder, "block.yaml"), file.text);
			for (const [, name = ""] of file.text.matchAll(/\{file: ([\w.-]+)\}/g))
				writeFileSync(join(folder, name), JSON.stringify(userOfGoogle));
			const names = [...file.text.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = ""]) => name);
			const secrets = Object.fromEntries(names.map((name) => [name, "sk-1"]));
			const path = join(folder, "block.yaml");
			const inspected =
				file.flag === "--config"
					? inspectSettings({ data: folder }, secrets, readConfig(path, secrets))
					: inspectSettings({ data: folder, overlay: [path] }, secrets);
			const printed: string[] = [];
			await check(inspected, (line) => void printed.push(line));
			expect(printed).toEqual([expect.stringMatching(/^Good: /)]);
			expect(notes).not.toHaveBeenCalled();
			if (file.flag === "--config") expect(faultsForEditors(file.text)).toEqual([]);
		}
	});

	test.each(of("yaml", "yml").filter(isOther))("$name is YAML", ({ text }) => {
		for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([]);
	});
});

/** Replaces a command that would keep running by a check of its flags. */
const llmwShim = `#!/usr/bin/env bash
cli=("${process.execPath}" "${root}dist/cli.js")
words=()
for word in "$@"; do [[ $word == -* ]] && break; words+=("$word"); done
case "\${words[0]:-serve}" in
	serve) exec "\${cli[@]}" check "\${@:1+\${#words[@]}}" ;;
	demo) exec "\${cli[@]}" check "\${@:2}" ;;
	lab) [[ "$*" == "lab --bindip 127.0.0.1 --bindport 8089" ]] ;;
	*) exec "\${cli[@]}" "$@" ;;
esac
`;
const curlShim = (curl: string) => `#!/usr/bin/env bash\nexec ${curl} --fail-with-body -sS "$@"\n`;

/** A folder with the files that the pages speak of, and the programs that their commands call. */
function readersFolder(): string {
	const folder = temporaryFolder();
	const textOf = (language: string, pattern: RegExp) => of(language).find(({ text }) => pattern.test(text))?.text ?? "";
	const config = textOf("yaml", /^upstreams:/m);
	writeFileSync(join(folder, "llmw.yaml"), config);
	writeFileSync(join(folder, "new.yaml"), config);
	writeFileSync(join(folder, "ours.yaml"), textOf("yaml", /^overlay:/));
	writeFileSync(join(folder, "package.json"), '{"type":"module"}');
	writeFileSync(join(folder, "office-hours.js"), textOf("js", /office-hours/));
	mkdirSync(join(folder, "node_modules"));
	symlinkSync(root, join(folder, "node_modules/llmgw"));
	mkdirSync(join(folder, "bin"));
	for (const [name, text] of [
		["bin/llmw", llmwShim],
		["llmw", llmwShim],
		["bin/curl", curlShim(programIn(process.env.PATH ?? "", "curl"))],
	] as const) {
		writeFileSync(join(folder, name), text);
		chmodSync(join(folder, name), 0o755);
	}
	return folder;
}

function programIn(path: string, name: string): string {
	return path
		.split(delimiter)
		.map((folder) => join(folder, name))
		.find((file) => {
			try {
				return readFileSync(file).length > 0;
			} catch {
				return false;
			}
		}) as string;
}

function bash(text: string, cwd: string, environment: Record<string, string>): Promise<{ code: number; said: string }> {
	const clean = Object.entries(process.env).filter(([name]) => !/^(LLMW_|VITEST|NODE_OPTIONS)/.test(name));
	const env = { ...Object.fromEntries(clean), ...environment, PATH: `${cwd}/bin:${process.env.PATH}` };
	return new Promise((resolve) => {
		const child = execFile("bash", ["-euo", "pipefail", "-c", text], { cwd, env }, (error, stdout, stderr) =>
			resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr }),
		);
		child.stdin?.end();
	});
}

const shells = of("sh", "bash", "shell", "console").filter((block) => !isOther(block));
const adminKey = "an-administrator-of-the-docs";

/** Runs a page's blocks in their order, at one gateway in front of the demo host. */
async function runBlocks(given: readonly Block[], withKeys: boolean): Promise<void> {
	needs("bash", "curl");
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const folder = readersFolder();
	const environment = {
		HOME: folder,
		LLMW_DATA: join(folder, "data"),
		XDG_RUNTIME_DIR: folder,
		OPENAI_API_KEY: "sk-1",
		...(withKeys ? { LLMW_ADMIN_KEY: adminKey } : {}),
	};
	const llmw = runLlmw(
		["--bindport", "0", "--workers", "1", "--aihost", host.url, "--drain-timeout", "1s"],
		environment,
	);
	onTestFinished(async () => {
		llmw.process.kill("SIGTERM");
		await llmw.exited;
		rmSync(folder, { recursive: true, force: true });
	});
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	const { host: address, port } = new URL(url);
	for (const { name, text } of given) {
		const there = text.replaceAll(/(127\.0\.0\.1|localhost):42069/g, address);
		const { code, said } = await bash(there, folder, { ...environment, LLMW_BINDPORT: port });
		expect({ name, code, said }).toMatchObject({ code: 0 });
	}
}

describe("shell", () => {
	const speaksOfKeys = ({ text }: Block) => /LLMW_KEY|llmw keys/.test(text);

	test.each(pages.filter((page) => shells.some((block) => block.page === page && !speaksOfKeys(block))))(
		"%s",
		{ timeout: 300_000 },
		async (page) =>
			runBlocks(
				shells.filter((block) => block.page === page && !speaksOfKeys(block)),
				false,
			),
	);

	test.each(shells.filter(speaksOfKeys))("$name", { timeout: 120_000 }, async (block) => runBlocks([block], true));
});

test("docs/api.md's table of errors has the type of each status that the contract documents", () => {
	const rows = [...read("api.md").matchAll(/^\| ([\d, ]+) \| `(\w+_error)` \|/gm)];
	const types = new Map(
		rows.flatMap(([, statuses = "", type]) => statuses.split(", ").map((status) => [status, type])),
	);
	const documented = JSON.parse(readFileSync(join(root, "src/generated/openapi.json"), "utf8")) as {
		paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
	};
	const statuses = Object.values(documented.paths)
		.flatMap((path) => Object.values(path))
		.flatMap(({ responses = {} }) => Object.keys(responses))
		.filter((status) => /^[45]/.test(status));
	expect([...new Set(statuses)].filter((status) => !types.has(status))).toEqual([]);
	expect([types.get("401"), types.get("403")]).toEqual(["authentication_error", "permission_error"]);
});

test("CHANGELOG says nothing twice", () => {
	const lines = readFileSync(join(root, "CHANGELOG.md"), "utf8")
		.split("\n")
		.filter((line) => /^(- |#)/.test(line));
	expect(lines.filter((line, place) => lines.indexOf(line) !== place)).toEqual([]);
});
