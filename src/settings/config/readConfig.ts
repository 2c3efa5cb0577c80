/** The configuration file, read and checked. Loaded only where there is one. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf, type Problem } from "../../errors/problem.js";
import { settingDefinitions } from "../settingDefinitions.js";
import { checkConfig } from "./checkConfig.js";
import type { ConfigFile } from "./configFile.js";
import type { Config } from "./configSchema.js";
import { fileSettings } from "./fileSettings.js";
import { readLocatedYaml } from "./locatedYaml.js";
import { pointerOf } from "./path.js";
import { readAuth } from "./readAuth.js";
import { createReader, type Reader } from "./reader.js";
import { readLimits } from "./readLimits.js";
import { readMcp } from "./readMcp.js";
import { readPrices } from "./readPrices.js";
import { routingOf } from "./readRouting.js";
import { readWebhooks } from "./readWebhooks.js";
import { createReport, type Report } from "./report.js";
import { refuseLiteralSecrets, secretText } from "./secrets.js";
import { type Substituted, substitute } from "./substitute.js";

/**
 * Reads a configuration file (YAML or JSON): `ConfigFile` of settings.yaml. Throws nothing: what is wrong
 * stands in `problems`, and what is wrong between upstreams and routes in those that `routing` gives.
 *
 * @param file its name, as messages show it
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): ConfigFile {
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		const reason = (error as NodeJS.ErrnoException).code ?? messageOf(error);
		return nothing([{ where: file, message: `can't be read (${reason})` }]);
	}
	const yaml = readLocatedYaml(text);
	const report = createReport(file, yaml);
	if (yaml.value === undefined) return nothing(report.problems());
	if (yaml.value === null) return nothing([{ where: file, message: "is empty" }]);
	const substituted = substitute(withListsAndTexts(yaml.value), environment, report.add);
	refuseLiteralSecrets(yaml.value, substituted, report);
	const config = checkConfig(substituted, yaml.value, report);
	const folder = dirname(resolve(file));
	const reader = readerOf(substituted, folder, report);
	const settings = fileSettings(config, substituted, folder, reader, report);
	const auth = readAuth(config.auth, reader);
	const limits = readLimits(config.limits, reader);
	const routing = routingOf(yaml.value as Config, config, reader, report);
	return {
		...settings,
		auth,
		limits,
		prices: readPrices(config.prices),
		webhooks: readWebhooks(config.webhooks, reader),
		mcp: readMcp(config.mcp, config, reader),
		variables: [...new Set([...substituted.variables.values()].flat())],
		problems: report.problems(),
		routing: routing && ((limits) => ({ routing: routing(limits), problems: report.problems() })),
	};
}

function nothing(problems: readonly Problem[]): ConfigFile {
	return {
		values: {},
		places: {},
		hidden: new Set(),
		variables: [],
		problems,
		auth: undefined,
		limits: undefined,
		prices: [],
		webhooks: [],
		mcp: undefined,
		routing: undefined,
	};
}

/** Settings as their flags take them: a list may be a single value, and a duration or a size a plain number. */
function withListsAndTexts(value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
	const types = new Map(settingDefinitions().map(({ name, type }) => [name, type]));
	const fitting = Object.entries(value).map(([name, given]) => {
		if (types.get(name) === "array" && typeof given === "string") return [name, [given]];
		return [name, types.get(name) === "string" && typeof given === "number" ? String(given) : given];
	});
	return Object.fromEntries(fitting);
}

function readerOf({ variables }: Substituted, folder: string, report: Report): Reader {
	const attempt: Reader["attempt"] = (path, read) => {
		try {
			return read();
		} catch (error) {
			const names = variables.get(pointerOf(path));
			report.add(path, names ? `what ${names.join(", ")} holds is not valid here` : messageOf(error));
			return undefined;
		}
	};
	return createReader({
		report: report.add,
		isWrong: report.isWrong,
		attempt,
		fileOf: (name) => resolve(folder, name),
		secret: (value, path) => (value === undefined ? undefined : attempt(path, () => secretText(value, folder))),
	});
}
