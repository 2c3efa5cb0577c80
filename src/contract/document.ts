/** The document in force: openapi.yaml with its overlays. */
import { type Problem, Problems } from "../errors/problem.js";
import type { JsonObject } from "../json/jsonTypes.js";
import { readBaseDocument } from "./baseDocument.js";
import type { LocatedOverlay } from "./overlay.js";
import { applyOverlay } from "./overlay.js";
import { shareProperties } from "./sharedProperties.js";

/**
 * The document in force, not yet compiled.
 *
 * @throws Problems with each overlay action that selects nothing or doesn't parse.
 */
export function documentInForce(overlays: readonly LocatedOverlay[]): JsonObject {
	const document = readBaseDocument();
	const problems: Problem[] = overlays.flatMap((overlay) => applyOverlay(document, overlay));
	if (problems.length > 0) throw new Problems(problems);
	if (overlays.length > 0) shareProperties(document, readBaseDocument());
	return document;
}
