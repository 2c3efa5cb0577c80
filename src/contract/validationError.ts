/** What a client reads when its request does not fit the contract. */
import type { ErrorObject } from "ajv";
import { GatewayError } from "./gatewayError.js";

/**
 * The 400 for the first thing that Ajv found wrong.
 *
 * A schema's `x-error-message` is the message where there is one; it must be compiled with Ajv's `verbose`.
 */
export function validationError(errors: ErrorObject[] | null | undefined, value: unknown): GatewayError {
	const error = mostTelling(errors ?? []);
	if (!error) return new GatewayError(400, "The request does not fit the contract.");
	const param = parameterOf(error);
	const own = (error.parentSchema as { "x-error-message"?: string } | undefined)?.["x-error-message"];
	const details = { code: codeOf(error), ...(param === "" ? {} : { param }) };
	return new GatewayError(
		400,
		own ?? describe(error, param === "" ? "the request body" : `'${param}'`, value),
		details,
	);
}

/** Of alternatives that all failed, the one that got furthest into the value says most. */
function mostTelling(errors: ErrorObject[]): ErrorObject | undefined {
	const depth = (error: ErrorObject) => error.instancePath.split("/").length;
	return errors.reduce<ErrorObject | undefined>(
		(best, error) => (best === undefined || depth(error) > depth(best) ? error : best),
		undefined,
	);
}

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

function describe(error: ErrorObject, place: string, value: unknown): string {
	const params = error.params as Record<string, unknown>;
	switch (error.keyword) {
		case "required":
			return error.instancePath === "" ? "A request body is required." : `Missing required parameter: ${place}.`;
		case "additionalProperties":
			return `Unknown parameter: ${place}.`;
		case "type":
			return `Invalid type for ${place}: expected ${[params.type].flat().join(" or ")}, got ${typeName(error.data)}.`;
		case "enum":
			return `Invalid value for ${place}: expected one of ${list(params.allowedValues)}.`;
		case "const":
			return `Invalid value for ${place}: expected ${JSON.stringify(params.allowedValue)}.`;
		case "discriminator":
			return `Invalid value for ${place}: expected one of ${list(tagsOf(error))}.`;
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

function list(values: unknown): string {
	return (values as unknown[]).map((value) => JSON.stringify(value)).join(", ");
}

/** The values that a tagged union knows, from its branches. */
function tagsOf(error: ErrorObject): unknown[] {
	const { tag } = error.params as { tag: string };
	const union = error.parentSchema as {
		oneOf?: { properties?: Record<string, { const?: unknown; enum?: unknown[] }> }[];
	};
	return (union.oneOf ?? []).flatMap((branch) => {
		const schema = branch.properties?.[tag];
		return schema?.enum ?? (schema?.const === undefined ? [] : [schema.const]);
	});
}
