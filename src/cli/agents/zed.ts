/** Zed: a provider with an API like OpenAI's in its settings. It keeps keys in the system's keychain, or takes a variable. */
import { join } from "node:path";
import { isObject } from "../../json/isObject.js";
import { type Setting, valueAt } from "../configText/configText.js";
import { type Agent, codingModels, known, type Machine, noKey, textAt } from "./agent.js";

const provider = "LLMGW";
const place = ["language_models", "openai_compatible", provider];
/** Zed makes the name of the variable from the provider's. */
const variable = `${provider}_API_KEY`;
/** Where nothing is known of the model. */
const cautiousContext = 65_536;

export const zed: Agent = {
	name: "zed",
	title: "Zed",
	program: "zed",
	packages: [],
	dialect: "chat",
	isVersioned: true,
	limitsAnswers: false,
	favours: codingModels,
	start: "zed",
	setUp({ root, key, model, models }, machine) {
		const entries = models.map(
			({ id, context, output, tools, images, reasoning }): Setting => ({
				path: [...place, "available_models"],
				itemBy: "name",
				value: {
					name: id,
					max_tokens: context ?? cautiousContext,
					...known({ max_output_tokens: output }),
					capabilities: {
						tools: tools ?? true,
						images: images ?? false,
						parallel_tool_calls: tools ?? true,
						prompt_cache_key: false,
						...(reasoning ? { interleaved_reasoning: true } : {}),
					},
				},
			}),
		);
		const unknown = models.some(({ context }) => context === undefined);
		const guess = `max_tokens is a guess where the gateway doesn't know a model's context; a target's \`context\` says it`;
		return {
			files: [
				{
					path: fileOf(machine),
					format: "json",
					settings: [
						{ path: [...place, "api_url"], value: `${root}/v1` },
						...entries,
						{ path: ["agent", "default_model"], value: { provider, model: model.id } },
					],
				},
			],
			variables: { [variable]: key ?? noKey },
			notes: [
				`Zed reads ${variable} from the environment that it is started in, or the key is pasted once in its settings (agent: open settings)`,
				...(unknown ? [guess] : []),
			],
		};
	},
	find(machine) {
		const file = fileOf(machine);
		const settings = machine.read(file, "json");
		const chosen = valueAt(settings, ["agent", "default_model"]);
		const own = isObject(chosen) && chosen.provider === provider ? chosen : undefined;
		const [first] = [valueAt(settings, [...place, "available_models"])].flat();
		const key = textAt(machine.environment[variable]);
		const baseUrl = textAt(valueAt(settings, [...place, "api_url"]));
		return {
			baseUrl,
			from: `${place.join(".")}.api_url of ${file}`,
			key,
			keyFrom: `${variable}, or Zed's keychain, which can't be read here`,
			model: textAt(own?.model) ?? (isObject(first) ? textAt(first.name) : undefined),
			findings: [],
		};
	},
};

function fileOf({ home, environment }: Machine): string {
	return join(textAt(environment.XDG_CONFIG_HOME) ?? join(home, ".config"), "zed", "settings.json");
}
