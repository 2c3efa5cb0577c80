/** An upstream of a configuration file, with what it inherits. */
import { headerSafe } from "../../errors/headerSafe.js";
import { bedrockUrl, providerUrls, usualLocation, usualPaths, vertexUrl } from "../providerUrls.js";
import { type ProxyOf, readProxy } from "../proxy.js";
import { readPem } from "../readPem.js";
import type { ProxySettings, TlsSettings, UpstreamSettings } from "../routes.js";
import { upstreamUrl } from "../upstreamUrl.js";
import type { Schemas } from "./configSchema.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";
import { fitting } from "./readLimits.js";
import { vertexOf, vertexPlace } from "./readVertex.js";
import { breakerOf, healthOf } from "./sections.js";

/** As the file gives it, without what was found wrong in it. */
export type GivenUpstream = Partial<Schemas["UpstreamConfig"]>;

export interface UpstreamContext {
	readonly reader: Reader;
	readonly defaults: Schemas["DefaultsConfig"];
	/** Used if neither the upstream nor the defaults set it. */
	readonly connectTimeoutMs: number;
	/** By the environment. */
	readonly proxyOf: ProxyOf;
}

export function readUpstream(name: string, given: GivenUpstream, context: UpstreamContext): UpstreamSettings {
	const { reader, defaults } = context;
	const path: Path = ["upstreams", name];
	const levels = <Name extends "health" | "breaker">(member: Name) => [
		{ value: given[member], path: [...path, member] },
		{ value: defaults[member], path: ["defaults", member] },
	];
	if (given.key !== undefined && given.forwardCredential)
		reader.report([...path, "forwardCredential"], "has no meaning beside a `key`, which is sent in its place");
	if (given.passthroughAuth) refuseOtherCredentials(given, path, reader);
	const key = reader.secret(given.key, [...path, "key"]);
	const address = reader.attempt([...path, "url"], () =>
		given.url === undefined
			? undefined
			: upstreamUrl(given.url, 443, false, "`key`", usualPaths.get(given.provider ?? "")),
	);
	const base = address?.url ?? (given.url === undefined ? knownUrl(given) : undefined);
	const url = given.provider === "vertex" && base !== undefined ? vertexPlace(base, given, path, reader) : base;
	if (given.ollama !== undefined && given.provider !== "ollama" && !reader.isWrong([...path, "provider"]))
		reader.report([...path, "ollama"], "needs `provider: ollama`");
	const isMissing = url === undefined && given.url === undefined;
	if (isMissing && !["url", "provider"].some((member) => reader.isWrong([...path, member])))
		reader.report([...path, "url"], "is missing, and the `provider` has no address of its own", true);
	return {
		name,
		provider: given.provider,
		keepsResponses: given.keepsResponses,
		keepsFiles: given.keepsFiles,
		dialects: given.dialects,
		ollama: given.ollama,
		...(given.reasoning === undefined
			? {}
			: { reasoning: { tags: given.reasoning.tags ?? ["think"], isOpened: given.reasoning.opened ?? false } }),
		aws: given.aws,
		...(given.vertex === undefined ? {} : { vertex: vertexOf(given, path, reader) }),
		entra: given.entra && entraOf(given.entra, [...path, "entra"], reader),
		url: url ?? "",
		query: address?.query,
		proxy: proxyOf(given.proxy, url ?? "", [...path, "proxy"], context),
		key: key === undefined ? undefined : reader.attempt([...path, "key"], () => headerSafe(key)),
		forwardsCredential: given.key === undefined && given.forwardCredential === true,
		...(given.passthroughAuth === true ? { passthroughAuth: true } : {}),
		...(given.webSocket === undefined ? {} : { webSocket: given.webSocket }),
		headers: headersOf(given.headers ?? {}, [...path, "headers"], reader),
		tls: tlsOf(given.tls ?? {}, [...path, "tls"], reader),
		connectTimeoutMs:
			reader.duration(given, "connectTimeout", path) ??
			reader.duration(defaults, "connectTimeout", ["defaults"]) ??
			context.connectTimeoutMs,
		maxConnections: given.maxConnections,
		maxConcurrency: given.maxConcurrency,
		health: healthOf(levels("health"), reader),
		breaker: breakerOf(levels("breaker"), reader),
		limits: given.limits && fitting(given.limits),
		tokenize: given.tokenize,
		usage: given.usage ?? "ask",
		priceList: given.priceList,
	};
}

