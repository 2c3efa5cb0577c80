/** `llmw responses`: lists, shows, removes and exports the responses that a running gateway keeps. */

import { headerSafe } from "../../errors/headerSafe.js";
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import { optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;
type KeptResponse = components["schemas"]["KeptResponse"];

interface Page<Item> {
	readonly data: Item[];
	readonly has_more: boolean;
	readonly last_id: string | null;
}

interface Output {
	/** One or more lines for stdout. */
	print(text: string): void;
	/** A line for the person at the terminal. */
	note(line: string): void;
}

const listedAtMost = 20;
const mostOfPage = 100;

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
	const read = optionReader(flags, process.env);
	const address = { baseUrl: read("url", readBaseUrl) ?? readBaseUrl(gatewayUrl), key: read("key", headerSafe) };
	const own = optionReader(flags, {});
	const filter = { model: own("model", String), thread: own("thread", String) };
	const limit = own("limit", wholeNumber);
	const api = gatewayApi(address, output.note);
	const [action = "list", ...ids] = words;
	if (action === "list" && ids.length === 0)
		return list(
			pages(api, "/kept", { ...filter, order: "desc" }, limit ?? listedAtMost),
			flags.json === "true",
			output,
		);
	if (action === "get" && ids.length === 1) return output.print(terminalJson(await whole(api, ids[0] as string), 2));
	if (action === "rm" && ids.length > 0) return remove(api, ids, output);
	if (action === "export" && ids.length === 0)
		return exportAll(api, pages(api, "/kept", { ...filter, order: "asc" }, limit), output);
	throw new Problems([
		{ where: "responses", message: "is followed by list, get ID, rm ID… or export; see llmw responses --help" },
	]);
}

/** All items of a list, page by page. @param path below `/responses` */
async function* pages<Item = KeptResponse>(
	api: GatewayApi,
	path: string,
	filter: Readonly<Record<string, string | undefined>>,
	limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Item> {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
	for (let left = limit; left > 0; ) {
		query.set("limit", String(Math.min(left, mostOfPage)));
		const page = await api.ask<Page<Item>>("GET", `/responses${path}?${query}`);
		yield* page.data;
		left -= page.data.length;
		if (!page.has_more || page.last_id === null) return;
		query.set("after", page.last_id);
	}
}

/** The newest first. */
async function list(found: AsyncIterable<KeptResponse>, asJson: boolean, { print, note }: Output): Promise<void> {
	const listed: KeptResponse[] = [];
	for await (const response of found) listed.push(response);
	if (asJson) for (const response of listed) print(terminalJson(response));
	else if (listed.length === 0) note("no response is kept that fits");
	else print(table([["ID", "CREATED", "STATUS", "MODEL", "TOKENS", "GOES ON FROM", "KEPT BY"], ...listed.map(row)]));
}

function row({ id, created_at: created, status, model, usage, previous_response_id: previous, kept_by }: KeptResponse) {
	const tokens = usage ? `${usage.input_tokens} + ${usage.output_tokens}` : "–";
	const time = new Date(created * 1000).toISOString().slice(0, 19);
	return [id, time, status, model, tokens, previous ?? "–", kept_by ?? "gateway"];
}

/** With all that its model was given. */
async function whole(api: GatewayApi, id: string): Promise<Json> {
	const path = `/${encodeURIComponent(id)}`;
	const response = await api.ask<Json>("GET", `/responses${path}`);
	const input: Json[] = [];
	for await (const item of pages<Json>(api, `${path}/input_items`, { order: "asc" })) input.push(item);
	return { ...response, input };
}

async function remove(api: GatewayApi, ids: readonly string[], { print }: Output): Promise<void> {
	for (const id of ids) {
		await api.ask("DELETE", `/responses/${encodeURIComponent(id)}`);
		print(`removed ${id}`);
	}
}

/** One line of JSON each, the oldest first. */
async function exportAll(api: GatewayApi, found: AsyncIterable<KeptResponse>, { print, note }: Output): Promise<void> {
	let count = 0;
	for await (const { id, thread } of found) {
		print(terminalJson({ thread, ...(await whole(api, id)) }));
		count += 1;
	}
	note(`${count} exported`);
}
