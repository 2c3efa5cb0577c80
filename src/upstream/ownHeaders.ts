/** Headers of requests that the gateway makes for itself, off the way of clients' requests. */
import { providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";

/** Its credential as the provider has it shown, and those that the configuration sets. Names are in lower case. */
export function ownHeaders(upstream: UpstreamSettings): Record<string, string> {
	const { key, headers } = upstream;
	const provider = providerOf(upstream);
	return {
		...Object.fromEntries(provider.headers ?? []),
		...(key === undefined ? {} : Object.fromEntries(provider.authorize(key))),
		...headers,
	};
}
