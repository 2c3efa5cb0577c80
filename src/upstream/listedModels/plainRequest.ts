/** One request of the gateway's own to an upstream, off the way of clients' requests; and in plain words why it has no answer. */
import type { IncomingMessage } from "node:http";
import type { UpstreamSettings } from "../../settings/routes.js";
import { version } from "../../version.js";
import { ownHeaders } from "../ownHeaders.js";
import { createAgent } from "../probeAgent.js";
import { againIfRefused } from "../tunnel.js";

const maxBodyBytes = 4 * 1024 * 1024;

export interface Reply {
	status: number;
	contentType: string;
	/** Its header `server`. */
	server: string | undefined;
	/** The credential is a good one, and has no right to what was asked for. */
	isDenied: boolean;
	body: string;
}

/** With node:http, which is there anyway: node-fetch would take the primary 10 MB. */
export async function ask(upstream: UpstreamSettings, timeoutMs: number, url: URL, body?: string): Promise<Reply> {
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

function replyOf({ statusCode = 0, headers }: IncomingMessage, body: string): Reply {
	const { "content-type": type, server, "x-amzn-errortype": kind = "" } = headers as Record<string, string | undefined>;
	const isDenied = kind.startsWith("AccessDenied");
	return { status: statusCode, contentType: type?.split(";")[0] ?? "", server, isDenied, body };
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

export function parsed(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

export function printable(text: string, length = 60): string {
	return text.replace(/[^\x20-\x7e]/g, "").slice(0, length);
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

export function reasonOf(error: unknown, { url }: UpstreamSettings, timeoutMs: number): string {
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
