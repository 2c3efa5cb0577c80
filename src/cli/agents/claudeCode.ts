/** Claude Code: variables in `env` of its settings. */
import { join } from "node:path";
import { valueAt } from "../configText/configText.js";
import { type Agent, type Finding, type Machine, noKey, textAt, type Wanted } from "./agent.js";

const families = ["opus", "sonnet", "haiku"] as const;

export const claudeCode: Agent = {
	name: "claude-code",
	title: "Claude Code",
	program: "claude",
	packages: ["@anthropic-ai/claude-code"],
	dialect: "messages",
	isVersioned: false,
	limitsAnswers: true,
	favours: [/^claude-.*sonnet/i, /^(claude|anthropic)/i, /coder/i],
	start: "claude",
	setUp(wanted, machine) {
		const env = {
			ANTHROPIC_BASE_URL: wanted.root,
			ANTHROPIC_AUTH_TOKEN: wanted.key ?? noKey,
			ANTHROPIC_MODEL: wanted.model.id,
			...familyModels(wanted),
			CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
		};
		return {
			files: [{ path: fileOf(machine), format: "json", settings: [{ path: ["env"], value: env }], holdsKey: true }],
		};
	},
	find(machine) {
		const file = fileOf(machine);
		const settings = machine.read(file, "json");
		const own = (valueAt(settings, ["env"]) ?? {}) as Record<string, unknown>;
		const of = (name: string) => textAt(own[name]) ?? textAt(machine.environment[name]);
		const from = (name: string) => (textAt(own[name]) ? `env.${name} of ${file}` : name);
		const keyName = of("ANTHROPIC_AUTH_TOKEN")
			? "ANTHROPIC_AUTH_TOKEN"
			: of("ANTHROPIC_API_KEY")
				? "ANTHROPIC_API_KEY"
				: undefined;
		return {
			baseUrl: of("ANTHROPIC_BASE_URL"),
			from: from("ANTHROPIC_BASE_URL"),
			key: keyName && of(keyName),
			keyFrom: keyName ? from(keyName) : `env.ANTHROPIC_AUTH_TOKEN of ${file}`,
			model: of("ANTHROPIC_MODEL") ?? textAt(settings.model),
			findings: of("ANTHROPIC_BASE_URL") === undefined ? [] : findingsOf(of, settings),
		};
	},
};

/** It asks for models of its own families by itself; those that the gateway doesn't serve stand for chosen ones. */
function familyModels({ model, small, models }: Wanted): Record<string, string> {
	const isServed = (family: string) => models.some(({ id }) => /^(claude|anthropic)/i.test(id) && id.includes(family));
	const missing = families.filter((family) => !isServed(family));
	return Object.fromEntries(
		missing.map((family) => [
			`ANTHROPIC_DEFAULT_${family.toUpperCase()}_MODEL`,
			family === "haiku" ? small.id : model.id,
		]),
	);
}

function findingsOf(of: (name: string) => string | undefined, settings: Record<string, unknown>): Finding[] {
	const findings: Finding[] = [];
	if (of("ANTHROPIC_AUTH_TOKEN") && of("ANTHROPIC_API_KEY"))
		findings.push({
			check: "key",
			level: "note",
			message: "ANTHROPIC_API_KEY is set as well as ANTHROPIC_AUTH_TOKEN, and Claude Code warns of both; unset it",
		});
	if (of("CLAUDE_CODE_USE_BEDROCK") || of("CLAUDE_CODE_USE_VERTEX"))
		findings.push({
			check: "address",
			level: "problem",
			message: "CLAUDE_CODE_USE_BEDROCK or CLAUDE_CODE_USE_VERTEX is set, so the gateway is not asked; unset it",
		});
	if (settings.apiKeyHelper !== undefined && of("ANTHROPIC_AUTH_TOKEN") === undefined)
		findings.push({ check: "key", level: "note", message: "apiKeyHelper makes the key, which is not run here" });
	return findings;
}

function fileOf({ home, environment }: Machine): string {
	return join(textAt(environment.CLAUDE_CONFIG_DIR) ?? join(home, ".claude"), "settings.json");
}
