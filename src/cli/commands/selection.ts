/** Which stored completions a command is about: `--where model=…,metadata.team=…`, and the pages of the list that holds them. */
import type { components } from "../../generated/contract.js";
import type { GatewayApi } from "./gatewayApi.js";

export type StoredCompletion = components["schemas"]["StoredCompletion"];
type Page = components["schemas"]["StoredCompletionList"];

export interface Selection {
	model?: string;
	status?: string;
	metadata: Record<string, string>;
}

const mostOfPage = 100;

/** @throws Error that shows how a condition is written */
export function parseWhere(text: string): Selection {
	const selection: Selection = { metadata: {} };
	for (const condition of text.split(",").filter((part) => part.trim() !== "")) {
		const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(condition.trim()) ?? [];
		if (name === "model" || name === "status") selection[name] = value;
		else if (name.startsWith("metadata.")) selection.metadata[name.slice("metadata.".length)] = value;
		else
			throw new Error(
				`"${condition}" is none of model=NAME, status=completed and metadata.KEY=VALUE, with commas between`,
			);
	}
	return selection;
}

export interface Listing {
	order: "asc" | "desc";
	/** Undefined for all. */
	limit: number | undefined;
	/** Each with its `request`. */
	withRequest: boolean;
}

/** The completions that a selection means, page by page. @throws Problems with the gateway's message */
export async function* select(
	api: GatewayApi,
	{ model, status, metadata }: Selection,
	{ order, limit = Number.POSITIVE_INFINITY, withRequest }: Listing,
): AsyncGenerator<StoredCompletion> {
	const query = new URLSearchParams({ order });
	if (model !== undefined) query.set("model", model);
	if (status !== undefined) query.set("status", status);
	if (withRequest) query.set("include", "request");
	for (const [key, value] of Object.entries(metadata)) query.set(`metadata[${key}]`, value);
	for (let left = limit; left > 0; ) {
		query.set("limit", String(Math.min(left, mostOfPage)));
		const page = await api.ask<Page>("GET", `/chat/completions?${query}`);
		yield* page.data;
		left -= page.data.length;
		if (!page.has_more || page.last_id === null) return;
		query.set("after", page.last_id);
	}
}
