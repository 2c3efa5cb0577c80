/** Tokens of upstreams that are shown one: fetched once for all that show the same. */

import { type ExpiringToken, expiringToken, type FetchToken, type Token } from "../../providers/expiringToken.js";
import type { HeaderList, Signer } from "../../providers/provider.js";
import { providerOf } from "../../providers/providers.js";
import type { Issuers } from "../../providers/tokenEndpoint.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { createAgent } from "../probeAgent.js";

export interface Tokens {
	/** Undefined for an upstream that is shown none, or a fixed one. */
	of(upstream: UpstreamSettings): ExpiringToken | undefined;
	/** Forgets those of others. */
	keepOnly(upstreams: readonly UpstreamSettings[]): void;
}

/** @param share fetches in place of the upstream's provider, such as from another process */
export function createTokens(share?: (upstream: UpstreamSettings, itself: FetchToken) => FetchToken): Tokens {
	const tokens = new Map<string, ExpiringToken>();
	return {
		of(upstream) {
			const fetchToken = providerOf(upstream).fetchToken?.(upstream, issuersOf(upstream));
			if (fetchToken === undefined) return undefined;
			const identity = identityOf(upstream);
			const token = tokens.get(identity) ?? expiringToken(share?.(upstream, fetchToken) ?? fetchToken);
			tokens.set(identity, token);
			return token;
		},
		keepOnly(upstreams) {
			const known = new Set(upstreams.map(identityOf));
			for (const identity of tokens.keys()) if (!known.has(identity)) tokens.delete(identity);
		},
	};
}

/** Who asks for a token, and with which proof. */
function identityOf({ provider, entra, vertex }: UpstreamSettings): string {
	return JSON.stringify([provider, entra, vertex]);
}

/** This process's own. */
export const ownTokens: Tokens = createTokens();

/** Undefined where an upstream's key is all there is. */
export function signerOf(upstream: UpstreamSettings, tokens: Tokens): Signer | undefined {
	const token = tokens.of(upstream);
	return token === undefined ? providerOf(upstream).signer?.(upstream) : bearer(token);
}

/** A bearer token in a request's headers. */
function bearer(token: ExpiringToken): Signer {
	const headersOf = ({ value, headers = [] }: Token): HeaderList => [["authorization", `Bearer ${value}`], ...headers];
	return {
		headersFor() {
			const found = token.get();
			return found instanceof Promise ? found.then(headersOf) : headersOf(found);
		},
		renew(shown) {
			const [, value] = shown.find(([name]) => name === "authorization") ?? [];
			return value !== undefined && token.renew(value.slice("Bearer ".length));
		},
	};
}

/** Whoever issues tokens is reached on the same way as the upstream. */
function issuersOf({ proxy, ...upstream }: UpstreamSettings): Issuers {
	if (proxy === undefined) return {};
	// The upstream's certificates are no other server's.
	const tls = { ca: undefined, cert: undefined, key: undefined, serverName: undefined, insecure: false };
	return { agentFor: (url) => createAgent({ ...upstream, url, tls, proxy }, false) };
}
