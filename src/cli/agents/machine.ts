/** This machine's files and variables, as agents see them. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { messageOf, Problems } from "../../errors/problem.js";
import { type FormatName, readText } from "../configText/configText.js";
import { FormatError } from "../configText/textFormat.js";
import type { Machine } from "./agent.js";

export function thisMachine(environment: NodeJS.ProcessEnv): Machine {
	return {
		home: environment.HOME || homedir(),
		environment,
		exists: existsSync,
		read(path, format) {
			const text = textOf(path);
			return text === undefined ? {} : readIn(path, format, text);
		},
	};
}

/** @returns undefined if there is no such file. @throws Problems */
export function textOf(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw new Problems([{ where: path, message: `can't be read (${messageOf(error)})` }]);
	}
}

function readIn(path: string, format: FormatName, text: string): Record<string, unknown> {
	return located(path, text, () => readText(format, text));
}

/** Says where in a file something is wrong. @throws Problems */
export function located<Result>(path: string, text: string, action: () => Result): Result {
	try {
		return action();
	} catch (error) {
		if (!(error instanceof FormatError)) throw error;
		throw new Problems([{ where: path + error.placeIn(text), message: error.message }]);
	}
}
