/** `llmw cache`: shows how many answers a running gateway keeps, and removes some or all of them. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { formatBytes } from "../../settings/quantity.js";
import { administration } from "./keys.js";
import type { Output } from "./output.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;
type Cache = components["schemas"]["AnswerCache"];
type Cleared = components["schemas"]["AnswerCacheCleared"];
type Totals = components["schemas"]["ShelfTotals"];

const filters = ["model", "key-name", "tag"] as const;

/**
 * @param words the words after `cache`: `show` or `clear`
 * @throws Problems
 */
export async function cache(words: readonly string[], flags: Flags, gatewayUrl: string, output: Output): Promise<void> {
	const [action = "show", ...more] = words;
	if (more.length > 0 || (action !== "show" && action !== "clear"))
		throw new Problems([{ where: "cache", message: "is followed by show or clear; see llmw cache --help" }]);
	const given = filters.filter((name) => flags[name] !== undefined);
	if (action === "show" && given.length > 0)
		throw new Problems([{ where: `--${given[0]}`, message: "says which answers are cleared; show counts all" }]);
	const api = await administration(flags, gatewayUrl, output);
	if (action === "show") return show(await api.ask<Cache>("GET", "/admin/cache"), flags, output);
	const query = new URLSearchParams(
		given.map((name) => [name === "key-name" ? "key" : name, String(flags[name])] as [string, string]),
	);
	const cleared = await api.ask<Cleared>("DELETE", `/admin/cache${query.size === 0 ? "" : `?${query}`}`);
	if (flags.json === "true") output.print(terminalJson(cleared));
	else output.print(`${cleared.removed} ${cleared.removed === 1 ? "answer" : "answers"} removed`);
}

function show(cache: Cache, flags: Flags, { print }: Output): void {
	if (flags.json === "true") {
		print(terminalJson(cache));
		return;
	}
	const places: [string, Totals | null][] = [
		["memory", cache.memory],
		[cache.store_kind ?? "store", cache.store],
	];
	print(table([["WHERE", "ANSWERS", "SIZE", "MOST"], ...places.flatMap(([name, totals]) => rowOf(name, totals))]));
}

function rowOf(name: string, totals: Totals | null): string[][] {
	if (totals === null) return [];
	const { entries, bytes, max_bytes } = totals;
	return [[name, String(entries), formatBytes(bytes), max_bytes === null ? "–" : formatBytes(max_bytes)]];
}
