/** The contract in force: openapi.yaml with its overlays, and its operations with their compiled validators. */
import type { Options } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { type Document, OpenAPIBackend, type Operation as OpenApiOperation } from "openapi-backend";
import { firstLine, messageOf, Problems } from "../errors/problem.js";
import type { JsonObject } from "../json/jsonTypes.js";
import { ajvOptions, newAjv } from "./ajv.js";
import { danglingReferences, misspeltExtensions } from "./inspectDocument.js";
import {
	type LimitsExtension,
	type Operation,
	type RateLimitExtension,
	readLimitPolicy,
	readOperation,
	readRateLimit,
	sharedScope,
} from "./operation.js";
import { type RefusedDefaults, readRefusedDefaults } from "./refusedDefaults.js";
import { withDiscriminators } from "./unions.js";

export interface Contract {
	/** The document with overlays applied and `$ref`s left in place: what `GET /openapi.json` serves. */
	readonly document: JsonObject;
	readonly operations: readonly Operation[];
	readonly refusedDefaults: RefusedDefaults;
}

/**
 * Compiles a document: openapi-backend dereferences it and builds a validator for each body and parameter list.
 *
 * openapi-backend checks documents against the OpenAPI 3.0 meta-schema only, so it runs in its `quick` mode, and
 * `strict`, so that a document it can't load stops the start.
 * @param changes the files and packages whose overlays changed it; what ships is not checked again at each start
 * @throws Problems when a reference, a schema, a default or an extension is wrong.
 */
export async function compileContract(document: JsonObject, changes: readonly string[] = []): Promise<Contract> {
	const isChanged = changes.length > 0;
	const wrong = isChanged ? misspeltExtensions(document) : [];
	const problems = (messages: readonly string[]) =>
		new Problems([...wrong, ...messages].map((message) => ({ where: nameOfContract(changes), message })));
	if (Object.keys(document.paths ?? {}).length === 0) throw problems(["it has no paths left"]);
	const dangling = isChanged ? danglingReferences(document) : [];
	if (dangling.length > 0) throw problems(dangling);
	try {
		const backend = new OpenAPIBackend({
			definition: withDiscriminators(document) as unknown as Document,
			quick: true,
			strict: true,
			ajvOpts: ajvOptions,
			customizeAjv: (_unused, options) => sharedAjv(options as Options),
		});
		await backend.init();
		const report = (message: string) => void wrong.push(message);
		const shared = readRateLimit(document["x-rate-limit"] as RateLimitExtension | undefined, sharedScope, (message) =>
			report(`x-rate-limit of the document: ${message}`),
		);
		const sharedLimits = readLimitPolicy(document["x-limits"] as LimitsExtension | undefined, "all", (message) =>
			report(`x-limits of the document: ${message}`),
		);
		const operations = backend.router.getOperations().map((definition) =>
			readOperation(definition as OpenApiOperation, {
				shared,
				sharedLimits,
				validatorsOf: (id) => backend.validator.getRequestValidatorsForOperation(id),
				compileAll: isChanged,
				report,
			}),
		);
		const refusedDefaults = readRefusedDefaults(document["x-models-without-defaults"], (message) =>
			report(`x-models-without-defaults: ${message}`),
		);
		wrong.push(...usedTwice(operations).map((id) => `operationId ${id} is used twice`));
		if (wrong.length > 0) throw problems([]);
		return { document, operations, refusedDefaults };
	} catch (error) {
		throw error instanceof Problems ? error : problems([firstLine(messageOf(error))]);
	}
}

/** The name of a contract with these overlays, for messages. */
export function nameOfContract(changes: readonly string[]): string {
	return changes.length === 0 ? "contract" : `contract with ${changes.join(", ")}`;
}

/**
 * One Ajv (JSON Schema 2020-12) for all operations; a second for parameters, whose text is coerced to their types and
 * which get their defaults.
 */
const sharedAjv = (() => {
	const instances = new Map<unknown, Ajv2020>();
	return (options: Options): Ajv2020 => {
		const existing = instances.get(options.coerceTypes);
		if (existing) return existing;
		const ajv = newAjv(options.coerceTypes ? { ...options, useDefaults: true } : options);
		instances.set(options.coerceTypes, ajv);
		return ajv;
	};
})();

function usedTwice(operations: readonly Operation[]): string[] {
	const ids = operations.map(({ id }) => id);
	return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
