/** Where the gateway sends requests of its own. */
import { fromRoot } from "../providers/provider.js";
import type { UpstreamSettings } from "../settings/routes.js";
import { UpstreamQuery } from "./upstreamQuery.js";

/** @param path below the base URL, beside it, or a whole URL */
export function ownUrl({ url, query }: UpstreamSettings, path: string): URL {
	if (/^https?:/.test(path)) return new URL(path);
	const base = path.startsWith(fromRoot) ? new URL(url).origin + path.slice(fromRoot.length) : url + path;
	return new URL(query === undefined ? base : new UpstreamQuery(query).addedTo(base));
}
