/** Validators for any place in openapi.yaml, independent of the gateway's own. */
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { readBaseDocument } from "../../src/contract/baseDocument.js";

const ajv = new Ajv2020({ strict: false, validateSchema: false });
formats.default(ajv);
ajv.addSchema(readBaseDocument(), "contract");

/** @param pointer JSON Pointer into the document, as a URI fragment: `/components/schemas/Model` */
export function validatorAt(pointer: string): ValidateFunction {
	return ajv.compile({ $ref: `contract#${pointer}` });
}
