/** Where clients show who they are: each vendor's SDKs in a place of their own. All of them are read, on every path. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Beside `authorization`: Anthropic's, Google's and Azure's. */
const headerNames = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/** Where a client puts the gateway's key if its other credential headers are for an upstream (`passthroughAuth`). */
export const ownHeader = "x-llmgw-key";

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

type Place = readonly [header: "x-goog-api-key" | "authorization", scheme: string];

/** Where Google's clients, and others by RFC 6750 §2.3, put it into the query, and the header that stands for it. */
const queryPlaces: ReadonlyMap<string, Place> = new Map<string, Place>([
	["key", ["x-goog-api-key", ""]],
	["access_token", ["authorization", "Bearer "]],
]);

/**
 * Moves credentials out of the query into the headers that stand for them, so that nothing which sees the URL (upstreams,
 * logs, traces, plugins) sees them.
 */
export function takeKeyFromQuery(request: IncomingMessage): void {
	const { url = "", headers } = request;
	const at = url.indexOf("?");
	if (at === -1) return;
	const pairs = url.slice(at + 1).split("&");
	const others = pairs.filter((pair) => !queryPlaces.has(pairIn(pair)[0]));
	if (others.length === pairs.length) return;
	request.url = url.slice(0, at) + (others.length === 0 ? "" : `?${others.join("&")}`);
	for (const [name, credential] of pairs.map(pairIn)) {
		// RFC 9110 §5.5; no credential has spaces.
		if (!/^[\x21-\x7e]+$/.test(credential)) continue;
		const [header, scheme] = queryPlaces.get(name) ?? [];
		if (header !== undefined) headers[header] ??= `${scheme}${credential}`;
	}
}

/** Where OpenAI's clients in browsers put it: their WebSockets have no headers of their own. */
const keyProtocol = "openai-insecure-api-key.";
const betaProtocol = "openai-beta.";

/** Moves credentials out of a WebSocket's subprotocols, as `takeKeyFromQuery` does, and the version that stands beside them. */
export function takeKeyFromProtocols({ headers }: IncomingMessage): void {
	const offered = headers["sec-websocket-protocol"];
	if (offered === undefined || !offered.includes("openai-")) return;
	const protocols = offered.split(",").map((protocol) => protocol.trim());
	const after = (prefix: string) => protocols.find((one) => one.startsWith(prefix))?.slice(prefix.length);
	const key = after(keyProtocol);
	if (key) headers.authorization ??= `Bearer ${key}`;
	// `realtime-v1` is what the header calls `realtime=v1`.
	const beta = after(betaProtocol);
	if (beta) headers["openai-beta"] ??= beta.replace(/-(?=v\d+$)/, "=");
	const others = protocols.filter((one) => !one.startsWith("openai-"));
	if (others.length > 0) headers["sec-websocket-protocol"] = others.join(", ");
	else delete headers["sec-websocket-protocol"];
}

function pairIn(pair: string): [name: string, value: string] {
	const [[name = "", value = ""] = []] = new URLSearchParams(pair);
	return [name, value.trim()];
}
