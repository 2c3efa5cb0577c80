/** `llmw audit`: lists what administrators did, and checks that nobody has changed it since. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { auditHash, firstPreviousHash } from "../../store/auditHash.js";
import type { GatewayApi } from "./gatewayApi.js";
import { administration, allPages, moment } from "./keys.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;
type Entry = components["schemas"]["AuditEntry"];
type Page = components["schemas"]["AuditList"];

/**
 * @param words the words after `audit`: `list` or `verify`
 * @throws Problems, of which the first broken entry is one.
 */
export async function audit(words: readonly string[], flags: Flags, gatewayUrl: string, output: Output): Promise<void> {
	const [action = "list", ...more] = words;
	if (more.length > 0 || (action !== "list" && action !== "verify"))
		throw new Problems([{ where: "audit", message: "is followed by list or verify; see llmw audit --help" }]);
	const api = await administration(flags, gatewayUrl, output);
	if (action === "verify") return verify(api, output);
	const limit = optionReader(flags, {})("limit", wholeNumber) ?? listedAtMost;
	const entries = await allPages<Entry>(api, "/admin/audit?order=desc", limit);
	const heads = ["NO", "WHEN", "WHO", "FROM", "WHAT", "KEY"];
	printList(entries, { heads, row: row, nothing: "nothing has been done yet", asJson: flags.json === "true" }, output);
}

function row({ number, created_at, actor, action, target, after, before }: Entry): string[] {
	const { name } = { ...before, ...after } as { name?: string };
	const key = target === null ? "–" : name === undefined ? target : `${name} (${target})`;
	return [String(number), moment(created_at), actor.name, actor.address ?? "–", action, key];
}

async function verify(api: GatewayApi, { print }: Output): Promise<void> {
	let last: Pick<Entry, "number" | "hash"> = { number: 0, hash: firstPreviousHash };
	for (let after = ""; ; ) {
		const page = await api.ask<Page>("GET", `/admin/audit?order=asc&limit=100${after}`);
		for (const entry of page.data) {
			const problem = problemOf(entry, last);
			if (problem !== undefined)
				throw new Problems([{ where: `audit entry ${entry.number} (${entry.id})`, message: problem }]);
			last = entry;
			// Others may have been added after it in the meantime.
			if (entry.number === page.head.number && entry.hash !== page.head.hash) throw otherHead(page.head.number);
		}
		if (!page.has_more) {
			if (last.number < page.head.number)
				throw new Problems([{ where: `audit entry ${last.number + 1}`, message: "is missing, and all after it" }]);
			break;
		}
		after = `&after=${encodeURIComponent(page.data.at(-1)?.id ?? "")}`;
	}
	print(
		`${last.number} ${last.number === 1 ? "entry" : "entries"}, none changed or missing; the last one's hash is ${last.hash}`,
	);
}

/** What is wrong with an entry that follows another. */
export function problemOf(entry: Entry, last: Pick<Entry, "number" | "hash">): string | undefined {
	const { object: _object, previous_hash, hash, ...hashed } = entry;
	if (entry.number !== last.number + 1)
		return `stands where entry ${last.number + 1} should: one is missing, or was put in`;
	if (previous_hash !== last.hash) return "does not follow the entry before it";
	if (auditHash(previous_hash, hashed) !== hash) return "has been changed";
	return undefined;
}

function otherHead(number: number): Problems {
	return new Problems([{ where: `audit entry ${number}`, message: "is not the one that was written last" }]);
}
