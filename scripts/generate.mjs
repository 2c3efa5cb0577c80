/**
 * Writes src/generated from openapi.yaml: the types of the API, and the document as JSON for the program to load.
 *
 * `--check` writes nothing and fails when a file is not what openapi.yaml says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import openapiTypescript, { astToString } from "openapi-typescript";
import { parse } from "yaml";

const root = new URL("../", import.meta.url);
const source = new URL("openapi.yaml", root);
const document = parse(readFileSync(source, "utf8"));

const header = "// Written by `npm run generate` from openapi.yaml. Changes belong there.\n\n";
const types = astToString(await openapiTypescript(source, { emptyObjectsUnknown: true, defaultNonNullable: false }));
const files = {
	"src/generated/contract.ts": header + types,
	"src/generated/openapi.json": `${JSON.stringify(document)}\n`,
};

for (const [name, text] of Object.entries(files)) {
	const file = new URL(name, root);
	if (!process.argv.includes("--check")) writeFileSync(file, text);
	else if (readOrEmpty(file) !== text) {
		console.error(`${name} is not what openapi.yaml says; run npm run generate`);
		process.exitCode = 1;
	}
}

function readOrEmpty(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}