/** A credential that stands in place of the client's, which is to pass untouched. */
function refuseOtherCredentials(given: GivenUpstream, path: Path, reader: Reader): void {
	for (const name of Object.keys(given.headers ?? {}))
		if (/^(authorization|(x-)?api-key|x-goog-api-key)$/i.test(name))
			reader.report(
				[...path, "headers", name],
				"can't be set with `passthroughAuth`, which sends the client's own",
				true,
			);
}

/** Its own, `none`, or that of the environment. */
function proxyOf(
	given: GivenUpstream["proxy"],
	url: string,
	path: Path,
	{ reader, proxyOf: byEnvironment }: UpstreamContext,
): ProxySettings | undefined {
	if (given === undefined) return byEnvironment(url);
	const text = reader.secret(given, path);
	return text === undefined || text === "none" ? undefined : reader.attempt(path, () => readProxy(text, "proxy"));
}

function knownUrl({ provider, aws, vertex }: GivenUpstream): string | undefined {
	if (provider === "bedrock") return aws?.region === undefined ? undefined : bedrockUrl(aws.region, aws.api);
	if (provider === "vertex") return vertexUrl(vertex?.location ?? usualLocation);
	return providerUrls.get(provider ?? "");
}

function entraOf(given: Schemas["EntraConfig"], path: Path, reader: Reader): UpstreamSettings["entra"] {
	const { tenant, clientId, tokenFile, authority, scope } = given;
	if ((given.clientSecret === undefined) === (tokenFile === undefined))
		reader.report(path, "needs either `clientSecret` or `tokenFile`");
	return {
		tenant,
		clientId,
		clientSecret: reader.secret(given.clientSecret, [...path, "clientSecret"]),
		tokenFile: tokenFile === undefined ? undefined : reader.fileOf(tokenFile),
		authority,
		scope,
	};
}

/** Connection headers are the connection's, and a body's length is its own. */
const notForUs = /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/;

export function headersOf(
	given: Readonly<Record<string, string | { file: string } | undefined>>,
	path: Path,
	reader: Reader,
): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const [written, value] of Object.entries(given)) {
		const place = [...path, written];
		const name = written.toLowerCase();
		if (notForUs.test(name)) reader.report(place, "is not a header that can be set", true);
		if (Object.hasOwn(headers, name)) reader.report(place, "this header is given twice", true);
		const text = reader.secret(value, place);
		if (text === undefined) continue;
		// RFC 9110 §5.5, without what is obsolete.
		if (/^[\x20-\x7e]*$/.test(text)) headers[name] = text;
		else reader.report(place, "must be visible ASCII characters and spaces");
	}
	return headers;
}

function tlsOf(given: Schemas["TlsConfig"], path: Path, reader: Reader): TlsSettings {
	const pem = (member: "ca" | "cert" | "key", kind: "certificate" | "private key") => {
		const file = given[member];
		if (file === undefined) return undefined;
		return reader.attempt([...path, member], () => readPem(file.includes("\n") ? file : reader.fileOf(file), kind));
	};
	if ((given.cert === undefined) !== (given.key === undefined)) reader.report(path, "`cert` and `key` need each other");
	return {
		ca: pem("ca", "certificate"),
		cert: pem("cert", "certificate"),
		key: pem("key", "private key"),
		serverName: given.serverName,
		insecure: given.insecure ?? false,
	};
}
