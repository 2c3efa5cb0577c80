/** What the commands for a gateway's records share: where they ask, how they page through a list, and how they remove. */
import { headerSafe } from "../../errors/headerSafe.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import type { Output } from "./output.js";
import { optionReader, readBaseUrl } from "./ownOptions.js";

interface ListPage<Item> {
	readonly data: Item[];
	readonly has_more: boolean;
	readonly last_id: string | null;
}

const mostOfPage = 100;

/** The gateway of `--url` and `--key`. @param gatewayUrl asked where there is no `--url` @throws Problems */
export function apiOf(
	flags: Readonly<Record<string, unknown>>,
	gatewayUrl: string,
	note: (line: string) => void,
): GatewayApi {
	const read = optionReader(flags, process.env);
	const address = { baseUrl: read("url", readBaseUrl) ?? readBaseUrl(gatewayUrl), key: read("key", headerSafe) };
	return gatewayApi(address, note);
}

/** All items of a list, page by page. @param path below the base URL */
export async function* pages<Item>(
	api: GatewayApi,
	path: string,
	filter: Readonly<Record<string, string | undefined>>,
	limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Item> {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
	for (let left = limit; left > 0; ) {
		query.set("limit", String(Math.min(left, mostOfPage)));
		const page = await api.ask<ListPage<Item>>("GET", `${path}?${query}`);
		yield* page.data;
		left -= page.data.length;
		if (!page.has_more || page.last_id === null) return;
		query.set("after", page.last_id);
	}
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
	const all: Item[] = [];
	for await (const item of items) all.push(item);
	return all;
}

/** @param path of the list that they are in */
export async function removeEach(
	api: GatewayApi,
	path: string,
	ids: readonly string[],
	{ print }: Output,
): Promise<void> {
	for (const id of ids) {
		await api.ask("DELETE", `${path}/${encodeURIComponent(id)}`);
		print(`removed ${id}`);
	}
}

/** `2026-01-31T12:00:00` */
export function timeOf(seconds: number): string {
	return new Date(seconds * 1000).toISOString().slice(0, 19);
}

export function pairsOf(metadata: Readonly<Record<string, string>> | null | undefined): string {
	return Object.entries(metadata ?? {})
		.map(([name, value]) => `${name}=${value}`)
		.join(" ");
}
