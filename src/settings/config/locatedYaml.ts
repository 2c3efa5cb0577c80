/** A YAML text as a value, and where in it each part stands. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { firstLine, messageOf } from "../../errors/problem.js";

/** Names of members and places in lists, from the whole inwards. */
export type Path = readonly (string | number)[];

export interface Position {
	readonly line: number;
	readonly column: number;
}

export interface LocatedYaml {
	/** `undefined` where it could not be read. */
	readonly value: unknown;
	readonly problems: readonly { position: Position; message: string }[];
	/** Where a value begins; for one that isn't there, what it would stand in. */
	positionOf(path: Path): Position;
	/** Where the name of a member begins. */
	positionOfKey(path: Path): Position;
}

/** Reads YAML 1.2 with merge keys (`<<`). Its messages show nothing of the text but names. */
export function readLocatedYaml(text: string): LocatedYaml {
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
	const at = (offset: number | undefined): Position => {
		const { line, col } = lines.linePos(offset ?? 0);
		return { line: Math.max(1, line), column: Math.max(1, col) };
	};
	const found = faultsOf(document);
	const problems = found.map(({ offset, message }) => ({ position: at(offset), message }));
	let value: unknown;
	try {
		if (!found.some(({ isFatal }) => isFatal)) value = document.toJS();
	} catch (error) {
		// A bomb of aliases is found only here.
		problems.push({ position: at(0), message: firstLine(messageOf(error)) });
	}
	return {
		value,
		problems,
		positionOf: (path) => {
			const { key, node } = find(document, path);
			return at((node?.range ?? key?.range)?.[0]);
		},
		positionOfKey: (path) => {
			const { key, node } = find(document, path);
			return at((key?.range ?? node?.range)?.[0]);
		},
	};
}

interface Fault {
	readonly offset: number | undefined;
	readonly message: string;
	/** There is no value then. */
	readonly isFatal: boolean;
}

function faultsOf(document: Document.Parsed): Fault[] {
	const faults = [...document.errors, ...document.warnings].map(
		({ code, pos, message }): Fault => ({
			offset: pos[0],
			message: code === "DUPLICATE_KEY" ? "this name stands here already" : withoutSource(firstLine(message)),
			isFatal: code !== "DUPLICATE_KEY",
		}),
	);
	visit(document, {
		Alias(_key, alias) {
			if (alias.resolve(document) !== undefined) return;
			const message = `*${alias.source} is no name of an anchor (&${alias.source}) above`;
			faults.push({ offset: alias.range?.[0], message, isFatal: true });
		},
	});
	return faults;
}

/** Some messages of the library end with the token that they are about, which may be a secret. */
function withoutSource(message: string): string {
	return message.replace(/:? ".*"?$/, "");
}

interface Found {
	readonly key: Node | undefined;
	readonly node: Node | undefined;
}

/** What stands at a path, or the innermost thing on the way to it. */
function find(document: Document.Parsed, path: Path): Found {
	let found: Found = { key: undefined, node: document.contents ?? undefined };
	for (const step of path) {
		const next = member(isAlias(found.node) ? found.node.resolve(document) : found.node, step);
		if (next === undefined) return found;
		found = next;
	}
	return found;
}

function member(node: Node | undefined, step: string | number): Found | undefined {
	if (isSeq(node)) {
		const item = node.items[Number(step)] as Node | undefined;
		return item && { key: undefined, node: item };
	}
	if (!isMap(node)) return undefined;
	// If a name stands there twice, the last one counts.
	const pair = node.items.findLast(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
	return pair && { key: pair.key as Node, node: (pair.value as Node | null) ?? undefined };
}
