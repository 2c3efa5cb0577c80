/** Conditions on requests (`when`), as functions. */

import { compilePatterns } from "../../settings/pattern.js";
import type { Condition } from "../../settings/routes.js";
import type { RequestFacts } from "./facts.js";

export type Holds = (facts: RequestFacts) => boolean;

/** Compiles a condition; undefined if it always holds. */
export function compileCondition(when: Condition | undefined): Holds | undefined {
	if (when === undefined) return undefined;
	// Cheapest first.
	const checks = [...checksOfProperties(when), ...checksOfTexts(when), ...checksOfTokens(when)];
	return checks.length > 1 ? (facts) => checks.every((holds) => holds(facts)) : checks[0];
}

function checksOfProperties({ stream, tools, vision, jsonSchema }: Condition): Holds[] {
	const checks: Holds[] = [];
	if (stream !== undefined) checks.push((facts) => facts.isStream === stream);
	if (tools !== undefined) checks.push((facts) => facts.needsTools === tools);
	if (vision !== undefined) checks.push((facts) => facts.needsVision === vision);
	if (jsonSchema !== undefined) checks.push((facts) => facts.needsJsonSchema === jsonSchema);
	return checks;
}

function checksOfTokens({ minTokens, maxTokens }: Condition): Holds[] {
	const checks: Holds[] = [];
	if (minTokens !== undefined) checks.push((facts) => facts.estimatedTokens >= minTokens);
	if (maxTokens !== undefined) checks.push((facts) => facts.estimatedTokens <= maxTokens);
	return checks;
}

function checksOfTexts({ model, headers, metadata, tags }: Condition): Holds[] {
	const checks: Holds[] = [];
	if (model !== undefined) {
		const matches = compilePatterns(model);
		checks.push((facts) => matches(facts.model ?? ""));
	}
	for (const [name, matches] of compileTexts(headers)) {
		checks.push((facts) => matches(headerValue(facts.headers[name])));
	}
	for (const [name, matches] of compileTexts(metadata)) checks.push((facts) => matches(facts.metadata[name]));
	for (const [name, matches] of compileTexts(tags)) checks.push((facts) => matches(facts.tags[name]));
	return checks;
}

/** A missing value matches no pattern, not even `*`. */
function compileTexts(
	texts: Readonly<Record<string, readonly string[]>> | undefined,
): [name: string, matches: (value: unknown) => boolean][] {
	return Object.entries(texts ?? {}).map(([name, patterns]) => {
		const matches = compilePatterns(patterns);
		return [name, (value) => typeof value === "string" && matches(value)];
	});
}

/** @returns a header's value; repeated headers are joined like lists (RFC 9110 §5.3) */
export function headerValue(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value.join(", ") : value;
}
