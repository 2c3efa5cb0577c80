/** Overlay files: read, and checked to be overlays, with the places of their parts. Loaded only where there is one. */
import { readFileSync } from "node:fs";
import { type Document, LineCounter, type Node, parseDocument } from "yaml";
import { firstLine, messageOf, Problems } from "../errors/problem.js";
import { checkOverlay, type LocatedOverlay, type Overlay } from "./overlay.js";

/**
 * Reads an overlay file (YAML or JSON).
 *
 * @throws Problems when it can't be read, is not YAML, or is not an Overlay 1.0 document.
 */
export function readOverlay(file: string): LocatedOverlay {
	const lines = new LineCounter();
	const document = parseDocument(readText(file), { lineCounter: lines });
	const at = (offset: number | undefined) => {
		const { line, col } = lines.linePos(offset ?? 0);
		return `${file}:${line}:${col}`;
	};
	if (document.errors.length > 0) {
		throw new Problems(
			document.errors.map((error) => ({ where: at(error.pos[0]), message: firstLine(error.message) })),
		);
	}
	const placeOfNode = (path: (string | number)[]) => {
		const node = document.getIn(path, true) as Node | undefined;
		return at(node?.range?.[0]);
	};
	const overlay = asValue(document, file);
	const problems = checkOverlay(overlay, placeOfNode);
	if (problems.length > 0) throw new Problems(problems);
	const { actions } = overlay as Overlay;
	return { overlay: overlay as Overlay, places: actions.map((_action, index) => placeOfNode(["actions", index])) };
}

/** An alias without its anchor, or a bomb of aliases, is found only here. */
function asValue(document: Document, file: string): unknown {
	try {
		return document.toJS();
	} catch (error) {
		throw new Problems([{ where: file, message: firstLine(messageOf(error)) }]);
	}
}

function readText(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw new Problems([{ where: file, message: `can't be read (${messageOf(error)})` }]);
	}
}
