/** `llmw responses`: lists, shows, removes and exports the responses that a running gateway keeps. */
import { type Problem, Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { allOf, apiOf, pages, removeEach, timeOf } from "./keptRecords.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;
type KeptResponse = components["schemas"]["KeptResponse"];

const path = "/responses";

/**
 * @param words the words after `responses`: `list`, `get ID`, `rm ID…` or `export`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function responses(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const own = optionReader(flags, {});
	const filter = { model: own("model", String), thread: own("thread", String) };
	const limit = own("limit", wholeNumber);
	const api = apiOf(flags, gatewayUrl, output.note);
	const kept = (order: string, most?: number) => pages<KeptResponse>(api, `${path}/kept`, { ...filter, order }, most);
	const [action = "list", ...ids] = words;
	if (action === "list" && ids.length === 0) {
		const found = await allOf(kept("desc", limit ?? listedAtMost));
		return printList(found, { ...columns, asJson: flags.json === "true" }, output);
	}
	if (action === "get" && ids.length === 1) return output.print(terminalJson(await whole(api, ids[0] as string), 2));
	if (action === "rm" && ids.length > 0) return removeEach(api, path, ids, output);
	if (action === "export" && ids.length === 0) return exportAll(api, kept("asc", limit), output);
	throw new Problems([
		{ where: "responses", message: "is followed by list, get ID, rm ID… or export; see llmw responses --help" },
	]);
}

const columns = {
	heads: ["ID", "CREATED", "STATUS", "MODEL", "TOKENS", "GOES ON FROM", "KEPT BY"],
	row: ({ id, created_at, status, model, usage, previous_response_id: previous, kept_by }: KeptResponse) => {
		const tokens = usage ? `${usage.input_tokens} + ${usage.output_tokens}` : "–";
		return [id, timeOf(created_at), status, model, tokens, previous ?? "–", kept_by ?? "gateway"];
	},
	nothing: "no response is kept that fits",
};

/** With all that its model was given. */
async function whole(api: GatewayApi, id: string): Promise<Json> {
	const own = `${path}/${encodeURIComponent(id)}`;
	const response = await api.ask<Json>("GET", own);
	return { ...response, input: await allOf(pages<Json>(api, `${own}/input_items`, { order: "asc" })) };
}

/** One line of JSON each, the oldest first. @throws Problems that name those whose upstream has them no more, at the end */
async function exportAll(api: GatewayApi, found: AsyncIterable<KeptResponse>, { print, note }: Output): Promise<void> {
	const gone: Problem[] = [];
	let count = 0;
	for await (const { id, thread } of found) {
		const response = await whole(api, id).catch((error: unknown) => {
			if (!(error instanceof Problems) || error.problems.some(({ status }) => status !== 404)) throw error;
			gone.push(...error.problems);
		});
		if (response === undefined) continue;
		print(terminalJson({ thread, ...response }));
		count += 1;
	}
	note(`${count} exported`);
	if (gone.length > 0) throw new Problems(gone);
}
