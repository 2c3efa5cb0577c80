/** A set-up as text, for people who put it in place themselves. */
import { editText } from "../configText/configText.js";
import type { SetUp } from "./agent.js";

/** The files with what belongs into them, and the variables, as lines of a shell. */
export function setUpText({ files, variables = {} }: SetUp): string {
	const parts = files.map(({ path, format, settings, holdsKey }) => {
		const head = `# ${path}${holdsKey ? "   (holds the key: chmod 600)" : ""}`;
		return `${head}\n${editText(format, "", settings).trimEnd()}\n`;
	});
	return [...parts, ...exportLines(variables)].join("\n");
}

export function exportLines(variables: Readonly<Record<string, string>>): string[] {
	return Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
}
