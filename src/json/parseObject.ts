/** JSON text that may be anything. */
import { isObject } from "./isObject.js";

/** @returns undefined for what is no JSON, or no object */
export function parseObject(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
