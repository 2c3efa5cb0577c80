/** The contract in force: openapi.yaml with its overlays, and its operations with their compiled validators. */
import type { Options } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { type Document, OpenAPIBackend, type Operation as OpenApiOperation } from "openapi-backend";
import { firstLine, messageOf, Problems } from "../errors/problem.js";
import type { JsonObject } from "../json/jsonTypes.js";
import { ajvOptions, newAjv } from "./ajv.js";
import { readBaseDocument } from "./baseDocument.js";
import { changedOperations } from "./changedOperations.js";
import { documentInForce } from "./document.js";
import { danglingReferences, misspeltExtensions } from "./inspectDocument.js";
import {
	type LimitsExtension,
	type Operation,
	type RateLimitExtension,
	readLimitPolicy,
	readOperation,
	readRateLimit,
	sharedLimitsScope,
	sharedScope,
} from "./operation.js";
import type { LocatedOverlay } from "./overlay.js";
import { type RefusedDefaults, readRefusedDefaults } from "./refusedDefaults.js";
import { withDiscriminators } from "./unions.js";

export interface Contract {
	/** The document with overlays applied and `$ref`s left in place: what `GET /openapi.json` serves. */
	readonly document: JsonObject;
	readonly operations: readonly Operation[];
	readonly refusedDefaults: RefusedDefaults;
}

const compiled = new Map<string, Promise<Contract>>();

/**
 * The contract with these overlays. A process compiles it once, for however many gateways.
 *
 * @param changes the files and packages that the overlays come from
 * @throws Problems when an overlay, or what it makes of the contract, is wrong.
 */
export function contractWith(overlays: readonly LocatedOverlay[], changes: readonly string[]): Promise<Contract> {
	const key = JSON.stringify([overlays, changes]);
	const contract = compiled.get(key) ?? compileContract(overlays, changes);
	compiled.set(key, contract);
	contract.catch(() => compiled.delete(key));
	return contract;
}

/**
 * Compiles the document: openapi-backend dereferences it and builds a validator for each body and parameter list.
 *
 * openapi-backend checks documents against the OpenAPI 3.0 meta-schema only, so it runs in its `quick` mode, and
 * `strict`, so that a document it can't load stops the start. What ships is not checked again at each start.
 */
async function compileContract(overlays: readonly LocatedOverlay[], changes: readonly string[]): Promise<Contract> {
	const document = documentInForce(overlays);
	const isChanged = changes.length > 0;
	const wrong = isChanged ? misspeltExtensions(document) : [];
	const problems = (messages: readonly string[]) =>
		new Problems([...wrong, ...messages].map((message) => ({ where: nameOfContract(changes), message })));
	if (Object.keys(document.paths ?? {}).length === 0) throw problems(["it has no paths left"]);
	const dangling = isChanged ? danglingReferences(document) : [];
	if (dangling.length > 0) throw problems(dangling);
	const isChangedOperation = isChanged ? changedOperations(document, readBaseDocument()) : () => false;
	try {
		const backend = new LoadedBackend({
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
		const sharedLimits = readLimitPolicy(
			document["x-limits"] as LimitsExtension | undefined,
			sharedLimitsScope,
			(message) => report(`x-limits of the document: ${message}`),
		);
		const operations = backend.router.getOperations().map((definition) =>
			readOperation(definition as OpenApiOperation, {
				shared,
				sharedLimits,
				validatorsOf: (id) => backend.validator.getRequestValidatorsForOperation(id),
				compileNow: isChangedOperation(definition.path, definition.method),
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

/** openapi-backend reads a document a second time, for a copy that only its full mode uses. */
class LoadedBackend extends OpenAPIBackend {
	override async loadDocument(): Promise<Document> {
		return this.inputDocument as Document;
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
