/** Codex: a provider of its own in `config.toml`, and the key in `.env` beside it. */
import { join } from "node:path";
import { valueAt } from "../configText/configText.js";
import { type Agent, type AgentFile, type Finding, keyVariable, type Machine, textAt } from "./agent.js";

const provider = "llmgw";

export const codex: Agent = {
	name: "codex",
	title: "Codex",
	program: "codex",
	packages: ["@openai/codex"],
	dialect: "responses",
	isVersioned: true,
	limitsAnswers: true,
	favours: [/codex/i, /^gpt-[5-9]/i, /coder/i],
	start: "codex",
	setUp({ root, key, model }, machine) {
		const own = {
			name: "LLMGW",
			base_url: `${root}/v1`,
			...(key === undefined ? {} : { env_key: keyVariable }),
			wire_api: "responses",
			model_catalog_url: `${root}/v1/models`,
		};
		const config: AgentFile = {
			path: join(folderOf(machine), "config.toml"),
			format: "toml",
			settings: [
				{ path: ["model"], value: model.id },
				{ path: ["model_provider"], value: provider },
				{ path: ["model_providers", provider], value: own },
				{ path: ["features", "api_key_model_discovery"], value: true },
			],
		};
		if (key === undefined) return { files: [config] };
		const settings = [{ path: [keyVariable], value: key }];
		return { files: [config, { path: join(folderOf(machine), ".env"), format: "env", settings, holdsKey: true }] };
	},
	find(machine) {
		const file = join(folderOf(machine), "config.toml");
		const config = machine.read(file, "toml");
		const name = textAt(config.model_provider);
		const own = (name === undefined ? undefined : valueAt(config, ["model_providers", name])) as
			| Record<string, unknown>
			| undefined;
		const variable = textAt(own?.env_key);
		const envFile = join(folderOf(machine), ".env");
		const key = variable && (textAt(machine.environment[variable]) ?? textAt(machine.read(envFile, "env")[variable]));
		return {
			baseUrl: textAt(own?.base_url) ?? (name === undefined ? textAt(machine.environment.OPENAI_BASE_URL) : undefined),
			from: own === undefined ? "OPENAI_BASE_URL" : `model_providers.${name}.base_url of ${file}`,
			key: key ?? textAt(own?.experimental_bearer_token),
			keyFrom: variable ? `${variable}, as env_key says: in the environment or in ${envFile}` : `env_key of ${file}`,
			model: textAt(config.model),
			findings: findingsOf(config, name, own, file),
		};
	},
};

function findingsOf(
	config: Record<string, unknown>,
	name: string | undefined,
	own: Record<string, unknown> | undefined,
	file: string,
): Finding[] {
	const problem = (message: string): Finding => ({ check: "configuration", level: "problem", message });
	if (name === undefined && valueAt(config, ["model_providers", provider]) !== undefined)
		return [
			problem(`${file} has [model_providers.${provider}], but no model_provider = "${provider}" that selects it`),
		];
	if (name !== undefined && own === undefined && name !== "openai")
		return [problem(`${file} selects model_provider = "${name}", but has no [model_providers.${name}]`)];
	if (own === undefined) return [];
	const findings: Finding[] = [];
	if (own.wire_api !== undefined && own.wire_api !== "responses")
		findings.push(problem(`wire_api of ${file} must be "responses": Codex speaks nothing else any more`));
	if (own.model_catalog_url === undefined)
		findings.push({
			check: "configuration",
			level: "note",
			message: `without model_catalog_url in ${file} Codex guesses the context of models that are not OpenAI's`,
		});
	return findings;
}

function folderOf({ home, environment }: Machine): string {
	return textAt(environment.CODEX_HOME) ?? join(home, ".codex");
}
