/** JSON files, with comments or without: one member is changed or added, and every other byte stays. */

import { type JsonContainer, type JsonNode, parseTree, plainValue, skipTrivia } from "./jsonTree.js";
import { FormatError, type Path, type TextFormat, type Value } from "./textFormat.js";

export const jsonText: TextFormat = {
	read: (text) => (isEmpty(text) ? {} : plainValue(parseTree(text))),
	set(text, path, value) {
		const whole = isEmpty(text) ? `${text}{}\n` : text;
		const style = styleOf(whole);
		const { node, rest } = nearest(parseTree(whole), path);
		const [name, ...deeper] = rest;
		if (name === undefined)
			return splice(whole, node.start, node.end, written(value, indentAt(whole, node.start), style));
		if (node.kind === "scalar" || (node.kind === "array") !== (typeof name === "number"))
			throw new FormatError(`holds something else than ${path.join(".")} needs`, node.start);
		return added(whole, node, name, nested(deeper, value), style);
	},
};

/** But for comments. */
function isEmpty(text: string): boolean {
	return skipTrivia(text, 0) >= text.length;
}

interface Style {
	readonly unit: string;
	readonly eol: string;
}

function styleOf(text: string): Style {
	return { unit: /\n([ \t]+)["[{\w]/.exec(text)?.[1] ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

/** As far down as there is something; of members with the same name the last one counts. */
function nearest(node: JsonNode, path: Path): { node: JsonNode; rest: Path } {
	const [name, ...rest] = path;
	if (name === undefined || node.kind === "scalar") return { node, rest: path };
	const member = node.members.filter((one) => one.name === name).at(-1);
	return member === undefined ? { node, rest: path } : nearest(member.value, rest);
}

function nested(path: Path, value: Value): Value {
	return path.reduceRight<Value>((inner, name) => ({ [name]: inner }), value);
}

function added(text: string, node: JsonContainer, name: string | number, value: Value, style: Style): string {
	const label = typeof name === "number" ? "" : `${JSON.stringify(name)}: `;
	const last = node.members.at(-1);
	const base = indentAt(text, node.start);
	if (last === undefined) {
		const indent = base + style.unit;
		const before = text.slice(node.start, node.end - 1).trimEnd();
		const member = style.eol + indent + label + written(value, indent, style) + style.eol + base;
		return splice(text, node.start, node.end - 1, before + member);
	}
	const isOneLine = !text.slice(node.start, last.start).includes("\n");
	const end = last.value.end;
	if (isOneLine) {
		const member = `${label}${JSON.stringify(value)}`;
		if (node.lastComma === undefined) return splice(text, end, end, `, ${member}`);
		return splice(text, node.lastComma + 1, node.lastComma + 1, ` ${member},`);
	}
	const indent = indentAt(text, last.start);
	const member = style.eol + indent + label + written(value, indent, style);
	if (node.lastComma !== undefined) {
		const at = endOfLine(text, node.lastComma + 1, node.end - 1);
		return splice(text, at, at, `${member},`);
	}
	const at = endOfLine(text, end, node.end - 1);
	return `${text.slice(0, end)},${text.slice(end, at)}${member}${text.slice(at)}`;
}

/** Behind comments in the same line. */
function endOfLine(text: string, from: number, limit: number): number {
	const to = Math.min(skipTrivia(text, from), limit);
	const between = text.slice(from, to);
	const [own = ""] = /^(?:[ \t]|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/.exec(between) ?? [];
	return from + own.trimEnd().length;
}

function indentAt(text: string, at: number): string {
	const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
	return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function written(value: Value, indent: string, { unit, eol }: Style): string {
	return JSON.stringify(value, undefined, unit).replaceAll("\n", eol + indent);
}

function splice(text: string, from: number, to: number, put: string): string {
	return text.slice(0, from) + put + text.slice(to);
}
