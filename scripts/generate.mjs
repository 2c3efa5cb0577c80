/**
 * Writes what is made of openapi.yaml and settings.yaml: the types of both, both as JSON for the program to load, the settings' validator,
 * the configuration file's schema for editors, the reference of the command line, and the table of what translation loses.
 *
 * `--check` writes nothing, and fails when a file is not what it would be written as.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import standalone from "ajv/dist/standalone/index.js";
import openapiTypescript, { astToString } from "openapi-typescript";
import { tsImport } from "tsx/esm/api";
import { parse } from "yaml";
import { commandLineReference } from "./commandLineReference.mjs";
import { editorSchema } from "./editorSchema.mjs";
import { withLossTable } from "./lossTable.mjs";

const root = new URL("../", import.meta.url);
const isCheck = process.argv.includes("--check");

const contract = readYaml("openapi.yaml");
const settings = readYaml("settings.yaml");

await emit("src/generated/contract.ts", "openapi.yaml", () => typesOf(new URL("openapi.yaml", root), "openapi.yaml"));
await emit("src/generated/openapi.json", "openapi.yaml", () => `${JSON.stringify(contract)}\n`);
await emit("src/generated/settings.ts", "settings.yaml", () => typesOf(asComponents(settings), "settings.yaml"));
await emit("src/generated/settings.json", "settings.yaml", () => `${JSON.stringify(settings)}\n`);
await emit("src/generated/settingsValidator.js", "settings.yaml", () => validatorOf(settings.$defs.Settings));
await emit("schema/llmw.schema.json", "settings.yaml", () => `${JSON.stringify(editorSchema(settings), null, "\t")}\n`);
await emit("docs/command-line.md", "src/cli and settings.yaml", commandLineReference);
await emit("docs/dialects.md", "src/dialects", () => withLossTable(readOrEmpty(new URL("docs/dialects.md", root))));

/** Writes the file, or checks it. @param source what it is made of, for messages */
async function emit(name, source, make) {
	const file = new URL(name, root);
	const text = await make();
	if (isCheck) {
		if (readOrEmpty(file) === text) return;
		console.error(`${name} is not what ${source} makes it; run npm run generate`);
		process.exitCode = 1;
	} else {
		mkdirSync(new URL(".", file), { recursive: true });
		writeFileSync(file, text);
	}
}

async function typesOf(document, source) {
	const types = await openapiTypescript(document, { emptyObjectsUnknown: true, defaultNonNullable: false });
	return `// Written by \`npm run generate\` from ${source}. Changes belong there.\n\n${astToString(types)}`;
}

/** The code that Ajv makes of a schema at each start otherwise. */
async function validatorOf(schema) {
	const { ajvOptions, newAjv } = await tsImport("../src/contract/ajv.ts", import.meta.url);
	const ajv = newAjv({ allErrors: true, code: { ...ajvOptions.code, source: true, esm: true } });
	const plain = JSON.parse(JSON.stringify(schema, (key, value) => (key === "description" ? undefined : value)));
	// Ajv loads what its code needs by `require`, in modules too. What is the default of such a file depends on who loads it.
	const code = standalone
		.default(ajv, ajv.compile(plain))
		.replace(
			/const (\w+) = require\("([^"]+)"\)\.default;/g,
			(_all, name, module) =>
				`import ${name}Module from "${module}.js";\nconst ${name} = ${name}Module.default ?? ${name}Module;\n`,
		);
	return `// Written by \`npm run generate\` from settings.yaml. Changes belong there.\n${code}\n`;
}

/** A JSON Schema's definitions as an OpenAPI document, which is what openapi-typescript reads. */
function asComponents({ $defs }) {
	const schemas = JSON.parse(JSON.stringify($defs).replaceAll('"#/$defs/', '"#/components/schemas/'));
	return { openapi: "3.1.0", info: { title: "Settings", version: "1" }, paths: {}, components: { schemas } };
}

function readYaml(name) {
	return parse(readFileSync(new URL(name, root), "utf8"));
}

function readOrEmpty(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}
