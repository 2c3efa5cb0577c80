/** The coding agents: where they are found, how each is pointed at a gateway, and the tools that it is told to use. */
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { ToolCall } from "./script.js";

/** A run's own folders; none is below the temporary folder, where Codex accepts no home. */
export interface Folders {
	readonly home: string;
	readonly work: string;
	readonly temporary: string;
}

export interface Agent {
	readonly name: "claude" | "codex" | "gemini" | "opencode";
	readonly title: string;
	/** What `llmw connect` calls it. */
	readonly command: string;
	/** That it is told to ask. */
	readonly model: string;
	/** Its own wire format. */
	readonly format: "chat" | "messages" | "responses" | "gemini";
	/** Below a folder of npm packages; the first that is there. */
	readonly programs: readonly string[];
	/** The set-up that docs/agents.md shows, as a file in the home; undefined if variables will do. */
	readonly file?: { readonly path: string; text(gateway: string): string };
	/** The variables of that set-up. @param gateway the gateway's address, `http://127.0.0.1:42069` */
	variables(gateway: string, key: string): Readonly<Record<string, string>>;
	/** What only a test needs: no telemetry, no updates, no questions. */
	readonly quiet: Readonly<Record<string, string>>;
	/** Its arguments for a task without a terminal. */
	args(prompt: string, more?: readonly string[]): string[];
	/** A call of its tool that writes a file of one line. */
	write(id: string, file: string, line: string): ToolCall;
	/** A call of its freeform tool that adds a file; undefined if it has none. */
	patch?(id: string, name: string, line: string): ToolCall;
}

const claude: Agent = {
	name: "claude",
	title: "Claude Code",
	command: "claude-code",
	model: "claude-sonnet-4-5",
	format: "messages",
	programs: [
		"@anthropic-ai/claude-code-linux-x64/claude",
		"@anthropic-ai/claude-code-linux-arm64/claude",
		"@anthropic-ai/claude-code-darwin-arm64/claude",
	],
	variables: (gateway, key) => ({ ANTHROPIC_BASE_URL: gateway, ANTHROPIC_AUTH_TOKEN: key }),
	quiet: {
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
		DISABLE_AUTOUPDATER: "1",
		DISABLE_ERROR_REPORTING: "1",
		DISABLE_TELEMETRY: "1",
		IS_SANDBOX: "1",
	},
	args: (prompt) => ["-p", prompt, "--model", "claude-sonnet-4-5", "--dangerously-skip-permissions"],
	write: (id, file, line) => ({ id, tool: "Write", input: { file_path: file, content: `${line}\n` } }),
};

const codex: Agent = {
	name: "codex",
	title: "Codex",
	command: "codex",
	model: "gpt-5.5",
	format: "responses",
	programs: [".bin/codex"],
	file: {
		path: ".codex/config.toml",
		text: (gateway) => `model = "gpt-5.5"
model_provider = "llmgw"

[model_providers.llmgw]
name = "LLMGW"
base_url = "${gateway}/v1"
env_key = "LLMGW_KEY"
wire_api = "responses"
`,
	},
	variables: (_gateway, key) => ({ LLMGW_KEY: key }),
	quiet: {},
	args: (prompt, more = []) => [
		"exec",
		...more,
		"--skip-git-repo-check",
		"--dangerously-bypass-approvals-and-sandbox",
		"-c",
		"analytics.enabled=false",
		prompt,
	],
	write: (id, file, line) => ({ id, tool: "exec_command", input: { cmd: `printf '%s\\n' '${line}' > '${file}'` } }),
	patch: (id, name, line) => ({
		id,
		tool: "apply_patch",
		input: `*** Begin Patch\n*** Add File: ${name}\n+${line}\n*** End Patch\n`,
	}),
};

const gemini: Agent = {
	name: "gemini",
	title: "Gemini CLI",
	command: "gemini",
	model: "gemini-2.5-pro",
	format: "gemini",
	programs: [".bin/gemini"],
	file: {
		path: ".gemini/settings.json",
		text: () => `{ "security": { "auth": { "selectedType": "gemini-api-key" } } }\n`,
	},
	variables: (gateway, key) => ({ GOOGLE_GEMINI_BASE_URL: gateway, GEMINI_API_KEY: key }),
	quiet: { GEMINI_CLI_TRUST_WORKSPACE: "true", GEMINI_TELEMETRY_ENABLED: "false" },
	args: (prompt) => ["-m", "gemini-2.5-pro", "--approval-mode", "yolo", "-p", prompt],
	write: (id, file, line) => ({ id, tool: "write_file", input: { file_path: file, content: `${line}\n` } }),
};

const opencode: Agent = {
	name: "opencode",
	title: "OpenCode",
	command: "opencode",
	model: "qwen3-coder",
	format: "chat",
	programs: [
		"opencode-linux-x64/bin/opencode",
		"opencode-linux-arm64/bin/opencode",
		"opencode-darwin-arm64/bin/opencode",
	],
	file: {
		path: ".config/opencode/opencode.json",
		text: (gateway) => `{
  "provider": {
    "llmgw": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "LLMGW",
      "options": { "baseURL": "${gateway}/v1", "apiKey": "{env:LLMGW_KEY}" },
      "models": {
        "qwen3-coder": {
          "reasoning": true,
          "interleaved": { "field": "reasoning_content" },
          "limit": { "context": 200000, "output": 8192 }
        }
      }
    }
  }
}
`,
	},
	variables: (_gateway, key) => ({ LLMGW_KEY: key }),
	quiet: {
		OPENCODE_DISABLE_AUTOUPDATE: "1",
		OPENCODE_DISABLE_MODELS_FETCH: "1",
		OPENCODE_PERMISSION: '{"*":"allow"}',
	},
	args: (prompt) => ["run", "-m", "llmgw/qwen3-coder", prompt],
	write: (id, file, line) => ({ id, tool: "write", input: { filePath: file, content: `${line}\n` } }),
};

/** Writes an agent's configuration into its home. */
export function prepare({ file }: Agent, gateway: string, { home }: Folders): void {
	if (file === undefined) return;
	mkdirSync(dirname(join(home, file.path)), { recursive: true });
	writeFileSync(join(home, file.path), file.text(gateway));
}

export const agents: readonly Agent[] = [claude, codex, gemini, opencode];

/**
 * Finds an agent's program: in a folder that holds `node_modules`, else on the path. Nothing is installed.
 *
 * @param environment `LLMGW_AGENTS` and `PATH`
 * @returns undefined if it is nowhere
 */
export function findAgent(agent: Agent, environment: NodeJS.ProcessEnv): string | undefined {
	const { LLMGW_AGENTS: folder, PATH: path = "" } = environment;
	const installed = folder ? agent.programs.map((program) => join(folder, "node_modules", program)) : [];
	const onPath = path.split(delimiter).flatMap((each) => (each === "" ? [] : join(each, agent.name)));
	return [...installed, ...onPath].find(isProgram);
}

function isProgram(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return statSync(file).isFile();
	} catch {
		return false;
	}
}

/** What an agent has of its surroundings: nothing of the user's. */
export function bareEnvironment({ home, temporary }: Folders): Record<string, string> {
	return {
		HOME: home,
		TMPDIR: temporary,
		PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
		LANG: "C.UTF-8",
		SHELL: "/bin/sh",
		TERM: "dumb",
		NO_COLOR: "1",
		CI: "1",
	};
}
