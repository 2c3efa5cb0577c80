/** `llmw conversations`: lists, shows and removes the conversations that a running gateway keeps. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { allOf, apiOf, pages, pairsOf, removeEach, timeOf } from "./keptRecords.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";

type Json = Record<string, unknown>;
type KeptConversation = components["schemas"]["KeptConversation"];

const path = "/conversations";

/**
 * @param words the words after `conversations`: `list`, `get ID` or `rm ID…`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function conversations(
	words: readonly string[],
	flags: Readonly<Record<string, unknown>>,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const api = apiOf(flags, gatewayUrl, output.note);
	const limit = optionReader(flags, {})("limit", wholeNumber) ?? listedAtMost;
	const [action = "list", ...ids] = words;
	if (action === "list" && ids.length === 0) {
		const found = await allOf(pages<KeptConversation>(api, `${path}/kept`, { order: "desc" }, limit));
		return printList(found, { ...columns, asJson: flags.json === "true" }, output);
	}
	if (action === "get" && ids.length === 1) return output.print(terminalJson(await whole(api, ids[0] as string), 2));
	if (action === "rm" && ids.length > 0) return removeEach(api, path, ids, output);
	throw new Problems([
		{ where: "conversations", message: "is followed by list, get ID or rm ID…; see llmw conversations --help" },
	]);
}

const columns = {
	heads: ["ID", "CREATED", "USED", "METADATA"],
	row: ({ id, created_at, used_at, metadata }: KeptConversation) => [
		id,
		timeOf(created_at),
		timeOf(used_at),
		pairsOf(metadata),
	],
	nothing: "no conversation is kept",
};

/** With its items. */
async function whole(api: GatewayApi, id: string): Promise<Json> {
	const own = `${path}/${encodeURIComponent(id)}`;
	const conversation = await api.ask<Json>("GET", own);
	return { ...conversation, items: await allOf(pages<Json>(api, `${own}/items`, { order: "asc" })) };
}
