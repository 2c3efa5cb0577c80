/** AWS Signature Version 4, of requests with a whole body and everything but S3's paths. */
import { createHash, createHmac } from "node:crypto";
import type { HeaderList, RequestToSign } from "./provider.js";

export interface AwsCredentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly sessionToken?: string | undefined;
}

export interface Signing {
	readonly credentials: AwsCredentials;
	readonly region: string;
	readonly service: string;
	readonly date: Date;
	/** Other headers to sign, as they are sent. */
	readonly headers?: HeaderList;
}

const algorithm = "AWS4-HMAC-SHA256";

/** @returns the headers to add: the date, the session's token if there is one, and the signature */
export function signatureV4({ method, url, body }: RequestToSign, signing: Signing): HeaderList {
	const { credentials, region, service, date, headers = [] } = signing;
	const time = date.toISOString().replace(/[-:]|\.\d+/g, "");
	const day = time.slice(0, 8);
	const { sessionToken } = credentials;
	const added: HeaderList = [
		["x-amz-date", time],
		...(sessionToken === undefined ? [] : [["x-amz-security-token", sessionToken] as const]),
	];
	const signed = canonicalHeaders([["host", url.host], ...headers, ...added]);
	const names = signed.map(([name]) => name).join(";");
	const canonical = [
		method,
		canonicalPath(url.pathname),
		canonicalQuery(url.searchParams),
		...signed.map(([name, value]) => `${name}:${value}`),
		"",
		names,
		hashOf(...body),
	].join("\n");
	const scope = `${day}/${region}/${service}/aws4_request`;
	const toSign = [algorithm, time, scope, hashOf(Buffer.from(canonical))].join("\n");
	const steps = [day, region, service, "aws4_request", toSign];
	let key: Buffer = Buffer.from(`AWS4${credentials.secretAccessKey}`);
	for (const step of steps) key = createHmac("sha256", key).update(step).digest();
	const proof = `Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${key.toString("hex")}`;
	return [...added, ["authorization", `${algorithm} ${proof}`]];
}

/** Sorted by their names in lower case; values of one name together, in their order. */
function canonicalHeaders(headers: HeaderList): HeaderList {
	const values = new Map<string, string[]>();
	for (const [name, value] of headers) {
		const known = values.get(name.toLowerCase()) ?? [];
		values.set(name.toLowerCase(), [...known, value.trim().replace(/\s+/g, " ")]);
	}
	return [...values]
		.map(([name, list]) => [name, list.join(",")] as const)
		.sort(([one], [other]) => compare(one, other));
}

/** Each segment once more, since the path is encoded already: `%3A` becomes `%253A`. */
function canonicalPath(pathname: string): string {
	return pathname.split("/").map(encode).join("/") || "/";
}

function canonicalQuery(query: URLSearchParams): string {
	const pairs = [...query].map(([name, value]) => [encode(name), encode(value)] as const);
	pairs.sort(([one, first], [other, second]) => (one === other ? compare(first, second) : compare(one, other)));
	return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}

/** All but RFC 3986's unreserved characters. */
function encode(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hashOf(...parts: readonly Buffer[]): string {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(part);
	return hash.digest("hex");
}
