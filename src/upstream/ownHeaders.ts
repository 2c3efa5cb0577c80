/** Headers of requests that the gateway makes for itself, off the way of clients' requests. */

import type { RequestToSign, Signer } from "../providers/provider.js";
import { providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";

/** Its credential as the provider has it shown, and those that the configuration sets. Names are in lower case. */
export async function ownHeaders(upstream: UpstreamSettings, request: RequestToSign): Promise<Record<string, string>> {
	const { key, headers } = upstream;
	const provider = providerOf(upstream);
	return {
		...Object.fromEntries(provider.headers ?? []),
		...(key === undefined ? {} : Object.fromEntries(provider.authorize(key))),
		...Object.fromEntries((await signerOf(upstream)?.headersFor(request)) ?? []),
		...headers,
	};
}

const signers = new WeakMap<UpstreamSettings, Signer>();

/** One for all requests, so that a token is used again. */
function signerOf(upstream: UpstreamSettings): Signer | undefined {
	const known = signers.get(upstream);
	if (known !== undefined) return known;
	const made = providerOf(upstream).signer?.(upstream);
	if (made !== undefined) signers.set(upstream, made);
	return made;
}
