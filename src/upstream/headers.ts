/** Which headers cross the gateway, in each direction. */

/**
 * Request headers that stay here. Hop-by-hop (RFC 9110 §7.6.1) and framing are each connection's own; addresses,
 * cookies and browser context are the client's business with the gateway (Ollama refuses a foreign `origin`).
 */
const keptFromHost = new Set([
	"connection",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"http2-settings",
	"host",
	"content-length",
	"content-encoding",
	"accept-encoding",
	"expect",
	// Parts and versions are of no use without the headers that tell them apart in the answer.
	"range",
	"if-range",
	"if-match",
	"if-none-match",
	"if-modified-since",
	"if-unmodified-since",
	"cookie",
	"origin",
	"referer",
	"forwarded",
	"via",
	"x-real-ip",
	"true-client-ip",
	"cf-connecting-ip",
	// Frameworks take the path and the method from these, past the contract's own.
	"x-original-url",
	"x-rewrite-url",
	"x-http-method",
	"x-http-method-override",
	"x-method-override",
	"x-request-id",
	// The gateway's own key, for clients whose other credentials are an upstream's.
	"x-llmgw-key",
	"x-llmgw-cache",
	"x-llmgw-cache-tag",
]);
/** Where vendors look for a credential. The gateway's own, where it has one, stands in place of all of them. */
export const credentialHeaders: ReadonlySet<string> = new Set([
	"authorization",
	"x-api-key",
	"api-key",
	"x-goog-api-key",
]);
/** A client's signature for AWS is one of its request to the gateway. */
const keptFromHostPrefixes = ["x-forwarded-", "sec-", "access-control-", "x-amz-"];

/**
 * Response headers that reach the client. A list of what is let through, since an upstream's other headers
 * (`server`, `via`, `set-cookie`, `location`, `x-served-by`, …) tell of its machines or set state for its name.
 */
const passedToClient = new Set([
	"content-type",
	"content-language",
	"content-disposition",
	"retry-after",
	"retry-after-ms",
	"x-should-retry",
	"request-id",
	"x-ratelimit-limit-tokens",
	"x-ratelimit-remaining-tokens",
	"x-ratelimit-reset-tokens",
	"x-accel-buffering",
]);

const passedPrefixes = ["anthropic-ratelimit-", "openai-"];
/** Whose account the gateway uses is its operator's business. */
const keptFromClient = new Set(["openai-organization", "openai-project"]);

/** For one response; Node's and undici's own bound of 16 KB is less than some gateways and clouds send. */
export const maxResponseHeaderBytes = 128 * 1024;

export type IncomingHeaders = Record<string, string | string[] | undefined>;

/** Credentials shown to an upstream, and the other headers of each request. */
export interface Credential {
	/** The gateway's own, as the provider has it shown. */
	readonly own: readonly (readonly [name: string, value: string])[];
	/** The client's own pass. */
	readonly forwardsClients: boolean;
	/** Names in lower case, and values; each stands in place of the client's. */
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** Sent where the client names none. */
	readonly usual: readonly (readonly [name: string, value: string])[];
}

/** Headers that only mean something in the dialect of the client, or to its vendor. */
const ofDialects = ["anthropic-", "openai-", "x-openai-", "x-codex-", "x-goog-", "chatgpt-"];

/** The client's headers for an upstream that speaks another dialect. */
export function withoutDialects(client: IncomingHeaders): IncomingHeaders {
	const left: IncomingHeaders = {};
	for (const name in client) if (!ofDialects.some((prefix) => name.startsWith(prefix))) left[name] = client[name];
	return left;
}

/** Headers for the upstream, from the client's. */
export function headersForUpstream(
	client: IncomingHeaders,
	requestId: string,
	{ own: credential, forwardsClients, headers: configured, usual }: Credential,
	more: Credential["headers"] = [],
): string[] {
	const own = more.length === 0 ? configured : withThese(configured, more);
	// Without the second an upstream may choose any coding (RFC 9110 §12.5.3), and streams have to be read on their way.
	const headers: string[] = ["x-request-id", requestId, "accept-encoding", "identity"];
	const named = client.connection === undefined ? undefined : connectionOptions(client.connection);
	for (const name in client) {
		const value = client[name];
		if (value === undefined || isKept(name) || named?.has(name)) continue;
		if (!forwardsClients && credentialHeaders.has(name)) continue;
		if (own.length > 0 && own.some(([ownName]) => ownName === name)) continue;
		headers.push(name, typeof value === "string" ? value : value.join(", "));
	}
	for (const [name, value] of credential) headers.push(name, value);
	for (const [name, value] of own) headers.push(name, value);
	for (const [name, value] of usual)
		if (client[name] === undefined && !own.some(([ownName]) => ownName === name)) headers.push(name, value);
	return headers;
}

function withThese(configured: Credential["headers"], more: Credential["headers"]): Credential["headers"] {
	return [...configured.filter(([name]) => !more.some(([other]) => other === name)), ...more];
}

/** The client's headers but for its credentials, for a client whose credential is the gateway's own. */
export function withoutCredentials<Headers extends IncomingHeaders>(client: Headers): Headers {
	const left: IncomingHeaders = {};
	for (const name in client)
		if (!credentialHeaders.has(name) && !(name.includes("_") && credentialHeaders.has(name.replaceAll("_", "-"))))
			left[name] = client[name];
	return left as Headers;
}

/** CGI and WSGI servers read `content_length` as `content-length`, so it is treated as that. */
function isKept(name: string): boolean {
	const read = name.includes("_") ? name.replaceAll("_", "-") : name;
	return keptFromHost.has(read) || keptFromHostPrefixes.some((prefix) => read.startsWith(prefix));
}

/** Names that `connection` lists are hop-by-hop too (RFC 9110 §7.6.1); the usual `keep-alive` names none. */
function connectionOptions(value: string | string[]): Set<string> | undefined {
	const text = String(value).toLowerCase();
	if (text === "keep-alive" || text === "close") return undefined;
	const named = new Set(text.split(",").map((option) => option.trim()));
	// The gateway has read the body, so its type is no matter of the connection.
	named.delete("content-type");
	return named;
}

/** The upstream's response headers that the client gets, in lower case. Its length is not among them. */
export function headersForClient(received: IncomingHeaders): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const name in received) {
		const value = received[name];
		if (value !== undefined && isPassedToClient(name)) headers[name] = String(value);
	}
	return headers;
}

function isPassedToClient(name: string): boolean {
	if (passedToClient.has(name)) return true;
	return passedPrefixes.some((prefix) => name.startsWith(prefix)) && !keptFromClient.has(name);
}
