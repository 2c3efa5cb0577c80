/** `when` of a target, in a configuration file. */
import type { Condition } from "../routes.js";
import type { Schemas } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";

export function readCondition(
	given: Schemas["ConditionConfig"] | undefined,
	path: Path,
	reader: Reader,
): Condition | undefined {
	if (given === undefined) return undefined;
	const { tokens, model, headers, metadata, tags, ...switches } = given;
	if (tokens?.min !== undefined && tokens.max !== undefined && tokens.min > tokens.max)
		reader.report([...path, "tokens"], `holds for nothing: from ${tokens.min} to ${tokens.max}`);
	const condition = {
		...switches,
		minTokens: tokens?.min,
		maxTokens: tokens?.max,
		model: patternsOf(model),
		headers: namedPatterns(headers, (name) => name.toLowerCase()),
		metadata: namedPatterns(metadata, (name) => name),
		tags: namedPatterns(tags, (name) => name),
	};
	return Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== undefined)) as Condition;
}

/** One pattern or a list, without those that were found wrong. */
export function patternsOf(given: Schemas["PatternsConfig"] | undefined): readonly string[] | undefined {
	return given === undefined ? undefined : [given].flat().filter((pattern) => pattern !== undefined);
}

function namedPatterns(
	given: Schemas["NamedPatternsConfig"] | undefined,
	nameOf: (written: string) => string,
): Readonly<Record<string, readonly string[]>> | undefined {
	if (given === undefined) return undefined;
	return Object.fromEntries(
		Object.entries(given).map(([name, patterns]) => [nameOf(name), patternsOf(patterns) ?? []]),
	);
}
