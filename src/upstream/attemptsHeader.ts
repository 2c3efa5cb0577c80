/** What a client is told of the attempts that its answer took, where there was more than one. */
import type { Attempt } from "./attempt.js";

export const attemptsHeader = "x-llmgw-attempts";

/** The header's value, a structured list (RFC 9651 §3.1): `"a/m";status=503, "b/m";status=200`. */
export function describeAttempts(attempts: readonly Attempt[]): string | undefined {
	return attempts.length < 2 ? undefined : attempts.map(describeAttempt).join(", ");
}

function describeAttempt({ target, outcome }: Attempt): string {
	const name = target.name.replace(/[^\x20-\x7e]|["\\]/g, "?");
	return `"${name}";${/^\d+$/.test(outcome) ? "status" : "code"}=${outcome.replaceAll(" ", "_")}`;
}
