/** OpenCode: a provider of its own in its configuration, and the key in its file of credentials. */
import { join } from "node:path";
import { isObject } from "../../json/isObject.js";
import { type Setting, valueAt } from "../configText/configText.js";
import type { Value } from "../configText/textFormat.js";
import { type Agent, type AgentFile, codingModels, known, type Machine, type OfferedModel, textAt } from "./agent.js";

const provider = "llmgw";

export const opencode: Agent = {
	name: "opencode",
	title: "OpenCode",
	program: "opencode",
	packages: ["opencode-ai"],
	dialect: "chat",
	isVersioned: true,
	limitsAnswers: true,
	favours: codingModels,
	start: "opencode",
	habits: { members: { max_tokens: 8192 } },
	setUp({ root, key, model, small, models }, machine) {
		const settings: Setting[] = [
			{ path: ["$schema"], value: "https://opencode.ai/config.json", ifMissing: true },
			{ path: ["model"], value: `${provider}/${model.id}` },
			{ path: ["small_model"], value: `${provider}/${small.id}` },
			{
				path: ["provider", provider],
				value: {
					npm: "@ai-sdk/openai-compatible",
					name: "LLMGW",
					options: { baseURL: `${root}/v1` },
					models: Object.fromEntries(models.map((one) => [one.id, entryOf(one)])),
				},
			},
		];
		const config: AgentFile = { path: fileOf(machine), format: "json", settings };
		if (key === undefined) return { files: [config] };
		const credential = [{ path: [provider], value: { type: "api", key } }];
		return { files: [config, { path: keyFileOf(machine), format: "json", settings: credential, holdsKey: true }] };
	},
	find(machine) {
		const file = fileOf(machine);
		const config = machine.read(file, "json");
		const model = textAt(config.model);
		const name = model?.split("/")[0] ?? provider;
		const own = [name, provider].find((one) => valueAt(config, ["provider", one, "options", "baseURL"])) ?? provider;
		const options = valueAt(config, ["provider", own, "options"]);
		const written = isObject(options) ? options : {};
		const keyFile = keyFileOf(machine);
		const stored = textAt(valueAt(machine.read(keyFile, "json"), [own, "key"]));
		return {
			baseUrl: filled(textAt(written.baseURL), machine),
			from: `provider.${own}.options.baseURL of ${file}`,
			key: filled(textAt(written.apiKey), machine) ?? stored,
			keyFrom: written.apiKey === undefined ? `${own} of ${keyFile}` : `provider.${own}.options.apiKey of ${file}`,
			model: model?.startsWith(`${own}/`) ? model.slice(own.length + 1) : undefined,
			findings: [],
		};
	},
};

function entryOf({ context, output, reasoning, images, tools }: OfferedModel): { [name: string]: Value } {
	return {
		...(context === undefined ? {} : { limit: { context, output: output ?? Math.min(8192, context) } }),
		...(reasoning ? { reasoning, interleaved: { field: "reasoning_content" } } : {}),
		...known({ attachment: images, tool_call: tools }),
	};
}

/** `{env:NAME}` stands for a variable. */
function filled(text: string | undefined, { environment }: Machine): string | undefined {
	return textAt(text?.replace(/\{env:([^}]+)\}/g, (_all, name: string) => environment[name] ?? ""));
}

/** Of several, the one that wins. */
function fileOf({ home, environment, exists }: Machine): string {
	const named = textAt(environment.OPENCODE_CONFIG);
	if (named !== undefined) return named;
	const folder = join(textAt(environment.XDG_CONFIG_HOME) ?? join(home, ".config"), "opencode");
	const withComments = join(folder, "opencode.jsonc");
	return exists(withComments) ? withComments : join(folder, "opencode.json");
}

function keyFileOf({ home, environment }: Machine): string {
	return join(textAt(environment.XDG_DATA_HOME) ?? join(home, ".local", "share"), "opencode", "auth.json");
}
