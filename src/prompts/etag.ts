/** ETags and preconditions of prompts (RFC 9110 §13.1). */
import { GatewayError } from "../errors/gatewayError.js";
import type { PromptRecord } from "../store/store.js";

export function etagOf({ revision }: Pick<PromptRecord, "revision">): string {
	return `"${revision}"`;
}

/** Whether `If-None-Match` matches the prompt's ETag. Compared weakly: a proxy that compresses makes ETags weak. */
export function matchesEtag(ifNoneMatch: string, record: PromptRecord): boolean {
	const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
	return tags.includes(etagOf(record)) || tags.includes("*");
}

/**
 * Reads `If-Match`.
 *
 * @returns the revision that the prompt must still have when it is changed; undefined if the header requires none
 * @throws GatewayError 412 if the prompt has another revision, 400 if the header isn't a list of ETags
 */
export function expectedRevision(ifMatch: string, record: PromptRecord): number | undefined {
	const header = ifMatch.trim();
	if (header === "" || header === "*") return undefined;
	const tags = header.split(",").map((tag) => tag.trim());
	if (!tags.every((tag) => /^(W\/)?"[^"]*"$/.test(tag)))
		throw new GatewayError(400, `If-Match must be an ETag in quotes, such as ${etagOf(record)}, or *.`, {
			code: "invalid_value",
			param: "if-match",
		});
	if (tags.includes(etagOf(record))) return record.revision;
	throw new GatewayError(412, `Prompt '${record.name}' has changed: its ETag is ${etagOf(record)} now.`, {
		code: "precondition_failed",
		param: "if-match",
	});
}
