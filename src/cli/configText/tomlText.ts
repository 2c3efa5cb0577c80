/** TOML files: one member is changed or added, in its table or in a new one, and every other byte stays. */
import { FormatError, type Path, type TextFormat, type Value } from "./textFormat.js";
import { put, type TomlPair, type TomlStatement, tomlStatements } from "./tomlStatements.js";

export const tomlText: TextFormat = {
	read(text) {
		const found: Record<string, unknown> = {};
		for (const statement of tomlStatements(text))
			if (statement.kind === "pair") put(found, statement.path, statement.value);
			else put(found, [...statement.path, ""], undefined);
		return withoutMarks(found);
	},
	set(text, path, value) {
		const names = path.map(String);
		const statements = tomlStatements(text);
		const eol = text.includes("\r\n") ? "\r\n" : "\n";
		const pairs = statements.filter((one) => one.kind === "pair");
		const same = pairs.find((pair) => isEqual(pair.path, names));
		if (same !== undefined) return text.slice(0, same.valueStart) + written(value) + text.slice(same.end);
		const above = pairs.find((pair) => pair.path.length < names.length && startsWith(names, pair.path));
		if (above !== undefined) return intoInline(text, above, names, value);
		const member = `${labelOf(names.at(-1) as string)} = ${written(value)}`;
		const at = placeIn(statements, names.slice(0, -1));
		if (at !== undefined) return insertLine(text, at.end, at.prefix + member, eol);
		if (names.length === 1) return insertFirst(text, statements, member, eol);
		const header = `[${names.slice(0, -1).map(labelOf).join(".")}]`;
		const before = text.trimEnd();
		return `${before}${before === "" ? "" : eol + eol}${header}${eol}${member}${eol}`;
	},
};

/** Tables were marked by a member without a name, so that empty ones count as well. */
function withoutMarks(found: Record<string, unknown>): Record<string, unknown> {
	const entries = Object.entries(found)
		.filter(([name, value]) => name !== "" || value !== undefined)
		.map(([name, value]) => [name, isTable(value) ? withoutMarks(value) : value]);
	return Object.fromEntries(entries);
}

function isTable(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Behind which statement a member of this table can stand, and the names that go before its own. */
function placeIn(
	statements: readonly TomlStatement[],
	table: readonly string[],
): { end: number; prefix: string } | undefined {
	let place: { end: number; prefix: string } | undefined;
	let isInside = table.length === 0;
	for (const statement of statements) {
		if (statement.kind === "table") {
			isInside = !statement.isItem && isEqual(statement.path, table);
			if (isInside) place = { end: statement.end, prefix: "" };
			else if (table.length === 0) return place;
		} else if (isInside) place = { end: statement.end, prefix: "" };
		else if (table.length > 0 && isEqual(statement.path.slice(0, -1), table))
			place = { end: statement.end, prefix: prefixOf(statement) };
	}
	return place;
}

/** `model_providers.llmgw.` of `model_providers.llmgw.name = "x"`. */
function prefixOf({ label }: TomlPair): string {
	return /^(.*\.)[ \t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')$/.exec(label)?.[1] ?? "";
}

function insertLine(text: string, end: number, member: string, eol: string): string {
	const lineEnd = text.indexOf("\n", end);
	if (lineEnd === -1) return `${text}${eol}${member}${eol}`;
	return `${text.slice(0, lineEnd + 1)}${member}${eol}${text.slice(lineEnd + 1)}`;
}

/** Above the first table, and the comments that belong to it. */
function insertFirst(text: string, [first]: readonly TomlStatement[], member: string, eol: string): string {
	if (first === undefined) return `${text}${text === "" || text.endsWith("\n") ? "" : eol}${member}${eol}`;
	const lines = text.slice(0, first.start).split("\n");
	let above = lines.length - 1;
	while (above > 0 && /^[ \t]*#/.test(lines[above - 1] as string)) above--;
	const at = lines.slice(0, above).join("\n").length + (above > 0 ? 1 : 0);
	return `${text.slice(0, at)}${member}${eol}${eol}${text.slice(at)}`;
}

/** @throws FormatError if the table in one line is not the member's own */
function intoInline(text: string, { path, value, valueStart, end }: TomlPair, names: Path, member: Value): string {
	if (!isTable(value) || text[valueStart] !== "{" || names.length !== path.length + 1)
		throw new FormatError(
			`is written in a way that leaves no place for ${names.join(".")}; make it a [table]`,
			valueStart,
		);
	const label = labelOf(String(names.at(-1)));
	if (Object.hasOwn(value, String(names.at(-1))))
		throw new FormatError(`has ${names.join(".")} in one line with others; make it a [table]`, valueStart);
	const before = text.slice(valueStart, end - 1).trimEnd();
	const comma = before === "{" ? " " : before.endsWith(",") ? " " : ", ";
	return `${text.slice(0, valueStart)}${before}${comma}${label} = ${written(member)} }${text.slice(end)}`;
}

function labelOf(name: string): string {
	return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

/** JSON's texts, numbers and lists are TOML's too. */
function written(value: Value): string {
	if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
	if (typeof value !== "object") return JSON.stringify(value);
	const members = Object.entries(value).map(([name, member]) => `${labelOf(name)} = ${written(member)}`);
	return `{ ${members.join(", ")} }`;
}

function isEqual(one: readonly string[], other: readonly string[]): boolean {
	return one.length === other.length && startsWith(one, other);
}

function startsWith(names: readonly string[], beginning: readonly string[]): boolean {
	return beginning.every((name, index) => names[index] === name);
}
