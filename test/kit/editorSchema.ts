/** Errors that an editor shows in a configuration file, by the package's published schema and a standard validator. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

const file = new URL("../../schema/llmw.schema.json", import.meta.url);
export const editorSchema = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

// `strict`, so that it holds no keyword that the standard doesn't know.
const validate = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(editorSchema);

/** @param text YAML with merge keys */
export function faultsForEditors(text: string): string[] {
	validate(parse(text, { merge: true }));
	return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`.trim());
}
