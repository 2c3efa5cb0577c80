/** Which stored completions a command is about: `--where model=…,metadata.team=…`, and the pages of the list that holds them. */
import type { components } from "../../generated/contract.js";
import type { GatewayApi } from "./gatewayApi.js";
import { pages } from "./keptRecords.js";

export type StoredCompletion = components["schemas"]["StoredCompletion"];

export interface Selection {
	model?: string;
	status?: string;
	metadata: Record<string, string>;
}

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
export function select(
	api: GatewayApi,
	{ model, status, metadata }: Selection,
	{ order, limit, withRequest }: Listing,
): AsyncGenerator<StoredCompletion> {
	const ofMetadata = Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]);
	const include = withRequest ? "request" : undefined;
	const filter = { order, model, status, include, ...Object.fromEntries(ofMetadata) };
	return pages(api, "/chat/completions", filter, limit);
}
