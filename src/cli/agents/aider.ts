/** Aider: its configuration in the home folder, and beside it what it should know of models. */
import { join } from "node:path";
import { type Agent, type AgentFile, codingModels, known, type Machine, noKey, textAt } from "./agent.js";

/** Says that the model is asked for by OpenAI's API. */
const prefix = "openai/";

export const aider: Agent = {
	name: "aider",
	title: "aider",
	program: "aider",
	packages: [],
	dialect: "chat",
	isVersioned: true,
	limitsAnswers: false,
	favours: codingModels,
	start: "aider",
	// It asks for edits in plain text.
	habits: { usesTools: false, members: { temperature: 0 } },
	setUp({ root, key, model, small, models }, machine) {
		const config: AgentFile = {
			path: fileOf(machine),
			format: "yaml",
			settings: [
				{ path: ["openai-api-base"], value: `${root}/v1` },
				{ path: ["openai-api-key"], value: key ?? noKey },
				{ path: ["model"], value: prefix + model.id },
				{ path: ["weak-model"], value: prefix + small.id },
			],
			holdsKey: true,
		};
		const facts = models.flatMap(({ id, context, output }) =>
			context === undefined ? [] : [{ path: [prefix + id], value: metadata(context, output) }],
		);
		if (facts.length === 0) return { files: [config] };
		return {
			files: [config, { path: join(machine.home, ".aider.model.metadata.json"), format: "json", settings: facts }],
		};
	},
	find(machine) {
		const file = fileOf(machine);
		const config = machine.read(file, "yaml");
		const of = (name: string) => {
			const upper = name.replaceAll("-", "_").toUpperCase();
			const variable = [`AIDER_${upper}`, upper].find((one) => textAt(machine.environment[one]));
			const own = textAt(config[name]);
			const isOwn = own !== undefined && variable?.startsWith("AIDER_") !== true;
			if (isOwn || variable === undefined) return { text: own, from: `${name} of ${file}` };
			return { text: textAt(machine.environment[variable]), from: variable };
		};
		const [base, key, model] = [of("openai-api-base"), of("openai-api-key"), of("model").text];
		return {
			baseUrl: base.text,
			from: base.from,
			key: key.text,
			keyFrom: key.from,
			model: model?.startsWith(prefix) ? model.slice(prefix.length) : model,
			findings:
				base.text === undefined || model === undefined || model.startsWith(prefix)
					? []
					: [
							{
								check: "configuration",
								level: "problem",
								message: `model of ${file} must begin with ${prefix}, or aider asks elsewhere`,
							},
						],
		};
	},
};

function metadata(context: number, output: number | undefined) {
	return {
		litellm_provider: "openai",
		mode: "chat",
		max_input_tokens: context,
		...known({ max_output_tokens: output }),
	};
}

function fileOf({ home }: Machine): string {
	return join(home, ".aider.conf.yml");
}
