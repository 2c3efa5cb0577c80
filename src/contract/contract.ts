/** The contract in force: openapi.yaml with its overlays, and its operations with their compiled validators. */
import type { Options } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { type Document, OpenAPIBackend, type Operation as OpenApiOperation } from "openapi-backend";
import { ajvOptions, newAjv } from "./ajv.js";
import type { JsonObject } from "./document.js";
import { type Operation, readOperation } from "./operation.js";
import { messageOf, Problems } from "./problem.js";

export interface Contract {
	/** The document with overlays applied and `$ref`s left in place: what `GET /openapi.json` serves. */
	readonly document: JsonObject;
	readonly operations: readonly Operation[];
}

/**
 * Compiles a document: openapi-backend dereferences it and builds a validator for each body and parameter list.
 *
 * openapi-backend checks documents against the OpenAPI 3.0 meta-schema only, so it runs in its `quick` mode, and
 * `strict`, so that a document it can't load stops the start.
 * @param name what the document is made of, for messages
 * @throws Problems when a reference, a schema or an extension is wrong.
 */
export async function compileContract(document: JsonObject, name = "contract"): Promise<Contract> {
	try {
		const backend = new OpenAPIBackend({
			definition: withoutMappings(document) as unknown as Document,
			quick: true,
			strict: true,
			ajvOpts: ajvOptions,
			customizeAjv: (_unused, options) => sharedAjv(options as Options),
		});
		await backend.init();
		const shared = document["x-rate-limit"] as false | { max: number; window: string } | undefined;
		const operations = backend.router
			.getOperations()
			.map((definition) =>
				readOperation(definition as OpenApiOperation, shared, (id) =>
					backend.validator.getRequestValidatorsForOperation(id),
				),
			);
		checkUnique(operations);
		return { document, operations };
	} catch (error) {
		throw new Problems([{ where: name, message: messageOf(error) }]);
	}
}

/** One Ajv (JSON Schema 2020-12) for all operations; a second for parameters, whose text is coerced to their types and which get their defaults. */
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

/**
 * A copy for the validators: Ajv tells tagged unions apart by each branch's own `const`, and refuses the `mapping` that
 * says the same to other tools.
 */
function withoutMappings(document: JsonObject): JsonObject {
	const copy = JSON.stringify(document, function (this: { propertyName?: unknown }, key, value) {
		return key === "mapping" && this.propertyName !== undefined ? undefined : value;
	});
	return JSON.parse(copy) as JsonObject;
}

function checkUnique(operations: readonly Operation[]): void {
	const seen = new Set<string>();
	for (const { id } of operations) {
		if (seen.has(id)) throw new Error(`operationId ${id} is used twice`);
		seen.add(id);
	}
}
