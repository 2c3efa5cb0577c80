/**
 * The configuration file's schema for editors and for checks outside of the program: a JSON Schema (2020-12) of a file as it is
 * written, while settings.yaml describes it once its variables are in their places.
 *
 * So each value may also be a text with `${NAME}` in it, and a setting in the forms that the program takes it in: a single
 * value for a list, a plain number for a duration or a size. Extensions (`x-…`) are left out.
 */

const variable = "(^|[^$])\\$\\{[A-Za-z_]\\w*\\}";

/** @param source settings.yaml as a value */
export function editorSchema({ $schema, $defs }) {
	const { ConfigFile, Settings, ...rest } = $defs;
	const file = written(ConfigFile);
	for (const [name, property] of Object.entries(ConfigFile.properties))
		if (name in Settings.properties && !("$ref" in property)) file.properties[name] = setting(property);
	return {
		$schema,
		$id: "urn:llmgw:configuration",
		title: "Configuration file of llmw",
		...file,
		$defs: {
			...Object.fromEntries(Object.entries(rest).map(([name, schema]) => [name, written(schema)])),
			Variable: { type: "string", pattern: variable, description: "A text with an environment variable: `${NAME}`" },
		},
	};
}

/** A schema as it holds before variables are put in their places. */
function written(schema) {
	if (Array.isArray(schema)) return schema.map(written);
	if (typeof schema !== "object" || schema === null) return schema;
	if (isValue(schema)) return orVariable(schema);
	const changed = Object.fromEntries(
		Object.entries(schema)
			.filter(([key]) => !key.startsWith("x-"))
			.map(([key, part]) => {
				if (key === "properties") return [key, mapped(part)];
				if (key === "propertyNames") return [key, withoutExtensions(part)];
				return [key, ["items", "additionalProperties", "oneOf"].includes(key) ? written(part) : part];
			}),
	);
	return schema["x-secret"] === true
		? { ...changed, anyOf: [{ type: "object" }, { type: "string", pattern: variable }] }
		: changed;
}

function mapped(properties) {
	return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, written(schema)]));
}

/** Neither an object nor a list, nor a reference or a choice. */
function isValue(schema) {
	const types = [schema.type ?? []].flat();
	return "enum" in schema || (types.length > 0 && !types.includes("object") && !types.includes("array"));
}

const annotations = ["description", "default", "title", "examples"];

function orVariable(schema, ...others) {
	const plain = withoutExtensions(schema);
	const said = Object.fromEntries(Object.entries(plain).filter(([key]) => annotations.includes(key)));
	const rules = Object.fromEntries(Object.entries(plain).filter(([key]) => !annotations.includes(key)));
	// Any text with a variable in it is long enough for some rules as it stands.
	const isFree = rules.type === "string" && Object.keys(rules).every((key) => key === "type" || rules[key] === 1);
	const choices = [rules, ...others, ...(isFree ? [] : [{ $ref: "#/$defs/Variable" }])];
	return choices.length === 1 ? plain : { ...said, anyOf: choices };
}

/** A setting takes a list's single value, and a number for a text. */
function setting(schema) {
	if (schema.type === "array") {
		const { description, ...list } = written(schema);
		return { description, anyOf: [list, list.items] };
	}
	if (schema.type !== "string" || "enum" in schema) return orVariable(schema);
	return orVariable(schema, schema["x-unit"] === undefined ? { type: "number" } : { type: "number", minimum: 0 });
}

function withoutExtensions(schema) {
	return Object.fromEntries(Object.entries(schema).filter(([key]) => !key.startsWith("x-")));
}
