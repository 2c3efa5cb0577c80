/** The error that a client gets when its request does not fit the contract. */
import type { ErrorObject } from "ajv";
import { GatewayError } from "../errors/gatewayError.js";

interface OwnWords {
	"x-error-message"?: string;
	"x-error-hint"?: string;
}

/**
 * The 400 for the first thing that Ajv found wrong.
 *
 * A schema's `x-error-message` is the message where a value has the right type and the right members; it must be compiled
 * with Ajv's `verbose`. One that begins with `must` may stand for several places, so the place is put before it.
 */
export function validationError(errors: ErrorObject[] | null | undefined, value: unknown): GatewayError {
	const telling = mostTelling(errors ?? []);
	const [error] = telling;
	if (!error) return new GatewayError(400, "The request does not fit the contract.");
	const param = parameterOf(error);
	const { "x-error-message": own, "x-error-hint": hint } = tellsAll.has(error.keyword)
		? {}
		: ((error.parentSchema ?? {}) as OwnWords);
	const details = { code: codeOf(error), hint, ...(param === "" ? {} : { param }) };
	const place = param === "" ? "the request body" : `'${param}'`;
	const message = own?.startsWith("must ") ? `${param || "The request body"} ${own}` : own;
	return new GatewayError(400, message ?? describe(telling, place, value), details);
}

/** If all alternatives failed, those that got furthest into the value are the most telling, then those whose type was right. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject[] {
	const depth = (error: ErrorObject) => error.instancePath.split("/").length;
	const deepest = Math.max(...errors.map(depth));
	const first = errors.find((error) => depth(error) === deepest);
	const there = errors.filter((error) => depth(error) === deepest && error.instancePath === first?.instancePath);
	const telling = there.filter(({ keyword }) => !unions.has(keyword));
	const isOfType = ({ keyword }: ErrorObject) => Number(keyword !== "type");
	return telling.length > 0 ? telling.sort((one, other) => isOfType(other) - isOfType(one)) : there;
}

/** Errors whose own words name what is wrong better than a schema's message. */
const tellsAll = new Set(["type", "required", "additionalProperties"]);

/** Errors that only repeat that something within has failed. */
const unions = new Set(["oneOf", "anyOf", "if"]);

/** The place as OpenAI writes it: `messages[0].content[1].type`. */
function parameterOf(error: ErrorObject): string {
	const [, , ...steps] = error.instancePath.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
	const missing = (error.params as { missingProperty?: string }).missingProperty;
	const tag = error.keyword === "discriminator" ? (error.params as { tag?: string }).tag : undefined;
	const unknown = (error.params as { additionalProperty?: string }).additionalProperty;
	for (const last of [missing, tag]) if (last !== undefined) steps.push(last);
	// The client made these up, so they may be of any length.
	for (const last of [unknown, error.propertyName]) if (last !== undefined) steps.push(last.slice(0, 100));
	return steps.map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

function codeOf({ keyword }: ErrorObject): string {
	if (keyword === "required") return "missing_required_parameter";
	if (keyword === "type") return "invalid_type";
	if (keyword === "additionalProperties") return "unknown_parameter";
	return "invalid_value";
}

/** @param telling all of one place; where they are alternatives, all that would fit are named */
function describe(telling: readonly ErrorObject[], place: string, value: unknown): string {
	const error = telling[0] as ErrorObject;
	const params = error.params as Record<string, unknown>;
	switch (error.keyword) {
		case "required":
			if (error.instancePath === "") return "A request body is required.";
			return `Missing required parameter: ${missingOf(telling).join(" or ")}.`;
		case "additionalProperties":
			return `Unknown parameter: ${place}.`;
		case "type":
			return `Invalid type for ${place}: expected ${typesOf(telling).join(" or ")}, got ${typeName(error.data)}.`;
		case "enum":
		case "const":
		case "discriminator":
			return `Invalid value for ${place}: expected ${choices(telling)}.`;
		case "minItems":
			return `Invalid ${place}: expected at least ${params.limit} item${params.limit === 1 ? "" : "s"}.`;
		case "pattern":
			return `Invalid value for ${place}: it does not match ${params.pattern}.`;
		default:
			return `Invalid value for ${place}: it ${error.message ?? `fails "${error.keyword}" in ${typeName(value)}`}.`;
	}
}

function typeName(value: unknown): string {
	if (value === null) return "null";
	return Array.isArray(value) ? "array" : typeof value;
}

function typesOf(errors: readonly ErrorObject[]): string[] {
	return [...new Set(errors.flatMap(({ params }) => [(params as { type: string | string[] }).type].flat()))];
}

function missingOf(errors: readonly ErrorObject[]): string[] {
	return [...new Set(errors.filter(({ keyword }) => keyword === "required").map((error) => `'${parameterOf(error)}'`))];
}

function choices(errors: readonly ErrorObject[]): string {
	const values = [...new Set(errors.flatMap(valuesOf).map((value) => JSON.stringify(value)))];
	const fitting = values.length === 1 ? (values[0] as string) : `one of ${values.join(", ")}`;
	return [fitting, ...typesOf(errors.filter(({ keyword }) => keyword === "type"))].join(" or ");
}

/** The values that one alternative would take. */
function valuesOf({ keyword, params, parentSchema }: ErrorObject): unknown[] {
	if (keyword === "enum") return params.allowedValues as unknown[];
	if (keyword === "const") return [params.allowedValue];
	if (keyword !== "discriminator") return [];
	return (parentSchema as { "x-tags"?: unknown[] })["x-tags"] ?? [];
}
