/** Overlay files: read, and checked to be overlays, with the places of their parts. Loaded only where there is one. */
import { readFileSync } from "node:fs";
import { LineCounter, type Node, parseDocument } from "yaml";
import type { LocatedOverlay, Overlay } from "./overlay.js";
import { firstLine, messageOf, type Problem, Problems } from "./problem.js";

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
	const overlay = document.toJS() as unknown;
	const problems = checkOverlay(overlay, (path) => placeOfNode(path));
	if (problems.length > 0) throw new Problems(problems);
	const { actions } = overlay as Overlay;
	return { overlay: overlay as Overlay, places: actions.map((_action, index) => placeOfNode(["actions", index])) };
}

function readText(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw new Problems([{ where: file, message: `can't be read (${messageOf(error)})` }]);
	}
}

function checkOverlay(value: unknown, place: (path: (string | number)[]) => string): Problem[] {
	const overlay = value as Partial<Overlay> | null;
	if (typeof overlay !== "object" || overlay === null || !/^1\.0\.\d+$/.test(String(overlay.overlay))) {
		return [{ where: place([]), message: "not an OpenAPI Overlay document: it must open with `overlay: 1.0.0`" }];
	}
	if (!Array.isArray(overlay.actions) || overlay.actions.length === 0) {
		return [{ where: place([]), message: "`actions` must be a list of at least one action" }];
	}
	return overlay.actions.flatMap((action, index) => {
		const where = place(["actions", index]);
		if (typeof action?.target !== "string") return [{ where, message: "an action needs a `target` (JSONPath)" }];
		if (action.remove !== true && action.update === undefined)
			return [{ where, message: "an action needs an `update` or `remove: true`" }];
		return [];
	});
}
