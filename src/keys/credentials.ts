/** Where clients show who they are: each vendor's SDKs in a place of their own. All of them are read, on every path. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Beside `authorization`: Anthropic's, Google's and Azure's. */
const headerNames = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/** Where a client puts the gateway's key if its other credential headers are for an upstream (`passthroughAuth`). */
export const ownHeader = "x-llmgw-key";

/** Google's clients may put it into the query. */
const queryName = "key";

export function* credentialsIn(headers: IncomingHttpHeaders): Generator<[header: string, credential: string]> {
	const own = headers[ownHeader];
	if (typeof own === "string" && own.trim() !== "") yield [ownHeader, own.replace(/^bearer +/i, "").trim()];
	const bearer = bearerIn(headers);
	if (bearer !== undefined) yield ["authorization", bearer];
	for (const name of headerNames) {
		const value = headers[name];
		if (typeof value === "string" && value !== "") yield [name, value.trim()];
	}
}

export function bearerIn({ authorization = "" }: IncomingHttpHeaders): string | undefined {
	return authorization.replace(/^bearer( +|$)/i, "").trim() || undefined;
}

/** All of them, for whoever writes a log: a client may have put one into its model or its prompt by mistake. */
export function secretsIn(headers: IncomingHttpHeaders): string[] {
	return [...credentialsIn(headers)].map(([, credential]) => credential.replace(/^\w+\s+/, ""));
}

/**
 * Moves a key out of the query into the header that Google's API has for it, so that nothing which sees the URL (upstreams,
 * logs, traces, plugins) sees the key.
 */
export function takeKeyFromQuery(request: IncomingMessage): void {
	const { url = "", headers } = request;
	const at = url.indexOf("?");
	if (at === -1) return;
	const pairs = url.slice(at + 1).split("&");
	const others = pairs.filter((pair) => !isKey(pair));
	if (others.length === pairs.length) return;
	const [key = ""] = pairs.filter(isKey).map(keyIn);
	request.url = url.slice(0, at) + (others.length === 0 ? "" : `?${others.join("&")}`);
	// RFC 9110 §5.5; no key has spaces.
	if (/^[\x21-\x7e]+$/.test(key)) headers["x-goog-api-key"] ??= key;
}

function isKey(pair: string): boolean {
	return nameOf(pair) === queryName;
}

function nameOf(pair: string): string {
	const [name = ""] = new URLSearchParams(pair).keys();
	return name;
}

function keyIn(pair: string): string {
	return new URLSearchParams(pair).get(queryName)?.trim() ?? "";
}
