/** docs/command-line.md: all commands, options, variables, defaults and exit codes, from the command table and settings.yaml. */
import { tsImport } from "tsx/esm/api";

/** Reads src/, not dist/: what is generated has to be there before anything is built. */
export async function commandLineReference() {
	const { commands, definitions } = await tsImport("../src/cli/commandTable.ts", import.meta.url);
	const { commonExits, quantities } = await tsImport("../src/cli/help.ts", import.meta.url);
	return `${[
		"# The command line",
		"<!-- Written by `npm run generate` from src/cli and settings.yaml. Changes belong there. -->",
		code(["llmw [command] [options]"]),
		"Without a command it is `llmw serve`. `llmw --help` and `llmw COMMAND --help` print what this page says; `llmw --version` prints the version.",
		"## Commands",
		table(
			["command", ""],
			commands.map(({ usage, description }) => [`[\`llmw ${usage}\`](#${anchorOf(usage)})`, `${description}.`]),
		),
		...commands.flatMap((command) => section(command, definitions)),
		"## Settings",
		"A flag wins over its variable, that over the [configuration file](configuration.md), and the file over the default. In the file a setting has its flag's name in camel case: `--idle-timeout` is `idleTimeout`. An image or a package sets its own defaults by variables such as `LLMW_DEFAULT_DATA`, one for each setting; the file wins over those.",
		table(["flag", "variable", "default", ""], definitions.map(settingRow)),
		'A flag that takes no value is switched off by `--no-…`, as in `--no-ui`, or by `false`. A repeatable one may be given several times; its variable takes one value, or a JSON array: `LLMW_OVERLAY=\'["a.yaml","b.yaml"]\'`.',
		table(
			["value", ""],
			quantities.map(([name, meaning]) => [name, meaning]),
		),
		"## Other variables",
		table(["variable", ""], otherVariables),
		"## Exit codes",
		table(
			["code", ""],
			commonExits.map(([code, meaning]) => [String(code), meaning]),
		),
	].join("\n\n")}\n`;
}

/** Of other programs' making; they hold for llmw too. */
const otherVariables = [
	["`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`", "proxies on the way to upstreams; in lower case too"],
	["`OTEL_EXPORTER_OTLP_ENDPOINT` and others", "where [metrics and traces](observability.md) are sent"],
	["`NO_COLOR`, `FORCE_COLOR`", "whether text on a terminal has colours"],
	["`XDG_DATA_HOME`", "where the default of `--data` is, on systems that have it"],
	["`XDG_RUNTIME_DIR`", "where the gateway's [control socket](operations.md) is"],
];

function section({ usage, description, options = [], settings, note, examples = [], exits = [] }, definitions) {
	return [
		`### llmw ${usage.split(" ", 1)[0]}`,
		code([`llmw ${usage} [options]`]),
		`${description}.${note === undefined ? "" : ` ${note}`}`,
		...(options.length === 0 ? [] : [table(["option", "variable", ""], options.map(optionRow))]),
		settingsOf(settings, definitions),
		...(exits.length === 0
			? []
			: [`Exit codes of its own: ${exits.map(([code, meaning]) => `${code}, ${meaning}`).join("; ")}.`]),
		...(examples.length === 0 ? [] : [code(examples.map((example) => `llmw ${example}`))]),
	];
}

/** Which settings a command reads: all, none, those it names, or all but a few. */
function settingsOf(names, definitions) {
	const listed = (isListed) => definitions.filter(({ name }) => isListed(name)).map(({ flag }) => `\`--${flag}\``);
	if (names === undefined) return "Reads all [settings](#settings).";
	if (names.length === 0) return "Reads no settings.";
	return names.length > definitions.length / 2
		? `Reads all [settings](#settings) but ${listed((name) => !names.includes(name)).join(", ")}.`
		: `Reads these [settings](#settings): ${listed((name) => names.includes(name)).join(", ")}.`;
}

function optionRow({ flag, placeholder, description, variable }) {
	return [option(flag, placeholder), variable === undefined ? "" : `\`${variable}\``, description];
}

function settingRow({ flag, placeholder, environment, default: byDefault, description }) {
	const standard = byDefault === undefined ? "" : `\`${byDefault}\``;
	return [option(flag, placeholder), `\`${environment}\``, standard, description];
}

function option(flag, placeholder) {
	return `\`${`--${flag} ${placeholder}`.trimEnd()}\``;
}

/** As GitHub makes the anchor of a command's heading. */
function anchorOf(usage) {
	return `llmw-${usage.split(" ", 1)[0]}`;
}

function table(head, rows) {
	const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function code(lines) {
	return ["```", ...lines, "```"].join("\n");
}
