/** Members of a vendor's JSON, which may be missing or of another type. */
import type { Json } from "../dialect.js";

export function numberIn(value: unknown): number | undefined {
	return typeof value === "number" ? value : undefined;
}

export function withoutUndefined(json: Json): Json {
	return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}
