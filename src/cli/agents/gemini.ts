/** Gemini CLI: the way of signing in and the model in its settings, the address and the key in `.env` beside them. */
import { join } from "node:path";
import { valueAt } from "../configText/configText.js";
import { type Agent, type Finding, type Machine, noKey, textAt } from "./agent.js";

const signIn = ["security", "auth", "selectedType"];
const byKey = "gemini-api-key";

export const gemini: Agent = {
	name: "gemini",
	title: "Gemini CLI",
	program: "gemini",
	packages: ["@google/gemini-cli"],
	dialect: "gemini",
	isVersioned: false,
	limitsAnswers: true,
	favours: [/^gemini-.*pro/i, /^gemini-/i, /coder/i],
	start: "gemini",
	setUp({ root, key, model }, machine) {
		return {
			files: [
				{
					path: join(folderOf(machine), "settings.json"),
					format: "json",
					settings: [
						{ path: signIn, value: byKey },
						{ path: ["model", "name"], value: model.id },
					],
				},
				{
					path: join(folderOf(machine), ".env"),
					format: "env",
					settings: [
						{ path: ["GOOGLE_GEMINI_BASE_URL"], value: root },
						{ path: ["GEMINI_API_KEY"], value: key ?? noKey },
					],
					holdsKey: true,
				},
			],
			notes: ["Gemini CLI reads only one .env: that of a project (.gemini/.env or .env) in place of this one"],
		};
	},
	find(machine) {
		const file = join(folderOf(machine), "settings.json");
		const envFile = join(folderOf(machine), ".env");
		const settings = machine.read(file, "json");
		const own = machine.read(envFile, "env");
		const of = (name: string) => textAt(machine.environment[name]) ?? textAt(own[name]);
		const from = (name: string) => (textAt(machine.environment[name]) ? name : `${name} of ${envFile}`);
		return {
			baseUrl: of("GOOGLE_GEMINI_BASE_URL"),
			from: from("GOOGLE_GEMINI_BASE_URL"),
			key: of("GEMINI_API_KEY"),
			keyFrom: from("GEMINI_API_KEY"),
			model: of("GEMINI_MODEL") ?? textAt(valueAt(settings, ["model", "name"])),
			findings: of("GOOGLE_GEMINI_BASE_URL") === undefined ? [] : findingsOf(settings, file),
		};
	},
};

function findingsOf(settings: Record<string, unknown>, file: string): Finding[] {
	const selected = valueAt(settings, signIn);
	const findings: Finding[] = [];
	if (selected !== byKey)
		findings.push({
			check: "configuration",
			level: "problem",
			message: `${signIn.join(".")} of ${file} must be "${byKey}": Gemini CLI signs in at Google otherwise`,
		});
	if (valueAt(settings, ["model", "name"]) === undefined)
		findings.push({
			check: "configuration",
			level: "note",
			message: `without model.name in ${file}, or -m, Gemini CLI asks for models of its own choice, which need routes`,
		});
	return findings;
}

function folderOf({ home, environment }: Machine): string {
	return join(textAt(environment.GEMINI_CLI_HOME) ?? home, ".gemini");
}
