/** openapi.yaml as a document: the one that ships, and the one in force with its overlays. */
import { readFileSync } from "node:fs";
import { type Problem, Problems } from "../errors/problem.js";
import type { JsonObject } from "../json/jsonTypes.js";
import type { LocatedOverlay } from "./overlay.js";
import { applyOverlay } from "./overlay.js";
import { shareProperties } from "./sharedProperties.js";

const generated = new URL("../generated/openapi.json", import.meta.url);

/** openapi.yaml as it ships, in the JSON form that `npm run generate` writes. */
export function readBaseDocument(): JsonObject {
	return JSON.parse(readFileSync(generated, "utf8")) as JsonObject;
}

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
