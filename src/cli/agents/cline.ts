/** Cline: its provider "OpenAI Compatible", in the file that its extension and its CLI share. */
import { join } from "node:path";
import { isObject } from "../../json/isObject.js";
import { valueAt } from "../configText/configText.js";
import { type Agent, codingModels, known, type Machine, noKey, textAt } from "./agent.js";

const provider = "openai-compatible";

export const cline: Agent = {
	name: "cline",
	title: "Cline",
	program: "cline",
	packages: ["cline"],
	dialect: "chat",
	isVersioned: true,
	limitsAnswers: false,
	favours: codingModels,
	start: "cline",
	setUp({ root, key, model }, machine) {
		const { context: contextWindow, output: maxTokens } = model;
		const own = { provider, apiKey: key ?? noKey, model: model.id, baseUrl: `${root}/v1` };
		return {
			files: [
				{
					path: fileOf(machine),
					format: "json",
					settings: [
						{ path: ["version"], value: 1, ifMissing: true },
						{ path: ["lastUsedProvider"], value: provider },
						{ path: ["modes"], value: {}, ifMissing: true },
						{
							path: ["providers", provider],
							value: { settings: { ...own, ...known({ contextWindow, maxTokens }) } },
						},
						{ path: ["providers", provider, "updatedAt"], value: new Date().toISOString(), ifMissing: true },
						{ path: ["providers", provider, "tokenSource"], value: "manual", ifMissing: true },
					],
					holdsKey: true,
				},
			],
			notes: [
				"Close Cline, or the window of your editor, before you write: it keeps this file open and may write over it",
			],
		};
	},
	find(machine) {
		const file = fileOf(machine);
		const stored = machine.read(file, "json");
		const last = textAt(stored.lastUsedProvider);
		const settings = valueAt(stored, ["providers", provider, "settings"]);
		const own = isObject(settings) ? settings : {};
		const isOther = last !== undefined && last !== provider && own.baseUrl !== undefined;
		return {
			baseUrl: textAt(own.baseUrl),
			from: `providers.${provider}.settings.baseUrl of ${file}`,
			key: textAt(own.apiKey),
			keyFrom: `providers.${provider}.settings.apiKey of ${file}`,
			model: textAt(own.model),
			findings: isOther
				? [
						{
							check: "configuration",
							level: "note",
							message: `Cline uses its provider "${last}" at the moment, not "${provider}"`,
						},
					]
				: [],
		};
	},
};

function fileOf({ home, environment }: Machine): string {
	const data =
		textAt(environment.CLINE_DATA_DIR) ?? join(textAt(environment.CLINE_DIR) ?? join(home, ".cline"), "data");
	return join(data, "settings", "providers.json");
}
