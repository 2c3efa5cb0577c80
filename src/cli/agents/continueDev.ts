/** Continue: models in its configuration, and the key in `.env` beside it. */
import { join } from "node:path";
import { isObject } from "../../json/isObject.js";
import type { Setting } from "../configText/configText.js";
import { type Agent, codingModels, keyVariable, known, type Machine, noKey, textAt } from "./agent.js";

/** Entries with such names are the gateway's. */
const nameOf = (model: string) => `LLMGW ${model}`;

export const continueDev: Agent = {
	name: "continue",
	title: "Continue",
	program: "cn",
	packages: ["@continuedev/cli"],
	dialect: "chat",
	isVersioned: true,
	limitsAnswers: false,
	favours: codingModels,
	start: "cn",
	setUp({ root, key, models }, machine) {
		const entries = models.map(
			({ id, tools, images, context, output }): Setting => ({
				path: ["models"],
				itemBy: "name",
				value: {
					name: nameOf(id),
					provider: "openai",
					model: id,
					apiBase: `${root}/v1`,
					apiKey: `\${{ secrets.${keyVariable} }}`,
					roles: ["chat", "edit", "apply"],
					capabilities: [...(tools === false ? [] : ["tool_use"]), ...(images ? ["image_input"] : [])],
					...(context === undefined && output === undefined
						? {}
						: { defaultCompletionOptions: known({ contextLength: context, maxTokens: output }) }),
				},
			}),
		);
		const config = [
			{ path: ["name"], value: "Local", ifMissing: true },
			{ path: ["version"], value: "1.0.0", ifMissing: true },
			{ path: ["schema"], value: "v1", ifMissing: true },
			...entries,
		];
		return {
			files: [
				{ path: join(folderOf(machine), "config.yaml"), format: "yaml", settings: config },
				{
					path: join(folderOf(machine), ".env"),
					format: "env",
					settings: [{ path: [keyVariable], value: key ?? noKey }],
					holdsKey: true,
				},
			],
		};
	},
	find(machine) {
		const file = join(folderOf(machine), "config.yaml");
		const { models } = machine.read(file, "yaml");
		const all = Array.isArray(models) ? models.filter(isObject) : [];
		const at = all.findIndex(({ name }) => textAt(name)?.startsWith(nameOf("")));
		const own = all[at] ?? {};
		const written = textAt(own.apiKey);
		const variable = /\$\{\{ *secrets\.([\w-]+) *\}\}/.exec(written ?? "")?.[1];
		const envFile = join(folderOf(machine), ".env");
		return {
			baseUrl: textAt(own.apiBase),
			from: `models[${at}].apiBase of ${file}`,
			key: variable === undefined ? written : textAt(machine.read(envFile, "env")[variable]),
			keyFrom: `${variable ?? keyVariable} of ${envFile}`,
			model: textAt(own.model),
			findings: [],
		};
	},
};

function folderOf({ home, environment }: Machine): string {
	return textAt(environment.CONTINUE_GLOBAL_DIR) ?? join(home, ".continue");
}
