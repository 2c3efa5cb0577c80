/** The response header that lists an answer's attempts, if there was more than one. */
import type { Head } from "../streaming/responseStream.js";
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

/** Names what of a request the upstream's dialect could not carry. */
const droppedHeader = "x-llmgw-dropped";
const maxNameLength = 64;
/** Clients refuse an answer whose headers are too long, usually at 8 or 16 KB together. */
const maxDroppedLength = 2048;

/** Some names are the client's own (a member, a part's `type`, a tool), so they may hold anything, and be many. */
function listDropped(dropped: ReadonlySet<string>): string {
	let list = "";
	for (const name of dropped) {
		const word = name.slice(0, maxNameLength).replace(/[^\x21-\x2b\x2d-\x7e]/g, "?") || "?";
		if (list.length + word.length > maxDroppedLength) return `${list}, ...`;
		list += list === "" ? word : `, ${word}`;
	}
	return list;
}

/** A head for the client, with how its answer came to be. */
export function headWithFacts(head: Head, attempts: readonly Attempt[], dropped?: ReadonlySet<string>): Head {
	const made = describeAttempts(attempts);
	if (made === undefined && !dropped?.size) return head;
	const facts = {
		...(made === undefined ? {} : { [attemptsHeader]: made }),
		...(dropped?.size ? { [droppedHeader]: listDropped(dropped) } : {}),
	};
	return { ...head, headers: { ...head.headers, ...facts } };
}
