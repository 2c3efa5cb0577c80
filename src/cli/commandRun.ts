/** How a command is run to its end: its exit code, its output, and its errors. */

import { terminalBlock } from "../logging/terminalText.js";
import { configOf } from "../settings/config/configOf.js";
import { readSettings, type Settings } from "../settings/settings.js";
import { reportProblems } from "./commands/serve.js";

export type Flags = Record<string, unknown> & { _: string[] };

/** Files are read again at each call. */
export function settingsOf(flags: Flags, environment: NodeJS.ProcessEnv = process.env): () => Promise<Settings> {
	return async () => readSettings(flags, environment, await configOf(flags, environment));
}

export function fail(message: string): never {
	process.stderr.write(`llmw: ${message}\n`);
	process.exit(2);
}

/** For commands that go on running. */
export async function run(flags: Flags, action: () => Promise<unknown>): Promise<void> {
	if (flags._.length > 0) fail(`${flags._[0]}: unexpected argument; see llmw --help`);
	try {
		await action();
	} catch (error) {
		process.exit(reportProblems(error));
	}
}

/** For commands that do one thing. */
export async function runOnce(flags: Flags, action: () => Promise<unknown>): Promise<void> {
	await finish(() => run(flags, action));
}

/**
 * Ends the process when stdout has taken everything, or wants no more (`llmw openapi | head`), with the code that the
 * action gives, if any.
 */
export async function finish(action: () => Promise<unknown>): Promise<void> {
	let isDone = false;
	process.stdout.on("error", () => {
		isDone = true;
		process.exit(0);
	});
	// A plugin that ends the process must not look like success.
	process.once("exit", (code) => {
		if (isDone || code !== 0) return;
		process.stderr.write("llmw: the process was ended before the command was done; a plugin may have done that\n");
		process.exitCode = 1;
	});
	try {
		const code = await action();
		process.exitCode = typeof code === "number" ? code : 0;
	} catch (error) {
		process.exitCode = reportProblems(error);
	}
	isDone = true;
}

export const lines = {
	print: (text: string) => void process.stdout.write(`${terminalBlock(text)}\n`),
	note: (line: string) => void process.stderr.write(`llmw: ${terminalBlock(line)}\n`),
};

/** On a terminal one line that changes, else one for each tenth. */
export function progress(done: number, of: number): void {
	const text = `replayed ${done} of ${of}`;
	if (process.stderr.isTTY) process.stderr.write(`\r${text}${done === of ? "\n" : ""}`);
	else if (done === of || Math.floor((done * 10) / of) > Math.floor(((done - 1) * 10) / of)) lines.note(text);
}
