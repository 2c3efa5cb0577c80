/** Changes to agents' files: shown as a diff without secrets, and written with a copy of what was there. */
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	realpathSync,
	renameSync,
	statSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { messageOf, Problems } from "../../errors/problem.js";
import { isObject } from "../../json/isObject.js";
import { editText, type FormatName, readText } from "../configText/configText.js";
import type { AgentFile } from "./agent.js";
import { located, textOf } from "./machine.js";

export interface FileChange {
	readonly path: string;
	readonly format: FormatName;
	/** Undefined if there is no such file yet. */
	readonly before: string | undefined;
	readonly after: string;
	/** Then it is for its user alone. */
	readonly holdsKey: boolean;
}

/** Only files in which something changes. @throws Problems for a file that can't be read or changed */
export function changesOf(files: readonly AgentFile[]): FileChange[] {
	return files
		.map(({ path, format, settings, holdsKey = false }) => {
			const before = textOf(path);
			const after = located(path, before ?? "", () => editText(format, before ?? "", settings));
			return { path, format, before, after, holdsKey };
		})
		.filter(({ before, after }) => before !== after);
}

/** The change as a unified diff; values of members that may be secrets are not in it. */
export function diffOf({ path, format, before = "", after }: FileChange): string {
	const secrets = [before, after].flatMap((text) => secretsIn(format, text));
	const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 });
	return withoutSecrets(patch.replace(/^Index: .*\n=+\n/, "").trimEnd(), secrets);
}

const secretName = /key|token|secret|password|authorization|credential/i;
/** A URL with one in it. */
const hasPassword = /:\/\/[^/\s]*:[^/\s]*@/;
/** Such members only say where a key is. */
const openName = /^(env_?key|token_?source)$|helper/i;

function secretsIn(format: FormatName, text: string): string[] {
	const found: string[] = [];
	const visit = (value: unknown, isSecret: boolean) => {
		const isHidden = isSecret || hasPassword.test(String(value));
		if (typeof value === "string" && isHidden && value.length >= 8 && !/^(\$?\{|\()/.test(value)) found.push(value);
		if (Array.isArray(value)) for (const item of value) visit(item, isSecret);
		else if (isObject(value))
			for (const [name, member] of Object.entries(value))
				visit(member, secretName.test(name) ? !openName.test(name) : isSecret && typeof member === "string");
	};
	visit(readText(format, text), false);
	return found.sort((one, other) => other.length - one.length);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
	return secrets.reduce((shown, secret) => shown.replaceAll(secret, hintOf(secret)), text);
}

/** A key as it may be shown: `llmw-…Xy1z`. */
export function hintOf(key: string): string {
	const [, start = ""] = /^([A-Za-z]{2,6}-)/.exec(key) ?? [];
	return key.length < 12 ? "…" : `${start}…${key.slice(-4)}`;
}

const copyMark = ".llmgw-backup-";

/**
 * Writes the file, after a copy of what is there, and in one step, so that nobody reads half of it.
 *
 * @param stamp goes into the copy's name
 * @returns the copy's path; undefined if there was nothing
 * @throws Problems
 */
export function writeChange({ path, before, after, holdsKey }: FileChange, stamp: string): string | undefined {
	try {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		// A link stays one.
		const file = before === undefined ? path : realpathSync(path);
		if (textOf(file) !== before) throw new Error("it has changed meanwhile");
		const copy = before === undefined ? undefined : copyOf(path, file, stamp, holdsKey);
		const mode = before === undefined ? undefined : statSync(file).mode & 0o777;
		replace(file, after, holdsKey ? 0o600 : (mode ?? 0o644));
		return copy;
	} catch (error) {
		throw new Problems([{ where: path, message: `can't be written (${messageOf(error)})` }]);
	}
}

function copyOf(path: string, file: string, stamp: string, isSecret: boolean): string {
	let copy = `${path}${copyMark}${stamp}`;
	for (let more = 2; existsSync(copy); more++) copy = `${path}${copyMark}${stamp}-${more}`;
	copyFileSync(file, copy);
	if (isSecret) chmodSync(copy, 0o600);
	return copy;
}

function replace(file: string, text: string, mode: number): void {
	const temporary = `${file}.llmgw-${process.pid}`;
	try {
		writeFileSync(temporary, text, { mode, flag: "wx" });
		chmodSync(temporary, mode);
		renameSync(temporary, file);
	} catch (error) {
		if (existsSync(temporary)) unlinkSync(temporary);
		throw error;
	}
}

/** The newest copy of a file; undefined if there is none. */
export function newestCopy(path: string): string | undefined {
	if (!existsSync(dirname(path))) return undefined;
	const beginning = basename(path) + copyMark;
	const copies = readdirSync(dirname(path)).filter((name) => name.startsWith(beginning));
	const newest = copies.sort((one, other) => one.localeCompare(other, "en", { numeric: true })).at(-1);
	return newest && join(dirname(path), newest);
}

/** Puts a copy back in the file's place; the copy is gone then. @throws Problems */
export function putBack(path: string, copy: string): void {
	try {
		const file = existsSync(path) ? realpathSync(path) : path;
		replace(file, textOf(copy) ?? "", statSync(copy).mode & 0o777);
		unlinkSync(copy);
	} catch (error) {
		throw new Problems([{ where: path, message: `can't be put back (${messageOf(error)})` }]);
	}
}
