/** The JSON of an error's body. */
import { isObject } from "../json/isObject.js";

/** @returns undefined for what is none */
export function errorJson(body: Buffer): Record<string, unknown> | undefined {
	try {
		return errorObject(JSON.parse(body.toString().replace(/^\uFEFF/, "")));
	} catch {
		return undefined;
	}
}

/** An object; Google may list its one error. */
export function errorObject(value: unknown): Record<string, unknown> | undefined {
	if (!Array.isArray(value)) return isObject(value) ? value : undefined;
	return isObject(value[0]) && "error" in value[0] ? value[0] : undefined;
}
