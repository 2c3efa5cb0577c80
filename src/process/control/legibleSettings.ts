/** Settings as they may be shown: a secret is a short hash, which shows only whether it has changed. */
import { createHash } from "node:crypto";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { Settings } from "../../settings/settings.js";

/** `sha256:` and 8 hexadecimal digits. */
export function hashOfSecret(secret: string): string {
	return `sha256:${createHash("sha256").update(secret).digest("hex").slice(0, 8)}`;
}

/** The same settings with hashes for credentials, queries of upstreams, values of extra headers, private keys, the URLs and secrets of webhooks, and the URLs of the database and of Redis. */
export function settingsWithoutSecrets(settings: Settings): Settings {
	const { routing, storeUrl, redisUrl, adminKey, sealSecrets, webhooks } = settings;
	return {
		...settings,
		storeUrl: hashed(storeUrl),
		redisUrl: hashed(redisUrl),
		adminKey: hashed(adminKey),
		sealSecrets: sealSecrets.map(hashOfSecret),
		routing: { ...routing, upstreams: routing.upstreams.map(withoutSecrets) },
		webhooks: webhooks.map((one) => ({ ...one, url: hashOfSecret(one.url), secret: hashOfSecret(one.secret) })),
	};
}

function withoutSecrets(upstream: UpstreamSettings): UpstreamSettings {
	const headers = Object.entries(upstream.headers).map(([name, value]) => [name, hashOfSecret(value)]);
	return {
		...upstream,
		query: hashed(upstream.query),
		...(upstream.proxy === undefined
			? {}
			: { proxy: { ...upstream.proxy, authorization: hashed(upstream.proxy.authorization) } }),
		key: hashed(upstream.key),
		...(upstream.entra && { entra: { ...upstream.entra, clientSecret: hashed(upstream.entra.clientSecret) } }),
		...(upstream.vertex && { vertex: { ...upstream.vertex, credentials: hashed(upstream.vertex.credentials) } }),
		headers: Object.fromEntries(headers),
		tls: { ...upstream.tls, key: hashed(upstream.tls.key) },
	};
}

function hashed(secret: string | undefined): string | undefined {
	return secret === undefined ? undefined : hashOfSecret(secret);
}
