/** Asks an upstream once for its models, and so who it is; and explains in plain words what is wrong if that fails. */
import type { IncomingMessage } from "node:http";
import { fromRoot } from "../../providers/provider.js";
import { type FoundServer, providerOf } from "../../providers/providers.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { version } from "../../version.js";
import { ownHeaders } from "../ownHeaders.js";
import { createAgent } from "../probeAgent.js";
import { againIfRefused } from "../tunnel.js";
import { UpstreamQuery } from "../upstreamQuery.js";
import { readModelList } from "./chatModels.js";
import { findServer } from "./findServer.js";
import type { ModelList } from "./messages.js";

const maxBodyBytes = 4 * 1024 * 1024;

/** Without a list and without trouble the upstream is there, and shows no list. */
export interface ModelsAnswer {
	list: ModelList | undefined;
	/** Who it is; undefined if that was not asked, or it has not answered. */
	server?: FoundServer | undefined;
	trouble: string | undefined;
}

export interface Reply {
	status: number;
	contentType: string;
	/** Its header `server`. */
	server: string | undefined;
	body: string;
}

/**
 * Throws nothing: trouble is an answer too.
 *
 * @param known who it was, where that was asked before and nothing says that it has changed
 */
export async function askForModels(
	upstream: UpstreamSettings,
	timeoutMs: number,
	known?: FoundServer,
): Promise<ModelsAnswer> {
	let reply: Reply;
	try {
		reply = await ask(upstream, timeoutMs, modelsUrl(upstream));
	} catch (error) {
		return { list: undefined, trouble: `can't be reached: ${reasonOf(error, upstream, timeoutMs)}` };
	}
	const json = parsed(reply.body);
	const list = reply.status === 200 ? readModelList(upstream.name, json) : undefined;
	const trouble = list ? undefined : troubleOf(reply, json, upstream);
	if (trouble !== undefined) return { list, trouble };
	const post = (path: string) => ask(upstream, timeoutMs, urlOf(upstream, path), "{}");
	return { list, server: await findServer(upstream, { list: json, header: reply.server, known, post }), trouble };
}

/** With node:http, which is there anyway: node-fetch would take the primary 10 MB. */
async function ask(upstream: UpstreamSettings, timeoutMs: number, url: URL, body?: string): Promise<Reply> {
	const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
	const agent = await createAgent(upstream, false);
	const method = body === undefined ? "GET" : "POST";
	const signed = { method, url, body: body === undefined ? [] : [Buffer.from(body)] };
	const headers = await ownHeaders(upstream, signed);
	const send = () =>
		new Promise<Reply>((resolve, reject) => {
			const outgoing = request(
				url,
				{
					agent,
					method,
					signal: AbortSignal.timeout(timeoutMs),
					headers: {
						accept: "application/json",
						"user-agent": `llmw/${version}`,
						...(body === undefined ? {} : { "content-type": "application/json" }),
						...headers,
					},
				},
				(response) => void textOf(response).then((text) => resolve(replyOf(response, text)), reject),
			);
			outgoing.on("error", reject);
			outgoing.end(body);
		});
	try {
		return await againIfRefused(send);
	} finally {
		agent.destroy();
	}
}

function modelsUrl(upstream: UpstreamSettings): URL {
	return urlOf(upstream, providerOf(upstream).modelsPath?.(upstream) ?? "/models");
}

function urlOf({ url, query }: UpstreamSettings, path: string): URL {
	const base = path.startsWith(fromRoot) ? new URL(url).origin + path.slice(fromRoot.length) : url + path;
	return new URL(query === undefined ? base : new UpstreamQuery(query).addedTo(base));
}

function replyOf({ statusCode = 0, headers }: IncomingMessage, body: string): Reply {
	const { "content-type": type, server } = headers as Record<string, string | undefined>;
	return { status: statusCode, contentType: type?.split(";")[0] ?? "", server, body };
}

async function textOf(response: IncomingMessage): Promise<string> {
	const pieces: Buffer[] = [];
	let bytes = 0;
	for await (const piece of response as AsyncIterable<Buffer>) {
		bytes += piece.length;
		if (bytes > maxBodyBytes) throw new Error(`its list of models is larger than ${maxBodyBytes} bytes`);
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString();
}

function parsed(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

/** The fault of a server that answered without a list; undefined if it just shows none. */
function troubleOf({ status, contentType }: Reply, json: unknown, upstream: UpstreamSettings): string | undefined {
	const { key, headers } = upstream;
	const hasCredential = key !== undefined || Object.keys(headers).some((name) => /authorization|key|token/.test(name));
	if (status === 401 || status === 403)
		return hasCredential ? `refuses the key it was given (GET /models: ${status})` : undefined;
	if (status === 429) return undefined;
	if (status >= 500) return `is not ready: GET /models was answered with ${status}`;
	if (isLikeOpenAi(json)) return undefined;
	const what = contentType === "" ? "" : `, ${printable(contentType)}`;
	return `answers, but not as an OpenAI-compatible API (GET /models: ${status}${what}); is it the right port and path?`;
}

/** An error envelope, or an object with its type. */
function isLikeOpenAi(json: unknown): boolean {
	if (typeof json !== "object" || json === null) return false;
	const { error, object, detail } = json as { error?: unknown; object?: unknown; detail?: unknown };
	return error !== undefined || typeof object === "string" || detail === "Not Found";
}

function printable(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, "").slice(0, 60);
}

const reasons: Record<string, string> = {
	ECONNREFUSED: "it refuses connections; nothing seems to listen there",
	ENOTFOUND: "its name is unknown to DNS",
	EAI_AGAIN: "DNS does not answer",
	ECONNRESET: "it hangs up",
	EPIPE: "it hangs up",
	EHOSTUNREACH: "there is no way to it in the network",
	ENETUNREACH: "there is no way to it in the network",
	ETIMEDOUT: "it does not take the connection in time",
	EPROTO: "it speaks no TLS; is it http:// in place of https://?",
	ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS; is it http:// in place of https://?",
	ERR_SSL_PACKET_LENGTH_TOO_LONG: "it speaks no TLS; is it http:// in place of https://?",
	DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed, and not among those that are trusted",
	SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from an authority that is not among those that are trusted",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes from an authority that is not among those that are trusted",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate comes from an authority that is not among those that are trusted",
	CERT_HAS_EXPIRED: "its certificate has expired",
	CERT_NOT_YET_VALID: "its certificate is not valid yet",
	ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

function reasonOf(error: unknown, { url }: UpstreamSettings, timeoutMs: number): string {
	const { name, code = "", message, errors } = error as NodeJS.ErrnoException & { errors?: unknown[] };
	if (name === "AbortError" || name === "TimeoutError") return `it does not answer within ${timeoutMs / 1000} s`;
	// Several addresses were tried; they mostly fail alike.
	const first = errors?.[0] as NodeJS.ErrnoException | undefined;
	const known = reasons[code] ?? reasons[first?.code ?? ""];
	if (known !== undefined) return `${known} (${code || first?.code})`;
	if (code.startsWith("HPE_")) {
		const isPlain = url.startsWith("http:");
		return `what it answers is no HTTP${isPlain ? "; is it https:// in place of http://?" : ""} (${code})`;
	}
	return printable(message || code || String(error));
}
