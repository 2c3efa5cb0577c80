/** Headers of requests that the gateway makes for itself, off the way of clients' requests. */

import { messageOf } from "../errors/problem.js";
import type { HeaderList, RequestToSign, Signer } from "../providers/provider.js";
import { providerOf } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";
import { ownTokens, signerOf } from "./tokens/tokens.js";

/** Its credential as the provider has it shown, and those that the configuration sets. Names are in lower case. @throws CredentialError */
export async function ownHeaders(upstream: UpstreamSettings, request: RequestToSign): Promise<Record<string, string>> {
	const { key, headers } = upstream;
	const provider = providerOf(upstream);
	return {
		...Object.fromEntries(provider.headers ?? []),
		...(key === undefined ? {} : Object.fromEntries(provider.authorize(key))),
		...Object.fromEntries(await signedHeaders(upstream, request)),
		...headers,
	};
}

/** The upstream was not asked, since what it is shown could not be had. */
export class CredentialError extends Error {}

async function signedHeaders(upstream: UpstreamSettings, request: RequestToSign): Promise<HeaderList> {
	try {
		return (await signerFor(upstream)?.headersFor(request)) ?? [];
	} catch (cause) {
		throw new CredentialError(messageOf(cause), { cause });
	}
}

const signers = new WeakMap<UpstreamSettings, { readonly signer: Signer | undefined }>();

/** One for all requests, so that keys to sign with are used again. */
export function signerFor(upstream: UpstreamSettings): Signer | undefined {
	const known = signers.get(upstream) ?? { signer: signerOf(upstream, ownTokens) };
	signers.set(upstream, known);
	return known.signer;
}
