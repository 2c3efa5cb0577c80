/** Agents' programs on the path. They are looked for and never run. */
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parseObject } from "../../json/parseObject.js";
import type { Agent, Machine } from "./agent.js";

export interface Program {
	readonly path: string;
	/** As the npm package says it that the program is in; undefined if it is in none. */
	readonly version: string | undefined;
}

export function findProgram({ program, packages }: Agent, { environment }: Machine): Program | undefined {
	const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
	const path = folders.map((folder) => join(folder, program)).find(isProgram);
	return path === undefined ? undefined : { path, version: packagedVersion(path, packages) };
}

function isProgram(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

function packagedVersion(path: string, packages: readonly string[]): string | undefined {
	for (let folder = dirname(realpathSync(path)); folder !== dirname(folder); folder = dirname(folder)) {
		const { name, version } = packageIn(folder);
		if (typeof version === "string" && packages.includes(String(name))) return version;
	}
	return undefined;
}

function packageIn(folder: string): Record<string, unknown> {
	try {
		return parseObject(readFileSync(join(folder, "package.json"), "utf8")) ?? {};
	} catch {
		return {};
	}
}
