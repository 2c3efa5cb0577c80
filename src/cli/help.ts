/** What `llmw --help` and `llmw COMMAND --help` print. */
import type { SettingDefinition } from "../settings/settingDefinitions.js";

export interface CommandOption {
	flag: string;
	/** The word for its value in help; empty for a switch. */
	placeholder: string;
	description: string;
	/** The environment variable that is read if the flag is not given. */
	variable?: string;
}

export interface HelpTopic {
	/** `chat [prompt]` */
	usage: string;
	description: string;
	/** Options of this command alone. */
	options?: readonly CommandOption[];
	/** Names of the settings that it reads; undefined for all. */
	settings?: readonly string[];
	/** A sentence or two below its options. */
	note?: string;
	/** Without `llmw` before them. */
	examples?: readonly string[];
	/** Exit codes that mean something else than with all commands. */
	exits?: readonly (readonly [code: number, meaning: string])[];
}

export interface Command extends HelpTopic {
	/** What sade calls with the command's own words, and then the flags. */
	action(...given: never[]): Promise<void>;
}

/** Two columns; a row without its left side is plain text, and one without its right side stays one line. */
type Row = [left: string, right: string];

const always: Row[] = [
	["-h, --help", "Show this, or the help of a command"],
	["-v, --version", "Show the version"],
];

/** The help of the program. */
export function programHelp(
	topics: readonly HelpTopic[],
	settings: readonly SettingDefinition[],
	width: number | undefined,
): string {
	return page(width, [
		["Usage", [["llmw [command] [options]", ""]]],
		["Commands", topics.map(({ usage, description }): Row => [usage, description])],
		["Options", [...settings.map(settingRow), ...always]],
		["Values", quantities],
		["Environment", environment],
		["Exit codes", exitRows(commonExits)],
		["Examples", topics.flatMap(({ examples = [] }) => examples.map(exampleRow))],
	]);
}

/** The help of one command. */
export function commandHelp(
	topic: HelpTopic,
	settings: readonly SettingDefinition[],
	width: number | undefined,
): string {
	const own = (topic.options ?? []).map(
		({ flag, placeholder, description, variable }): Row => [
			`--${flag} ${placeholder}`.trimEnd(),
			description + (variable === undefined ? "" : ` (${variable})`),
		],
	);
	const shared = settings.filter(({ name }) => topic.settings?.includes(name) ?? true);
	return page(width, [
		["Usage", [[`llmw ${topic.usage} [options]`, ""]]],
		["", [["", topic.description]]],
		["Options", [...own, ...shared.map(settingRow), ...always]],
		["Values", quantities.filter(([name]) => shared.some(({ placeholder }) => placeholder === name))],
		["", topic.note === undefined ? [] : [["", topic.note]]],
		["Environment", environment],
		["Exit codes", exitRows(topic.exits)],
		["Examples", (topic.examples ?? []).map(exampleRow)],
	]);
}

const environment: Row[] = [
	["", "Each setting is a variable too: --idle-timeout is LLMW_IDLE_TIMEOUT. The flag wins."],
	["", 'A repeatable one takes one value there, or a JSON array: LLMW_OVERLAY=\'["a.yaml","b.yaml"]\'.'],
];

/** Exit codes of every command. */
export const commonExits: readonly (readonly [code: number, meaning: string])[] = [
	[0, "done, or the gateway has stopped as it was asked to"],
	[1, "it failed; stderr says why"],
	[2, "the command line is wrong: a command, an option or an argument"],
	[70, "the gateway ended because of a fault of its own"],
];

function exitRows(exits: HelpTopic["exits"] = []): Row[] {
	return exits.map(([code, meaning]): Row => [String(code), meaning]);
}

export const quantities: Row[] = [
	["DURATION", "500ms, 30s, 15m or 2h; a plain number is seconds"],
	["SIZE", "512kb or 32mb; a plain number is bytes"],
];

function settingRow({ flag, placeholder, description, default: byDefault }: SettingDefinition): Row {
	const standard = byDefault === undefined || byDefault === false ? "" : ` (default\u00a0${byDefault})`;
	return [`--${flag} ${placeholder}`.trimEnd(), description + standard];
}

function exampleRow(example: string): Row {
	return [`llmw ${example}`.trimEnd(), ""];
}

function page(width = 80, sections: [title: string, rows: Row[]][]): string {
	const columns = sections.flatMap(([, rows]) => rows.filter(([left, right]) => left !== "" && right !== ""));
	const indent = Math.max(...columns.map(([left]) => left.length)) + 4;
	return sections
		.filter(([, rows]) => rows.length > 0)
		.map(([title, rows]) => {
			const text = rows.flatMap((row) => lines(row, row[0] === "" ? 2 : indent, Math.min(width, 100)));
			return [...(title === "" ? [] : [title]), ...text].join("\n");
		})
		.join("\n\n")
		.replaceAll("\u00a0", " ");
}

/** One row, its right side wrapped at words below itself. */
function lines([left, right]: Row, indent: number, width: number): string[] {
	if (right === "") return [`  ${left}`];
	return wrap(right, Math.max(20, width - indent)).map(
		(line, index) => (index === 0 ? `  ${left}` : "").padEnd(indent) + line,
	);
}

/** Lines of at most so many characters, where words allow it. A no-break space holds words together. */
function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else {
			line += line === "" ? word : ` ${word}`;
		}
	}
	return [...lines, line];
}
