/** openapi.yaml as it ships. */
import { readFileSync } from "node:fs";
import type { JsonObject } from "../json/jsonTypes.js";

const generated = new URL("../generated/openapi.json", import.meta.url);

/** In the JSON form that `npm run generate` writes. */
export function readBaseDocument(): JsonObject {
	return JSON.parse(readFileSync(generated, "utf8")) as JsonObject;
}
