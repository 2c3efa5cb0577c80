/** What the gateway's own questions to an upstream are sent with, as its vendor wants it. */
import { providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";

/** The credential, and the headers that are configured, which stand in place of all others of their names. */
export function ownHeaders(upstream: UpstreamSettings): Record<string, string> {
	const { key, headers } = upstream;
	const provider = providerOf(upstream);
	const credential = key === undefined ? [] : provider.authorize(key);
	return { ...Object.fromEntries(provider.headers ?? []), ...Object.fromEntries(credential), ...headers };
}

/** With the path of the vendor's API, for a URL that has none. */
export function baseUrlOf(upstream: UpstreamSettings): string {
	const { root } = providerOf(upstream);
	return root !== undefined && new URL(upstream.url).pathname === "/"
		? upstream.url.replace(/\/$/, "") + root
		: upstream.url;
}
